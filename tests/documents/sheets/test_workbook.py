"""Workbooks: what openpyxl writes comes back as it is read, and what is not shown is counted."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from io import BytesIO
from itertools import groupby

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml.etree import fromstring
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from attune.documents.blocks import Block, Content, Options
from attune.documents.decode import Unreadable
from attune.documents.office.archive import ENCRYPTED, OLE, Archive
from attune.documents.sheets.facts import with_raised_marks
from attune.documents.sheets.workbook import read_workbook
from tests.support.office_files import ods, zipped


def read(data: bytes) -> Content:
    return read_workbook(data, Options())


def written(fill: Callable[[Worksheet], object], name: str = "Sheet1") -> Content:
    return read(saved(fill, name))


def saved(fill: Callable[[Worksheet], object], name: str = "Sheet1") -> bytes:
    book = Workbook()
    assert isinstance(book.active, Worksheet)
    book.active.title = name
    fill(book.active)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def rows(*values: list[object]) -> Callable[[Worksheet], object]:
    def fill(sheet: Worksheet) -> None:
        for row in values:
            sheet.append(row)

    return fill


def texts(content: Content) -> list[str]:
    return [block.text for block in content.blocks]


def test_values_come_as_they_are_read() -> None:
    def fill(sheet: Worksheet) -> None:
        rows(
            ["Item", "Value"],
            ["whole", 5],
            ["large", 1234567890123],
            ["part", 0.1 + 0.2],
            ["small", 0.00001],
            ["yes", True],
            ["day", datetime.date(2021, 3, 4)],
            ["minute", datetime.datetime(2021, 3, 4, 5, 6)],
            ["clock", datetime.time(7, 8)],
            ["span", datetime.timedelta(hours=30, minutes=5)],
            ["share", 0.125],
            ["code", "007"],
        )(sheet)
        sheet["B11"].number_format = "0.0%"

    assert texts(written(fill)) == [
        "| Item | Value |\n| whole | 5 |\n| large | 1234567890123 |\n| part | 0.3 |\n| small | 0.00001 |\n"
        "| yes | TRUE |\n"
        "| day | 2021-03-04 |\n| minute | 2021-03-04 05:06 |\n| clock | 07:08 |\n"
        "| span | 30:05:00 |\n| share | 12.5% |\n"
        "| code | 007 |"
    ]


CELLS = st.one_of(
    st.text("abc äß東|.", min_size=1, max_size=9).filter(str.strip), st.integers(-(10**9), 10**9), st.none()
)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8).filter(lambda r: any(map(any, r))))
@example([["a", None, "a"], ["a", "aa", "aaa"], ["a", None, "a"]])
@example([["a", "a", None], ["a", "aa", "aaa"], ["a", None, "a"]])
def test_every_cell_comes_back_in_its_row(values: list[list[object]]) -> None:
    found = [line for block in written(rows(*values)).blocks for line in block.text.split("\n")]
    filled = [row for row in values if any(cell is not None for cell in row)]
    assert len(found) == len(filled)
    for line, row in zip(found, filled, strict=True):
        above = not line.startswith("|")  # a title, of which cells beside each other are taken for one that spans them
        cells = [cell for cell, _ in groupby(row)] if above else row
        words = " ".join(" ".join(str(cell).split()) for cell in cells if cell is not None)
        assert [w for w in line.replace("|", " ").split() if w] == words.replace("|", " ").split()


def test_raised_letters_of_a_cell_change_no_number() -> None:
    def fill(sheet: Worksheet) -> None:
        raised = InlineFont(vertAlign="superscript")
        sheet.append(["Unit", CellRichText("10", TextBlock(raised, "6"), " J")])
        sheet.append(
            [CellRichText(TextBlock(raised, "1"), " Seen"), CellRichText("1", TextBlock(raised, "st"), " of May")]
        )

    assert texts(written(fill)) == ["| Unit | 10^6 J |\n| 1 Seen | 1st of May |"]


def test_raised_letters_of_texts_that_cells_share() -> None:
    part = '<sst><si><r><t>10</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>6</t></r></si></sst>'
    archive = Archive(zipped({"xl/sharedStrings.xml": part}), "XLSX")
    changed = with_raised_marks(archive, "xl/sharedStrings.xml")["xl/sharedStrings.xml"]
    assert "".join(fromstring(changed).itertext()) == "10^6"


def test_sheets_are_headings_and_hidden_ones_are_told() -> None:
    book = Workbook()
    first, second = book.active, book.create_sheet("Costs")
    assert isinstance(first, Worksheet)
    first.title = "Prices"
    first.append(["Pump", 3])
    second.append(["Valve", 4])
    hidden = book.create_sheet("Plans")
    hidden.append(["secret"])
    hidden.sheet_state = "veryHidden"
    file = BytesIO()
    book.save(file)
    content = read(file.getvalue())
    assert content.blocks == (
        Block("heading", "Prices", level=1, page=1),
        Block("table", "| Pump | 3 |", page=1),
        Block("heading", "Costs", level=1, page=2),
        Block("table", "| Valve | 4 |", page=2),
    )
    assert content.left_out == {"hidden": 6}
    assert content.warnings == ("the hidden sheet Plans is left out",)
    assert content.pages == 3


def test_hidden_rows_and_columns_and_comments_are_counted() -> None:
    def fill(sheet: Worksheet) -> None:
        rows(["Item", "Cost", "Sold"], ["Pump", 11, 2], ["Valve", 22, 3])(sheet)
        sheet.column_dimensions["B"].hidden = True
        sheet.row_dimensions[3].hidden = True
        sheet["A2"].comment = Comment("check", "Ada")

    content = written(fill)
    assert texts(content) == ["| Item | Sold |\n| Pump | 2 |"]
    assert content.left_out == {"hidden": 4 + 2 + 5 + 2 + 1, "comments": 5}


def test_merged_cells_say_the_same_in_each_row_and_column() -> None:
    def fill(sheet: Worksheet) -> None:
        rows(
            ["Costs by quarter"],
            ["Item", "Q1", None, "Q2"],
            [None, "East", "West", "East", "West"],
            ["Pump", 1, 2, 3, 4],
        )(sheet)
        for cells in ("A1:E1", "A2:A3", "B2:C2", "D2:E2"):
            sheet.merge_cells(cells)

    assert written(fill).blocks == (
        Block("paragraph", "Costs by quarter", page=1),
        Block(
            "table",
            "| Item | Q1 | Q1 | Q2 | Q2 |\n| Item | East | West | East | West |\n| Pump | 1 | 2 | 3 | 4 |",
            page=1,
            header=2,
        ),
    )


def test_formulas_without_a_value_are_told() -> None:
    content = written(rows(["Item", "Sum"], ["Pump", "=1+1"]))
    assert content.warnings[0].startswith("formulas without a value: 1")


def test_a_cell_in_the_last_corner_costs_nothing() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["A1"] = "near"
        sheet["XFD1048576"] = "far"

    content = written(fill)
    assert content.left_out == {"scattered cells": 2}
    assert "scattered over 1,048,576 rows and 16,384 columns" in content.warnings[0]


ODS_CELL = '<table:table-cell office:value-type="string"{}><text:p>{}</text:p></table:table-cell>'


def test_open_document() -> None:
    cells = "".join(ODS_CELL.format("", text) for text in ("Pump", "brass"))
    content = read(ods(f"<table:table-row>{cells}</table:table-row>"))
    assert content.blocks == (
        Block("heading", "Prices", level=1, page=1),
        Block("table", "| Pump | brass |", page=1),
    )


def test_raised_letters_of_open_document_change_no_number() -> None:
    style = (
        '<style:style xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" style:name="T1">'
        '<style:text-properties style:text-position="super 58%"/></style:style>'
    )
    cell = (
        '<table:table-cell xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:value-type="string">'
        '<text:p>10<text:span text:style-name="T1">6</text:span> J</text:p></table:table-cell>'
    )
    assert texts(read(ods(f"{style}<table:table-row>{cell * 2}</table:table-row>")))[1:] == ["| 10^6 J | 10^6 J |"]


def test_percentages_and_hidden_rows_of_open_document() -> None:
    share = '<table:table-cell office:value-type="percentage" office:value="0.125"><text:p>12.5%</text:p>'
    share += "</table:table-cell>"
    unseen = f'<table:table-row table:visibility="collapse">{ODS_CELL.format("", "unseen")}</table:table-row>'
    valve = ODS_CELL.format(' table:number-columns-repeated="2"', "V1")
    twice = f"<table:table-row>{valve}{share}</table:table-row>"
    content = read(ods(unseen + twice))
    assert [block.text for block in content.blocks] == ["Prices", "| V1 | V1 | 12.5% |"]
    assert content.left_out == {"hidden": 6}


REPEATED = '<table:table-row table:number-rows-repeated="1048576">{}</table:table-row>'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            ods(REPEATED.format(ODS_CELL.format(' table:number-columns-repeated="999999999"', "x"))),
            "Prices is too large",
        ),
        (ods("<table:table-row>"), r"its part content\.xml is not XML"),
        (OLE + b"\0" * 600 + ENCRYPTED, "locked with a password"),
        (OLE + b"\0" * 600, "a damaged workbook"),
        (zipped({"xl/workbook.xml": "<workbook/>"}), "without an Office document"),
        (saved(rows(["a", 1]))[:-40], "a damaged XLSX file"),
    ],
)
def test_broken_workbooks_have_a_reason(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(data)
