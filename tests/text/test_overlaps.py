"""Chunks overlap where they share characters of a document."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from attune.core.records import Chunk
from attune.text.overlaps import overlapping
from tests.support.chunks import place, placed

# the places of one chunk
SPOTS = st.lists(
    st.builds(
        lambda name, start, length: (name, start, start + length),
        st.sampled_from("ab"),
        st.integers(0, 30),
        st.integers(1, 12),
    ),
    min_size=1,
    max_size=3,
)


def test_a_long_chunk_overlaps_one_that_starts_far_behind_it() -> None:
    chunks = [placed("long", "a", 0, 100), placed("short", "a", 5, 8), placed("late", "a", 90, 95)]
    assert overlapping(chunks, np.array([2]))[2].tolist() == [0]
    assert overlapping(chunks, np.array([0]))[0].tolist() == [1, 2]


@given(st.lists(SPOTS, min_size=1, max_size=12), st.data())
def test_equals_a_comparison_of_all_pairs(spots: list[list[tuple[str, int, int]]], data: st.DataObject) -> None:
    chunks = [
        placed(f"c{number}", *first, *(place(*spot) for spot in more)) for number, (first, *more) in enumerate(spots)
    ]
    held = [{(document, at) for document, start, end in each for at in range(start, end)} for each in spots]
    wanted = data.draw(st.lists(st.integers(0, len(chunks) - 1), unique=True))
    assert {one: others.tolist() for one, others in overlapping(chunks, np.array(wanted, dtype=np.int64)).items()} == {
        one: [other for other in range(len(chunks)) if other != one and held[one] & held[other]] for one in wanted
    }


def test_chunks_that_only_touch_or_do_not_say_where_they_stand_overlap_none() -> None:
    chunks = [placed("a", "x", 0, 10), placed("b", "x", 10, 20), placed("c", "y", 0, 10), Chunk("d", "", "d")]
    assert [overlapping(chunks, np.array([n]))[n].tolist() for n in range(4)] == [[], [], [], []]
