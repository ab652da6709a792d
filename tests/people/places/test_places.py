"""A text is put together again from the places of its chunks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attune.people.places.places import joined


@given(
    st.text("ab \n", min_size=1, max_size=80), st.lists(st.tuples(st.integers(0, 79), st.integers(1, 30)), min_size=1)
)
def test_text_comes_back_from_its_parts(text: str, spans: list[tuple[int, int]]) -> None:
    parts = sorted((start, text[start : start + length]) for start, length in spans if start < len(text))
    held = {place for start, part in parts for place in range(start, start + len(part))}
    expected = "".join(text[i] if i in held else " " for i in range(max(held, default=-1) + 1))
    assert joined(parts) == expected
