"""Columns that were drawn row by row, told from tables."""

from __future__ import annotations

from attune.documents.pdf.pages.columns import column_by_column
from attune.documents.pdf.pages.lines import Cell, Line


def rows(*columns: tuple[float, list[str]]) -> list[Line]:
    return [
        Line(
            tuple(
                Cell(texts[n], x, x + 5 * len(texts[n]), bold=False, mono=False)
                for x, texts in columns
                if n < len(texts)
            ),
            700 - 12 * n,
            10,
            1,
        )
        for n in range(max(len(texts) for _, texts in columns))
    ]


LEFT = [f"prose of the left column, its line {n}" for n in range(8)]
RIGHT = [f"prose of the right column, line no {n}" for n in range(6)]
THIRD = [f"prose of the third column, line no {n}" for n in range(7)]


def test_columns_of_prose_are_read_one_after_the_other() -> None:
    found = [line.text for line in column_by_column(rows((50, LEFT), (310, RIGHT)))]
    assert found == LEFT + RIGHT
    found = [line.text for line in column_by_column(rows((50, LEFT), (310, RIGHT), (570, THIRD)))]
    assert found == LEFT + RIGHT + THIRD


def test_a_line_across_the_gutter_stays_at_its_place() -> None:
    head = Line(
        (Cell("A heading that goes from one side of the page to the other", 50, 440, False, False),), 720, 10, 1
    )
    foot = Line((head.cells[0]._replace(text="A note that goes from one side of the page to the other"),), 590, 10, 1)
    lines = [head, *rows((50, LEFT), (310, RIGHT)), foot]
    assert [line.text for line in column_by_column(lines)] == [head.text, *LEFT, *RIGHT, foot.text]


def test_tables_stay_rows() -> None:
    names, values = [f"Valve number {n}" for n in range(8)], [f"{n * 37}.50" for n in range(8)]
    for lines in (rows((50, names), (310, values)), rows((50, names), (250, LEFT)), rows((50, LEFT), (310, values))):
        assert column_by_column(lines) == lines
