"""Which rows of a table name its columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.documents.blocks import Block
from attune.documents.sheets.header import blocks_of, header_rows


def rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in text.split(" / ")]


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("Item|Cost / Pump|3", range(1)),
        ("Pump|3 / Valve|4", range(0)),
        ("Item|2019|2020 / Pump|3|4", range(1)),
        ("Item|2019-01-01|2019-02-01 / Pump|3|4", range(1)),
        ("Ada|1999 / Bob|2001", range(0)),
        ("Report|| / || / Item|Cost|Sold / Pump|3|4", range(2, 3)),
        ("Report|Report| / Item|Cost|Sold / Pump|3|4", range(1, 2)),
        ("Item|Q1|Q1|Q2|Q2 / |East|West|East|West / Pump|1|2|3|4", range(2)),
        ("a|a|b / 1|2|3", range(0)),
        ("Item|Cost", range(0)),
        ("only / words", range(0)),
        ("", range(0)),
        (f"Item|{'x' * 101} / Pump|3", range(0)),
        ("Item|Cost (€) / Pump|€ 3.50", range(1)),
        ("Item|12 % / Pump|3", range(0)),
    ],
)
def test_header_rows(text: str, header: range) -> None:
    assert header_rows(rows(text)) == header


def test_what_stands_above_is_a_paragraph_and_a_new_header_begins_a_table() -> None:
    text = "Report|| / || / Item|Cost| / Pump|3| / || / Valve|4| / || / Name|Age|Town / Ada|36|Bath"
    assert blocks_of(rows(text), page=2) == [
        Block("paragraph", "Report", page=2),
        Block("table", "| Item | Cost |\n| Pump | 3 |\n| Valve | 4 |", page=2, header=1),
        Block("table", "| Name | Age | Town |\n| Ada | 36 | Bath |", page=2, header=1),
    ]


CELLS = st.sampled_from(["", "a", "b", "Item", "7", "3.5", "2019", "2020"])


@given(st.lists(st.lists(CELLS, max_size=5), max_size=12))
def test_no_cell_is_lost(values: list[list[str]]) -> None:
    found = " ".join(block.text.replace("|", " ") for block in blocks_of(values)).split()
    kept = [cell for row in values for cell in row if cell]
    # above a table, a cell that only repeats its neighbour is the same merged cell
    assert set(found) == set(kept)
    assert len(found) <= len(kept)
