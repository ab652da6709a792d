"""What pypdf reads: the same words, in coarser blocks."""

from __future__ import annotations

import io

from pypdf import PdfWriter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from attune.documents.pdf.pure import read_with_pypdf
from tests.support.pdf_files import changed, drawn, pdf


def test_paragraphs_lists_and_pages() -> None:
    prose = ["The keeper of the copper boiler closed the valve by the door, and", "went home to the town."]
    content = read_with_pypdf(pdf(["A log", *prose, "• close it", "• open it"], ["The end."], title="The log"))
    assert content.title == "The log"
    assert content.reader == "pypdf" and content.pages == 2
    assert ("paragraph", " ".join(prose), 1) in [(block.kind, block.text, block.page) for block in content.blocks]
    assert ("list", "• close it\n• open it", 1) in [(block.kind, block.text, block.page) for block in content.blocks]
    assert content.characters == sum(sum(map(str.isalnum, block.text)) for block in content.blocks)


def test_what_it_does_not_read_is_told() -> None:
    def form(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "Name:")
        canvas.acroForm.textfield(name="f", value="Kessler", x=200, y=694, width=99, height=20)

    def scan(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(io.BytesIO(b"P5 4 4 255\n" + bytes(16))), 0, 0, 500, 700)

    def attach(writer: PdfWriter) -> None:
        writer.add_attachment("a.txt", b"seals")

    data = changed(drawn(form, scan, lambda canvas: None), attach)
    assert read_with_pypdf(data).warnings == (
        "page 2 holds pictures and no text; recognise it with `ocrmypdf`",
        "holds 1 file not read here (a.txt); save them as documents of their own",
        "holds 1 value of a form that pypdf does not read; set chunk.pdf_engine to pdfium",
    )
