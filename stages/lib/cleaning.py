"""Which of the written questions are worth training on, and why the others are not.

Small models write many empty questions. The rule that catches most of them: a question about a chunk shares with it
a word that is rare in the corpus; "What is the purpose of the agreement?" fits a hundred chunks and teaches nothing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from stages.lib.beir import Chunk
from stages.lib.kinds import QUESTION_MARKS, Query
from stages.lib.words import words

REASONS = (
    "not_a_question",
    "too_short",
    "too_long",
    "refers_to_the_text",
    "no_rare_word",
    "other_language",
    "duplicate",
    "too_similar",
    "asked_of_several_chunks",
)
FEWEST_WORDS = 2  # of a query that is no full question
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
    similarity: float  # two queries of a chunk are too similar when they share more of their words (Jaccard index)


@dataclass(frozen=True)
class Cleaned:
    """The queries kept, and how many were dropped for each reason."""

    kept: list[Query]
    dropped: dict[str, int]


def clean(
    queries: Iterable[Query], chunks: Sequence[Chunk], rules: Rules, foreign: Callable[[Query], bool] = lambda _: False
) -> Cleaned:
    """Apply the rules; each dropped query counts for the first rule it breaks.

    Args:
        queries: what was written.
        chunks: all chunks.
        rules: the knobs.
        foreign: tells whether a query is in another language than its chunk.
    """
    written = list(queries)
    rare = _rare_words(chunks, rules.rare_fraction)
    shared = _asked_of_several(written)
    by_id = {chunk.id: chunk for chunk in chunks}

    @lru_cache(maxsize=1)  # queries come chunk by chunk
    def vocabulary(chunk_id: str) -> set[str]:
        return set(words(by_id[chunk_id].passage))

    dropped: Counter[str] = Counter()
    kept: list[Query] = []
    asked: defaultdict[str, list[str]] = defaultdict(list)  # of each chunk
    for query in written:
        spoken = words(query.text)
        reason = _form(query, spoken, rules)
        if reason is None and not rare & vocabulary(query.chunk_id) & set(spoken):
            reason = "no_rare_word"
        if reason is None and foreign(query):
            reason = "other_language"
        if reason is None and " ".join(spoken) in shared:
            reason = "asked_of_several_chunks"
        if reason is None:
            reason = _repeats(spoken, asked[query.chunk_id], rules.similarity)
        if reason is None:
            asked[query.chunk_id].append(" ".join(spoken))
            kept.append(query)
        else:
            dropped[reason] += 1
    return Cleaned(kept, {reason: dropped[reason] for reason in REASONS})


def _form(query: Query, spoken: Sequence[str], rules: Rules) -> str | None:
    if query.kind == "full" and not query.text.endswith(QUESTION_MARKS):
        return "not_a_question"
    if len(spoken) < (rules.min_words if query.kind == "full" else FEWEST_WORDS):
        return "too_short"
    if len(spoken) > rules.max_words:
        return "too_long"
    return "refers_to_the_text" if _REFERENCE.search(query.text) else None


def _repeats(spoken: Sequence[str], before: Sequence[str], similarity: float) -> str | None:
    """Return the reason to drop a query that says what an earlier one of its chunk says."""
    if " ".join(spoken) in before:
        return "duplicate"
    asked = set(spoken)
    others = (set(other.split()) for other in before)
    return "too_similar" if any(len(asked & other) > similarity * len(asked | other) for other in others) else None


def _asked_of_several(queries: Iterable[Query]) -> set[str]:
    """Return the words, joined, of the queries that more than one chunk is to answer."""
    first: dict[str, str] = {}
    spoken = ((" ".join(words(query.text)), query.chunk_id) for query in queries)
    return {text for text, chunk in spoken if first.setdefault(text, chunk) != chunk}


def _rare_words(chunks: Sequence[Chunk], share: float) -> set[str]:
    """Return the words that stand in at most this share of the chunks, or in one; numbers do not count."""
    frequency = Counter(word for chunk in chunks for word in set(words(chunk.passage)))
    most = max(share * len(chunks), 1)
    return {word for word, count in frequency.items() if count <= most and not word.isdigit()}
