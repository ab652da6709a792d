"""The rules that a query must keep to be worth training on."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from attune.questions.cleaning.queries import Query
from attune.questions.cleaning.reading.lines import QUESTION_MARKS
from attune.questions.cleaning.references import speaks_of_the_passage

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


@dataclass(frozen=True)
class Rules:
    """The knobs of the cleaning rules."""

    min_words: int
    max_words: int
    rare_fraction: float  # a word is rare when at most this share of the chunks hold it
    similarity: float  # two queries of a chunk are too similar when they share more of their words (Jaccard index)


def bad_form(query: Query, spoken: Sequence[str], known: Set[str], rules: Rules) -> str | None:
    """Return the reason to drop a query of these words for how it is worded; `known` are the words of its chunk."""
    if query.kind == "full" and not query.text.endswith(QUESTION_MARKS):
        return "not_a_question"
    if len(spoken) < (rules.min_words if query.kind == "full" else FEWEST_WORDS):
        return "too_short"
    if len(spoken) > rules.max_words:
        return "too_long"
    return "refers_to_the_text" if speaks_of_the_passage(query.text, known) else None


def repetition(spoken: Sequence[str], before: Sequence[str], similarity: float) -> str | None:
    """Return the reason to drop a query that says what an earlier one of its chunk says."""
    if " ".join(spoken) in before:
        return "duplicate"
    asked = set(spoken)
    others = (set(other.split()) for other in before)
    return "too_similar" if any(len(asked & other) > similarity * len(asked | other) for other in others) else None
