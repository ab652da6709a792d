"""Tables as lines, and what is counted of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.documents.blocks import Block, characters, table

CELLS = st.lists(st.lists(st.sampled_from(["", " ", "a", "b c", "d\n e", "5"]), max_size=4), max_size=5)


@pytest.mark.parametrize(("text", "count"), [("", 0), ("a b-1", 3), ("| Füchse | 狐狸 |", 8), ("é\u0301 _ – ·", 1)])
def test_letters_and_digits_are_counted(text: str, count: int) -> None:
    assert characters(text) == count


@given(CELLS, st.integers(0, 3))
def test_a_table_is_a_row_a_line_with_every_word(rows: list[list[str]], header: int) -> None:
    block = table(rows, header)
    lines = block.text.split("\n") if block.text else []
    assert characters(block.text) == sum(characters(cell) for row in rows for cell in row)
    assert len(lines) == sum(any(cell.strip() for cell in row) for row in rows)
    assert len({line.count("|") for line in lines}) <= 1
    assert block.header == sum(any(cell.strip() for cell in row) for row in rows[:header])


def test_rows_and_columns_without_a_word_are_left_out() -> None:
    rows = [["", "Valve", " "], ["", "", ""], ["", "V1", "", "3"]]
    assert table(rows, 2, page=4) == Block("table", "| Valve |  |\n| V1 | 3 |", page=4, header=1)


@given(st.text(st.characters() | st.sampled_from("aZ09 .|éß狐²½_")))
def test_they_are_what_python_calls_so(text: str) -> None:
    assert characters(text) == sum(map(str.isalnum, text))
