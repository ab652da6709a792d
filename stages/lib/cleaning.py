"""Which of the written questions are worth training on, and why the others are not.

Small models write many empty questions. The rule that catches most of them: a question about a chunk shares with it
a word that is rare in the corpus; "What is the purpose of the agreement?" fits a hundred chunks and teaches nothing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stages.lib.beir import Chunk
from stages.lib.words import words

REASONS = (
    "not_a_question",
    "too_short",
    "too_long",
    "refers_to_the_text",
    "no_rare_word",
    "duplicate",
    "asked_of_several_chunks",
)
_QUESTION_MARKS = ("?", "\uff1f", "\u061f", "\u037e")  # Latin, full-width, Arabic, Greek
_REFERENCE = re.compile(
    r"\b(?:the|this|that|these|above|given|provided|following|our)\s+(?:\w+\s+){0,2}?"
    r"(?:texts?|passages?|documents?|contexts?|paragraphs?|excerpts?|articles?|sentences?|sections?|authors?|"
    r"speakers?|questions?|answers?|quer(?:y|ies)|summar(?:y|ies)|chunks?)\b"
    r"|\b(?:mentioned|described|stated|discussed|listed|shown) (?:above|below|here)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Rules:
    """The knobs of the cleaning rules."""

    min_words: int
    max_words: int
    rare_fraction: float  # a word is rare when at most this share of the chunks hold it


@dataclass(frozen=True)
class Cleaned:
    """The questions kept, as (chunk id, question), and how many were dropped for each reason."""

    kept: list[tuple[str, str]]
    dropped: dict[str, int]


def clean(written: Iterable[tuple[str, str]], chunks: Sequence[Chunk], rules: Rules) -> Cleaned:
    """Apply the rules to (chunk id, question) pairs; each dropped question counts for the first rule it breaks."""
    pairs = list(written)
    vocabulary = {chunk.id: set(words(chunk.passage)) for chunk in chunks}
    rare = _rare_words(vocabulary.values(), rules.rare_fraction * len(chunks))
    askers: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for chunk_id, question in pairs:
        askers[tuple(words(question))].add(chunk_id)
    dropped: Counter[str] = Counter()
    kept: dict[tuple[str, tuple[str, ...]], tuple[str, str]] = {}
    for chunk_id, question in pairs:
        spoken = tuple(words(question))
        reason = _form(question, spoken, rules)
        if reason is None and not rare & vocabulary[chunk_id] & set(spoken):
            reason = "no_rare_word"
        if reason is None and len(askers[spoken]) > 1:
            reason = "asked_of_several_chunks"
        if reason is None and (chunk_id, spoken) in kept:
            reason = "duplicate"
        if reason is None:
            kept[chunk_id, spoken] = (chunk_id, question)
        else:
            dropped[reason] += 1
    return Cleaned(list(kept.values()), {reason: dropped[reason] for reason in REASONS})


def _form(question: str, spoken: Sequence[str], rules: Rules) -> str | None:
    if not question.endswith(_QUESTION_MARKS):
        return "not_a_question"
    if len(spoken) < rules.min_words:
        return "too_short"
    if len(spoken) > rules.max_words:
        return "too_long"
    return "refers_to_the_text" if _REFERENCE.search(question) else None


def _rare_words(vocabularies: Iterable[set[str]], most: float) -> set[str]:
    """Return the words that stand in at most `most` chunks, or in one; numbers do not count."""
    frequency = Counter(word for vocabulary in vocabularies for word in vocabulary)
    return {word for word, count in frequency.items() if count <= max(most, 1) and not word.isdigit()}
