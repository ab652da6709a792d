"""A page of pdfium to its lines in reading order, with all that is needed to judge them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

from attune.documents.blocks import characters
from attune.documents.pdf.pages.columns import column_by_column
from attune.documents.pdf.pages.entries import among
from attune.documents.pdf.pages.forms import Put, put_on
from attune.documents.pdf.pages.lines import Line, Run
from attune.documents.pdf.pages.runs import PageText
from attune.documents.pdf.pages.strands import in_reading_order
from attune.documents.pdf.pages.structure import Tag, tags_of
from attune.documents.pdf.pages.visible import Box, visible

PICTURES = (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING, pdfium.FPDF_PAGEOBJ_FORM)
LETTERS = 20  # paths on a page without text: so many may be letters that were drawn


@dataclass
class Page:
    """What a page holds.

    Attributes:
        lines: in reading order.
        bounds: where it begins at the bottom and ends at the top, in points.
        tags: what its tags call its pieces, by the marks of lines.
        characters: how many characters that are no blanks pdfium finds on it.
        unmapped: how many of these lead to no letter, by the file's own account.
        left_out: how many are in no line, by reason.
        drawn: does it hold pictures or drawings?
        fields, files: of forms; pinned to it.
    """

    lines: list[Line]
    bounds: tuple[float, float]
    tags: dict[int, Tag]
    characters: int
    unmapped: int
    left_out: Counter[str]
    drawn: bool
    fields: int
    files: int

    @property
    def text(self) -> str:
        """Return its lines, as they stand."""
        return "\n".join(line.text for line in self.lines)


def read_page(document: Any, number: int, form: Any, tagged: bool) -> Page:
    """Read a page of a document; pages are counted from 0 here.

    Raises:
        ValueError: the page is broken.
    """
    page = pdfium.FPDF_LoadPage(document, number)
    if not page:
        raise ValueError(f"page {number + 1} is broken")
    try:
        put = put_on(page, form) if pdfium.FPDFPage_GetAnnotCount(page) else Put()
        if put.drawn:
            pdfium.FPDF_ClosePage(page)
            page = pdfium.FPDF_LoadPage(document, number)
        return _read(page, number, put, tagged)
    finally:
        pdfium.FPDF_ClosePage(page)


def _read(page: Any, number: int, put: Put, tagged: bool) -> Page:
    text = pdfium.FPDFText_LoadPage(page)
    try:
        runs = list(PageText(text, tagged).runs())
    finally:
        pdfium.FPDFText_ClosePage(text)
    rect = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, rect)
    box = (rect.left, rect.bottom, rect.right, rect.top)
    found = _count(runs)
    seen, left_out = visible(runs, box, lambda: _backgrounds(page, box))
    turns = Counter[int]()
    for run in seen:
        turns[run.turn] += len(run.text)
    main = max(turns, key=lambda turn: (turns[turn], -turn), default=0)
    printed, seen = seen, among(seen, put.entries, main)
    lines = [
        line for turn in sorted({*turns, main}, key=lambda turn: turn != main) for line in _lines(seen, turn, number)
    ]
    found += put.left_out.total() + (_count(seen) - _count(printed) if put.entries else 0)
    sides = (box[0], box[2]) if main in (90, 270) else (box[1], box[3])
    bounds = (min(sides), max(sides)) if main in (0, 270) else (-max(sides), -min(sides))
    unmapped = sum(run.unmapped for run in runs)
    drawn = _is_drawn(page) if not lines or len(lines) < 4 else False
    tags = tags_of(page) if tagged else {}
    return Page(lines, bounds, tags, found, unmapped, left_out + put.left_out, drawn, put.fields, put.files)


def _count(runs: Iterable[Run]) -> int:
    return sum(characters(run.text) for run in runs)


def _lines(runs: Iterable[Run], turn: int, number: int) -> list[Line]:
    strands = in_reading_order(run for run in runs if run.turn == turn)
    return [
        line for strand in strands for line in column_by_column([row.line(number + 1, turn) for row in strand.rows])
    ]


def _objects(page: Any) -> Iterable[tuple[int, Any]]:
    for number in range(pdfium.FPDFPage_CountObjects(page)):
        drawn = pdfium.FPDFPage_GetObject(page, number)
        yield pdfium.FPDFPageObj_GetType(drawn), drawn


def _is_drawn(page: Any) -> bool:
    kinds = Counter(kind for kind, _ in _objects(page))
    return any(kinds[kind] for kind in PICTURES) or kinds[pdfium.FPDF_PAGEOBJ_PATH] >= LETTERS


def _backgrounds(page: Any, whole: Box) -> list[Box]:
    """Return the boxes of pictures, and of drawings that are not white."""
    boxes = []
    for kind, drawn in _objects(page):
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            continue
        colours = [pdfium.c_uint() for _ in range(4)]
        if kind == pdfium.FPDF_PAGEOBJ_PATH and pdfium.FPDFPageObj_GetFillColor(drawn, *colours):
            fill, stroke = pdfium.c_int(), pdfium.FPDF_BOOL()
            pdfium.FPDFPath_GetDrawMode(drawn, fill, stroke)
            if not fill.value or min(colour.value for colour in colours[:3]) > 240:
                continue
        sides = [pdfium.c_float() for _ in range(4)]
        if pdfium.FPDFPageObj_GetBounds(drawn, *sides):
            left, bottom, right, top = (side.value for side in sides)
            boxes.append((left, bottom, right, top))
    return boxes
