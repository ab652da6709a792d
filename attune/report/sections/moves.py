"""How far the right chunks moved between the base and the fine-tuned model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from attune.evaluation.results import BASE, FINETUNED, RANK_BINS
from attune.report.reading.tables import Asked

Bins = Sequence[int]  # the last rank of each; one more, for what is further down, is added
TABLE_BINS: Bins = (1, 3, 5, 10, RANK_BINS[-1])


@dataclass(frozen=True)
class Bar:
    """How many questions have their chunk in a bin of ranks, and the shares of the longest bar."""

    bin: str
    base: int
    tuned: int
    base_share: float
    tuned_share: float


@dataclass(frozen=True)
class Moves:
    """How many questions have their chunk higher, at the same rank and lower, and a table of from where to where."""

    up: int
    same: int
    down: int
    entered: int  # the first `depth`
    left: int
    depth: int
    bins: list[str]
    table: list[list[int]]  # [bin under the base model][bin under the fine-tuned model]
    most: int  # the largest number in the table
    bars: list[Bar]

    @property
    def total(self) -> int:
        """How many questions there are."""
        return self.up + self.same + self.down


def moves(asked: Sequence[Asked], depth: int) -> Moves:
    """Count the moves of all questions; `depth` is the number of chunks that a reader is shown."""
    pairs = [(_distance(question.ranks[BASE]), _distance(question.ranks[FINETUNED])) for question in asked]
    table = [[0] * (len(TABLE_BINS) + 1) for _ in range(len(TABLE_BINS) + 1)]
    for before, after in pairs:
        table[_bin(before, TABLE_BINS)][_bin(after, TABLE_BINS)] += 1
    return Moves(
        up=sum(after < before for before, after in pairs),
        same=sum(after == before for before, after in pairs),
        down=sum(after > before for before, after in pairs),
        entered=sum(after <= depth < before for before, after in pairs),
        left=sum(before <= depth < after for before, after in pairs),
        depth=depth,
        bins=_labels(TABLE_BINS),
        table=table,
        most=max(number for row in table for number in row),
        bars=_bars([before for before, _ in pairs], [after for _, after in pairs]),
    )


def _bars(base: Sequence[float], tuned: Sequence[float]) -> list[Bar]:
    before, after = ([_bin(rank, RANK_BINS) for rank in ranks] for ranks in (base, tuned))
    counts = [(before.count(place), after.count(place)) for place in range(len(RANK_BINS) + 1)]
    most = max(max(pair) for pair in counts) or 1
    return [Bar(bin, b, t, b / most, t / most) for bin, (b, t) in zip(_labels(RANK_BINS), counts, strict=True)]


def _labels(bins: Bins) -> list[str]:
    first = [1, *(last + 1 for last in bins)]
    ranks = [f"{low}" if low == high else f"{low}–{high}" for low, high in zip(first, bins, strict=False)]
    return [*ranks, f">\u2009{bins[-1]}"]


def _bin(rank: float, bins: Bins) -> int:
    return next((place for place, last in enumerate(bins) if rank <= last), len(bins))


def _distance(rank: int | None) -> float:
    return math.inf if rank is None else rank
