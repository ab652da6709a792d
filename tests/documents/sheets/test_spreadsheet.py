from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import Workbook

from attune.documents.blocks import Options
from attune.documents.decode import Unreadable
from attune.documents.sheets.spreadsheet import read_spreadsheet
from tests.support.office_files import docx


def test_a_workbook_is_read_as_one() -> None:
    book, file = Workbook(), BytesIO()
    book.active.append(["Valve", 90])
    book.save(file)
    content = read_spreadsheet(file.getvalue(), Options())
    assert [block.text for block in content.blocks] == ["| Valve | 90 |"]
    assert content.warnings == ()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"<html><body><table><tr><td>Valve<td>90</table>", "HTML"),
        (b"<table><tr><td>Valve<td>90</table>", "HTML"),
        (b"Valve\t90\nPump\t80\n", "text"),
    ],
)
def test_what_programs_export_under_its_name_is_read_and_told(data: bytes, kind: str) -> None:
    content = read_spreadsheet(data, Options())
    assert content.blocks[0].text.startswith("| Valve | 90 |")
    assert content.warnings[0] == f"is {kind}, though its name says that it is a workbook"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "save it as XLSX"),
        (b"%PDF-1.7", "it is a PDF file"),
        (b"\x00\x01\x02\x03" * 50, "begins with the bytes 00 01"),
        (b"prose without cells", "begins with the bytes"),
        (docx("<w:p/>"), r"it is a DOCX file; name it \.docx"),
    ],
)
def test_what_is_none(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read_spreadsheet(data, Options())
