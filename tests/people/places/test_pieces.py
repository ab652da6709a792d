"""The pieces that two texts share are found where they stand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attune.people.places.pieces import LENGTH, STRIDE, Pieces


@given(st.text("abc", max_size=60), st.text("abc", max_size=30))
def test_pieces_are_those_that_both_texts_hold(text: str, other: str) -> None:
    expected = {
        (offset, position)
        for offset in range(len(other) - LENGTH + 1)
        for position in range(0, len(text) - LENGTH + 1, STRIDE)
        if other[offset : offset + LENGTH] == text[position : position + LENGTH]
    }
    offsets, positions = Pieces(text).hits(other)
    assert set(zip(offsets.tolist(), positions.tolist(), strict=True)) == expected
