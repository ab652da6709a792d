"""A small file of each format, with a little of all that its reader knows."""

from __future__ import annotations

import json
from email.message import EmailMessage
from io import BytesIO
from typing import Protocol

from docx import Document
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE

from tests.support.office_files import epub, ods
from tests.support.pdf_files import pdf

PAGE = """<html><head><title>Boilers</title></head><body><h1>Boilers</h1><p>Water is <b>hot</b>, 10<sup>6</sup>.</p>
<ul><li>one<ol><li>two</ol></ul><table><tr><th>Valve<th>Heat<tr><td rowspan=2>V1<td>90<tr><td>80</table>
<pre><code>if hot:\n    close()</code></pre></body></html>"""
MARKDOWN = """---\ntitle: Boilers\ntags: [a, b]\n---\n# Boilers\n\nWater is *hot*.\n\n- one\n  - two\n
| Valve | Heat |\n|---|---|
| V1 | 90 |\n\n```python\nif hot:\n    close()\n```\n<!-- not read -->\n[^1]: A note.\n"""


def seeds() -> dict[str, bytes]:
    """The files, by the endings of their names."""
    return {
        ".pdf": pdf(["Boilers", "Water is hot."], ["Valves shut."]),
        ".txt": b"BOILERS\n\nWater is hot.\n\n1. one\n2. two\n",
        ".md": MARKDOWN.encode(),
        ".mdx": b"import A from 'b'\n\n# Boilers\n\n<A x={1}>Water</A>\n",
        ".rst": b"Boilers\n=======\n\nWater is hot.\n\n.. note:: Really.\n\n::\n\n    close()\n",
        ".adoc": b"= Boilers\n\nWater is hot.\n\n|===\n|a |b\n|===\n",
        ".html": PAGE.encode(),
        ".csv": b'Valve,Heat\nV1,"9,0"\n"V\n2",80\n',
        ".tsv": b"Valve\tHeat\nV1\t90\n",
        ".jsonl": b'{"_id": "1", "title": "Boilers", "text": "Hot."}\n{"_id": "2", "title": "", "text": "Cold."}\n',
        ".ipynb": _notebook(),
        ".eml": _mail(),
        ".docx": _document(),
        ".pptx": _slides(),
        ".xlsx": _workbook(),
        ".ods": ods("<table:table-row><table:table-cell><text:p>V1</text:p></table:table-cell></table:table-row>"),
        ".epub": epub({"a.xhtml": "<h1>Boilers</h1><p>Water is hot.</p>", "b.xhtml": "<p>Cold.</p>"}),
    }


def _notebook() -> bytes:
    outputs = [{"output_type": "stream", "text": ["hot\n"]}, {"output_type": "error", "ename": "E", "evalue": "x"}]
    code = {"cell_type": "code", "source": ["if hot:\n", "    close()"], "outputs": outputs}
    return json.dumps({"cells": [{"cell_type": "markdown", "source": "# Boilers"}, code], "nbformat": 4}).encode()


def _mail() -> bytes:
    message = EmailMessage()
    message["From"], message["Date"], message["Subject"] = "Ada <a@b.c>", "Thu, 04 Mar 2021 05:06:07 +0000", "Größe"
    message.set_content("Water is größer.")
    message.add_alternative("<p>Water is größer.</p>", subtype="html")
    message.add_attachment(b"\0\1", maintype="image", subtype="png", filename="a.png")
    return message.as_bytes()


def _document() -> bytes:
    document = Document()
    document.add_heading("Boilers", 1)
    document.add_paragraph("Water is hot.").add_run("1").font.superscript = True
    document.add_paragraph("one", style="List Number")
    table = document.add_table(2, 2, style="Table Grid")
    table.cell(0, 0).text, table.cell(1, 1).text = "Valve", "90"
    table.cell(0, 0).merge(table.cell(1, 0))
    return _saved(document)


def _slides() -> bytes:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text, slide.placeholders[1].text = "Boilers", "Water is hot."
    slide.shapes.add_table(2, 2, 0, 0, 9, 9).table.cell(0, 0).text = "Valve"
    chart = CategoryChartData()
    chart.categories = ["V1"]
    chart.add_series("Heat", (90,))
    slide.shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, 9, 9, chart)
    slide.notes_slide.notes_text_frame.text = "Say it."
    return _saved(deck)


def _workbook() -> bytes:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (["Valve", "Heat"], ["V1", 0.5], ["V2", "=B2"]):
        sheet.append(row)
    sheet["B2"].number_format = "0%"
    sheet.merge_cells("A2:A3")
    return _saved(book)


class _Saved(Protocol):
    def save(self, file: BytesIO, /) -> object: ...


def _saved(document: _Saved) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()
