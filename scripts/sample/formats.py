"""Blocks of text as a PDF, HTML, Markdown, Word or text file, laid out like documents that people have."""

from __future__ import annotations

import io
from collections.abc import Sequence
from html import escape
from itertools import groupby
from textwrap import fill, indent
from zipfile import ZipFile, ZipInfo

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Preformatted, SimpleDocTemplate

from scripts.sample.manual import Block
from scripts.sample.word_parts import DOCUMENT, PARTS, STYLES

MARGIN = 64
BODY = ParagraphStyle("body", fontName="Times-Roman", fontSize=10, leading=13, spaceAfter=5)
ITEM = ParagraphStyle("item", BODY, leftIndent=14, bulletIndent=4)
CODE = ParagraphStyle("code", fontName="Courier", fontSize=7.8, leading=9.5, spaceAfter=6, leftIndent=8)
HEADING_SIZES = (18, 13.5, 11.5, 10.5)


def markdown(blocks: Sequence[Block]) -> bytes:
    """Return a Markdown file."""
    return "\n\n".join(map(_markdown_block, blocks)).encode() + b"\n"


def _markdown_block(block: Block) -> str:
    if block.kind == "heading":
        return f"{'#' * block.level} {block.text}"
    if block.kind == "code":
        return f"```\n{block.text}\n```"
    return f"- {block.text}" if block.kind == "item" else block.text


def html(blocks: Sequence[Block]) -> bytes:
    """Return an HTML file; the first block is its title."""
    title = escape(blocks[0].text)
    groups = (
        (kind, "\n".join(map(_html_block, group))) for kind, group in groupby(blocks, key=lambda block: block.kind)
    )
    body = "\n".join(f"<ul>\n{lines}\n</ul>" if kind == "item" else lines for kind, lines in groups)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        "<style>body { max-width: 40em; margin: auto; font-family: serif }</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    ).encode()


def _html_block(block: Block) -> str:
    if block.kind == "heading":
        return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
    if block.kind == "code":
        return f"<pre>{escape(block.text)}</pre>"
    if block.kind == "item":
        return f"<li>{escape(block.text)}</li>"
    return f"<p>{escape(block.text)}</p>"


def pdf(blocks: Sequence[Block]) -> bytes:
    """Return a PDF file; the first block is its title, and stands at the head of each page."""
    _, pages = _pdf(blocks, 0)
    content, _ = _pdf(blocks, pages)  # now that the number of pages is known
    return content


def _pdf(blocks: Sequence[Block], pages: int) -> tuple[bytes, int]:
    title = blocks[0].text
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=title,
        author="The SciPy community",
        invariant=1,  # neither time nor random id in it
        pageCompression=0,  # compressed, its bytes would depend on the machine's zlib
    )

    def header_and_footer(canvas: Canvas, _: SimpleDocTemplate) -> None:
        canvas.setFont("Times-Italic", 9)
        canvas.drawString(MARGIN + 6, A4[1] - 44, _printable(title))
        canvas.drawCentredString(A4[0] / 2, 36, f"Page {canvas.getPageNumber()} of {pages}")

    document.build([*map(_flowable, blocks)], onFirstPage=header_and_footer, onLaterPages=header_and_footer)
    return file.getvalue(), document.page


def _flowable(block: Block) -> Flowable:
    text = _printable(block.text)
    if block.kind == "code":
        return Preformatted(text, CODE)
    if block.kind == "heading":
        size = HEADING_SIZES[min(block.level, len(HEADING_SIZES)) - 1]
        return Paragraph(
            escape(text),
            ParagraphStyle(
                "heading",
                fontName="Helvetica-Bold",
                fontSize=size,
                leading=1.25 * size,
                spaceBefore=size,
                spaceAfter=6,
                keepWithNext=True,
            ),
        )
    if block.kind == "item":
        return Paragraph(escape(text, quote=False), ITEM, bulletText="\u2022")
    return Paragraph(escape(text, quote=False), BODY)


def _printable(text: str) -> str:
    """Replace what the fonts that every PDF reader has, and so no PDF file needs to carry, do not hold."""
    return text.encode("cp1252", "replace").decode("cp1252")


def text(blocks: Sequence[Block]) -> bytes:
    """Return a text file, wrapped as people wrap mail."""
    return "\n\n".join(map(_text_block, blocks)).encode() + b"\n"


def _text_block(block: Block) -> str:
    if block.kind == "heading":
        return f"{block.text}\n{'=-'[block.level > 1] * len(block.text)}"
    if block.kind == "code":
        return indent(block.text, "    ")
    return fill(block.text, 100, initial_indent="* " * (block.kind == "item"), break_long_words=False)


def docx(blocks: Sequence[Block]) -> bytes:
    """Return a Word file: a zip archive of XML (ECMA-376, part 1), without compression and dates."""
    body = "".join(map(_docx_block, blocks))
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        for name, content in (PARTS | {"word/document.xml": DOCUMENT.format(body=body)}).items():
            archive.writestr(ZipInfo(name), f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{content}')
    return file.getvalue()


def _docx_block(block: Block) -> str:
    style = f"Heading{block.level}" if block.kind == "heading" else STYLES[block.kind]
    runs = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in block.text.split("\n"))
    bullet = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>' if block.kind == "item" else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{bullet}</w:pPr><w:r>{runs}</w:r></w:p>'
