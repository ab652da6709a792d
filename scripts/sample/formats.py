"""Blocks of text as a PDF, Markdown or HTML file, laid out like documents that people have."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from html import escape

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Preformatted, SimpleDocTemplate

from scripts.sample.topics import Block

MARGIN = 64
BODY = ParagraphStyle("body", fontName="Times-Roman", fontSize=10, leading=13, spaceAfter=5)
CODE = ParagraphStyle("code", fontName="Courier", fontSize=7.8, leading=9.5, spaceAfter=6, leftIndent=8)
HEADING_SIZES = (18, 13.5, 11.5, 10.5)
STRONG = re.compile(r"(?<![\w*\"])\*\*(\w[^*\"]*)\*\*(?![\w*])")
EMPHASIS = re.compile(r"(?<![\w*\"])\*(\w[^*\"]*)\*(?![\w*])")


def markdown(blocks: Sequence[Block]) -> bytes:
    """Return a Markdown file."""
    return "\n\n".join(map(_markdown_block, blocks)).encode() + b"\n"


def _markdown_block(block: Block) -> str:
    if block.kind == "heading":
        return f"{'#' * block.level} {block.text}"
    return f"```\n{block.text}\n```" if block.kind == "code" else block.text


def html(blocks: Sequence[Block]) -> bytes:
    """Return an HTML file; the first block is its title."""
    title = escape(blocks[0].text)
    body = "\n".join(map(_html_block, blocks))
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
    if block.kind == "item" and block.text.startswith("*"):
        return f"<ul><li>{_marked_up(block.text.lstrip('* '))}</li></ul>"
    return f"<p>{_marked_up(block.text)}</p>"


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
        author="Python documentation",
        invariant=1,  # neither time nor random id in it
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
    style = ParagraphStyle("indented", BODY, leftIndent=10 * block.level)
    return Paragraph(_marked_up(text), style)


def _marked_up(text: str) -> str:
    return EMPHASIS.sub(r"<i>\1</i>", STRONG.sub(r"<b>\1</b>", escape(text, quote=False)))


def _printable(text: str) -> str:
    """Replace what the fonts that every PDF reader has, and so no PDF file needs to carry, do not hold."""
    return text.encode("cp1252", "replace").decode("cp1252")
