"""The way to cut that costs least, against all ways there are."""

from __future__ import annotations

from array import array
from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from attune.documents.cutting.packing import EMPTY, ENDED, TOO_SHORT, packed
from attune.documents.cutting.seams import BLOCK, Piece
from attune.documents.cutting.tokens import Counted

PIECES = st.lists(st.tuples(st.integers(1, 9), st.sampled_from([0, 15, 120, 260, 3000])), min_size=1, max_size=9)


def counted_pieces(parts: list[tuple[int, int]]) -> tuple[list[Piece], Counted]:
    """Return pieces of so many tokens, each token a character."""
    ends = [0]
    for tokens, _ in parts:
        ends.append(ends[-1] + tokens)
    pieces = [Piece(start, end, cost, 0) for (start, end), (_, cost) in zip(pairwise(ends), parts, strict=True)]
    return pieces, Counted(array("q", range(1, ends[-1] + 1)))


def cost(pieces: list[Piece], cuts: list[int], room: list[int], fewest: int) -> int | None:
    """Add up what a way to cut costs; None where it does not fit."""
    total = 0
    for start, end in pairwise([0, *cuts, len(pieces)]):
        tokens = pieces[end - 1].end - pieces[start].start
        if tokens > room[start] and end - start > 1:
            return None
        lacking = max(0, room[start] - tokens)
        empty = ENDED if end == len(pieces) or pieces[end].cost < BLOCK else EMPTY
        total += empty * lacking * lacking // room[start] ** 2 + (TOO_SHORT if tokens < fewest else 0)
        total += pieces[start].cost if start else 0
    return total


@given(PIECES, st.data())
def test_no_other_way_costs_less(parts: list[tuple[int, int]], data: st.DataObject) -> None:
    pieces, counted = counted_pieces(parts)
    room = data.draw(st.lists(st.integers(5, 20), min_size=len(pieces), max_size=len(pieces)))
    fewest = data.draw(st.integers(0, 6))
    ways = packed(pieces, counted, room, fewest)
    assert [start for start, _ in ways] == [0, *(end for _, end in ways[:-1])]
    assert ways[-1][1] == len(pieces)
    found = cost(pieces, [start for start, _ in ways[1:]], room, fewest)
    every = [
        cost(pieces, list(cuts), room, fewest)
        for number in range(len(pieces))
        for cuts in combinations(range(1, len(pieces)), number)
    ]
    assert found == min(way for way in every if way is not None)


def test_nothing_to_pack() -> None:
    assert packed([], Counted(), [], 16) == []
