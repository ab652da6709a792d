"""The cleaning rules applied to queries that are all at hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from attune.core.records import Chunk
from attune.questions.cleaning.cleaner import Cleaner
from attune.questions.cleaning.kinds import Query
from attune.questions.cleaning.rules import REASONS, Rules
from attune.questions.corpus import finder


class Cleaned(NamedTuple):
    kept: list[Query]
    dropped: dict[str, int]


def clean(
    written: Sequence[Query],
    chunks: Sequence[Chunk],
    rules: Rules,
    foreign: Callable[[Query], bool] = lambda _: False,
) -> Cleaned:
    dropped = Counter[str]()
    kept = list(Cleaner(chunks, finder(chunks), rules).clean(lambda: written, dropped, foreign))
    assert set(dropped) <= set(REASONS)
    return Cleaned(kept, {reason: dropped[reason] for reason in REASONS})
