"""Lines of pages without a file, and what a PDF file says."""

from __future__ import annotations

from collections.abc import Sequence

from attune.documents.blocks import Options
from attune.documents.pdf.engines import read_pdf
from attune.documents.pdf.pages.lines import Cell, Line

LETTER = 5.0  # points


def line(*cells: str, x: float = 60, y: float = 700, size: float = 10, page: int = 1, bold: bool = False) -> Line:
    """A line of letters of one width; its cells begin 100 points apart."""
    placed = (
        Cell(text, start := x + 100 * n, start + LETTER * len(text), bold, mono=False) for n, text in enumerate(cells)
    )
    return Line(tuple(placed), y, size, page)


def page(texts: Sequence[str], number: int = 1, top: float = 760, step: float = 14) -> list[Line]:
    """Lines below each other; cells are divided by "|"."""
    return [line(*text.split("|"), y=top - step * n, page=number) for n, text in enumerate(texts)]


def texts(data: bytes) -> list[str]:
    """The texts of the blocks of a file."""
    return [block.text for block in read_pdf(data, Options()).blocks]


def kinds(data: bytes) -> list[tuple[str, str]]:
    """The kinds and texts of the blocks of a file."""
    return [(block.kind, block.text) for block in read_pdf(data, Options()).blocks]
