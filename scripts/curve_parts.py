"""Nested parts of the training questions, for the learning curve."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from attune.core.errors import UserError
from attune.core.records import content_id

Relevant = Mapping[str, list[str]]  # question -> chunks that answer it


def check_fractions(fractions: Sequence[float]) -> None:
    """Check that there are two fractions or more, ascending, above 0 and up to 1.

    Raises:
        UserError: they are something else.
    """
    if len(fractions) < 2 or not all(0 < lower < higher <= 1 for lower, higher in pairwise(fractions)):
        raise UserError(
            f"--fractions is {' '.join(map(str, fractions))}; expected two or more ascending numbers above 0, up to 1, "
            "such as 0.25 0.5 1.0"
        )


def chunks_of(relevant: Relevant) -> Counter[str]:
    """Return the chunks that questions are about, with how many there are about each; of several the first counts."""
    return Counter(chunks[0] for chunks in relevant.values())


def part(relevant: Relevant, fraction: float) -> dict[str, list[str]]:
    """Return a share of the questions, those of one chunk together.

    Chunks come in the order of a hash until the questions are enough, so a smaller part is in every larger one.
    """
    sizes, wanted = chunks_of(relevant), round(fraction * len(relevant))
    chosen: set[str] = set()
    count = 0
    for chunk in sorted(sizes, key=content_id):
        if count < max(wanted, 1):
            chosen.add(chunk)
            count += sizes[chunk]
    return {question: chunks for question, chunks in relevant.items() if chunks[0] in chosen}


def parts(relevant: Relevant, fractions: Sequence[float]) -> dict[float, dict[str, list[str]]]:
    """Return the questions of each fraction.

    Raises:
        UserError: there are too few questions for the fractions to differ.
    """
    found = {fraction: part(relevant, fraction) for fraction in fractions}
    sizes = [len(questions) for questions in found.values()]
    if len(set(sizes)) < len(sizes):
        raise UserError(
            f"the training part has {len(relevant)} questions about {len(chunks_of(relevant))} chunks; that is too few "
            f"for {' '.join(map(percent, fractions))}: take fewer fractions, or add documents"
        )
    return found


def percent(fraction: float) -> str:
    """Return "25 %"."""
    return f"{100 * fraction:g} %"
