"""What became of the documents: how much of them is in chunks, and which of them want a look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from attune.report.reading.inputs import ChunkCounts
from attune.report.reading.tables import Read
from attune.report.style.numbers import count, percent
from attune.report.style.text import excerpt

MOST = 50  # documents that are shown
NAME, WARNING = 120, 300  # characters


@dataclass(frozen=True)
class Told:
    """A document that wants a look, and why."""

    name: str
    kept: str  # share of its letters and digits that is in chunks
    why: str


@dataclass(frozen=True)
class Documents:
    """What is shown of the documents."""

    sentences: list[str]
    told: list[Told]
    more: str  # how many are not shown


def documents(counts: ChunkCounts, rows: Sequence[Read]) -> Documents:
    """Return what is shown: those that failed first, then those that lost most."""
    told = sorted((row for row in rows if row.failure or row.warnings), key=lambda row: (not row.failure, row.kept))
    shown = [
        Told(
            excerpt(row.document, NAME),
            "" if row.failure else percent(row.kept),
            excerpt(row.failure or row.warnings, WARNING),
        )
        for row in told[:MOST]
    ]
    hidden = len(told) - len(shown)
    return Documents(list(_sentences(counts)), shown, f"and {count(hidden, 'more document')}" if hidden else "")


def _sentences(counts: ChunkCounts) -> Sequence[str]:
    if not counts.characters:
        return []
    kept = f"{percent(counts.characters_in_chunks / counts.characters)} of the letters and digits are in chunks."
    reasons = [f"{name} {percent(number / counts.characters)}" for name, number in counts.characters_left_out.items()]
    return [kept, f"Left out: {', '.join(reasons)}."] if reasons else [kept]
