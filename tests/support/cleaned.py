"""The cleaning rules applied to queries that are all at hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence, Set
from typing import NamedTuple

from attune.core.records import Chunk
from attune.questions.cleaning.cleaner import Cleaner, asked_of_several
from attune.questions.cleaning.queries import Query
from attune.questions.cleaning.rules import REASONS, Rules


class Cleaned(NamedTuple):
    kept: list[Query]
    dropped: dict[str, int]


def clean(
    written: Sequence[Query],
    chunks: Sequence[Chunk],
    rules: Rules,
    foreign: Callable[[Query, Chunk, Set[str]], bool] = lambda *_: False,
) -> Cleaned:
    dropped = Counter[str]()
    by_id = {chunk.id: chunk for chunk in chunks}
    cleaner = Cleaner(chunks, by_id.__getitem__, rules)
    kept = list(cleaner.clean(written, asked_of_several(written), dropped, foreign))
    assert set(dropped) <= set(REASONS)
    return Cleaned(kept, {reason: dropped[reason] for reason in REASONS})
