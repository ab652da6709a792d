"""Rows whose cells stand below each other, the names of their columns, and cells of several lines."""

from __future__ import annotations

from collections import Counter

from reportlab.pdfgen.canvas import Canvas

from attune.documents.blocks import Options
from attune.documents.pdf.engines import read_pdf
from attune.documents.pdf.flow.grid import as_block
from attune.documents.pdf.flow.tables import parted
from attune.documents.pdf.pages.lines import Cell, Line
from tests.support.pdf_files import drawn
from tests.support.pdf_lines import page


def rows(*texts: str, step: float = 14) -> list[Line]:
    """Lines of cells; an empty cell leaves its column free."""
    found = []
    for n, text in enumerate(texts):
        cells = [
            Cell(t, 60 + 100 * c, 60 + 100 * c + 5 * len(t), False, False) for c, t in enumerate(text.split("|")) if t
        ]
        found.append(Line(tuple(cells), 700 - step * n, 10, 1))
    return found


def block(lines: list[Line]) -> str:
    return as_block(lines, [False] * len(lines), Counter()).text


def test_a_table_among_prose_is_found() -> None:
    prose = ["The keeper closed the valve by the door, and went home to the town."] * 3
    table = rows("Valve|Opens at|Maker", "V1|2.5|Adler", "V2|3.0|Brandt")
    moved = [Line(line.cells, line.y - 60, 10, 1) for line in table]
    after = page(prose, top=600)
    found = [(is_table, [line.text for line in lines]) for is_table, lines in parted([*page(prose), *moved, *after])]
    assert found == [(False, prose), (True, [line.text for line in table]), (False, prose)]


def test_lines_that_stand_over_columns_name_them() -> None:
    lines = rows("||Year ended May 31,", "|2021|2020", "Revenue|3,208|2,364", "Costs|1,649|1,447")
    ((is_table, found),) = parted(lines)
    assert is_table
    table = as_block(found, [False] * 4, Counter())
    assert table.text.split("\n")[1:3] == ["|  | 2021 | 2020 |", "| Revenue | 3,208 | 2,364 |"]
    assert table.header == 2


def test_names_by_words_over_numbers_and_by_tags() -> None:
    lines = rows("Valve|Opens at|Maker", "V1|2.5|Adler", "V2|3.0|Brandt")
    assert as_block(lines, [False] * 3, Counter()).header == 1
    words = rows("Valve|Maker", "first|Adler", "second|Brandt")
    assert as_block(words, [False] * 3, Counter()).header == 0
    assert as_block(words, [True, False, False], Counter()).header == 1


def test_a_cell_without_neighbours_keeps_its_column() -> None:
    lines = rows("Valve|Opens at|Maker", "V1|2.5|Adler", "V2||Brandt", "|7.5|Cohen")
    assert block(lines).split("\n")[2:] == ["| V2 |  | Brandt |", "|  | 7.5 | Cohen |"]


def test_a_cell_of_several_lines_is_one() -> None:
    lines = rows("31.1|By-laws of the|Adler", "|company as amended|", "31.2|Terms of the|Brandt", "|note|")
    assert block(lines) == "| 31.1 | By-laws of the company as amended | Adler |\n| 31.2 | Terms of the note | Brandt |"
    label = rows("Total costs and|", "expenses|4,290|3,173", "Loss|1,082|1,808")
    assert block(label) == "| Total costs and expenses | 4,290 | 3,173 |\n| Loss | 1,082 | 1,808 |"


def test_rows_of_numbers_are_never_joined() -> None:
    lines = rows("Revenue|3,208|2,364", "|3,208|2,364", "Costs|1,649|1,447")
    assert len(block(lines).split("\n")) == 3


def test_columns_without_order_are_rows_at_least() -> None:
    lines = rows("airlock|a bubble that stops", "flue|the pipe", "tank|a box")
    assert block(lines) == "| airlock | a bubble that stops |\n| flue | the pipe |\n| tank | a box |"


def test_the_amounts_of_an_invoice_stand_in_its_lines() -> None:
    """Cell by cell, each with all its lines: as most programs draw tables."""

    def draw(canvas: Canvas) -> None:
        for x, name in ((60, "Pos"), (100, "Description"), (330, "Qty"), (430, "Price")):
            canvas.drawString(x, 690, name)
        for n in range(6):
            canvas.drawString(60, 670 - 26 * n, str(n + 1))
            canvas.drawString(100, 670 - 26 * n, f"Valve of type {n}")
            canvas.drawString(100, 658 - 26 * n, "with seal and spring")
            canvas.drawRightString(350, 670 - 26 * n, str(2 * n))
            canvas.drawRightString(455, 670 - 26 * n, f"{7 * n + 3}.50")
        canvas.drawString(60, 480, "Thank you for the order, and for the trust in us.")

    table = read_pdf(drawn(draw), Options()).blocks[0]
    rows = [f"| {n + 1} | Valve of type {n} with seal and spring | {2 * n} | {7 * n + 3}.50 |" for n in range(5)]
    assert table.text.split("\n")[:6] == ["| Pos | Description | Qty | Price |", *rows]
