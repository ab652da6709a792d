"""PDF files by pypdf, in pure Python: slower, and without places of letters, so its blocks are coarser."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

from attune.documents.blocks import Content, characters
from attune.documents.decode import Unreadable
from attune.documents.pdf import said
from attune.documents.pdf.flow.blocks import Flow
from attune.documents.pdf.flow.running_heads import without_heads
from attune.documents.pdf.judged import is_garbled
from attune.documents.pdf.pages.fonts import plain
from attune.documents.pdf.pages.lines import Cell, Line
from attune.text import titles

if TYPE_CHECKING:
    import pypdf

LOCKED = "encrypted with a password; save it without one"
SIZE, LETTER, LEADING = 10.0, 5.0, 12.0  # points; what a line is taken to measure


def read_with_pypdf(data: bytes) -> Content:
    """Return the blocks of a file as pypdf reads it.

    Raises:
        Unreadable: it is encrypted with a password.
        Exception: whatever pypdf raises for a broken file.
    """
    import pypdf  # takes a third of a second, which most runs need not spend

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it reports every small fault that it works around
    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable(LOCKED)
    pages = [_lines(page.extract_text(), number) for number, page in enumerate(reader.pages, start=1)]
    found = sum(characters(line.text) for page in pages for line in page)
    height = max((len(page) for page in pages), default=0) * LEADING
    lines, left_out = without_heads(pages, [(min([height, *[line.y for line in page]]), height) for page in pages])
    blocks = Flow(lines, [{} for _ in pages]).blocks()
    empty = [
        n for n, (page, rest) in enumerate(zip(reader.pages, lines, strict=True), 1) if not rest and _has_picture(page)
    ]
    files = list(reader.attachments)
    values = [name for name, field in (reader.get_fields() or {}).items() if field.get("/V") not in (None, "", "/Off")]
    garbled = [n for n, page in enumerate(pages, start=1) if is_garbled("\n".join(line.text for line in page))]
    warnings = (said.without_text(empty), said.garbled(garbled), said.files(files, 0), said.values(len(values)))
    title = reader.metadata.title if reader.metadata else None
    return Content(
        titles.from_metadata(str(title or "")),
        blocks,
        len(pages),
        found,
        dict(sorted((+left_out).items())),
        tuple(filter(None, warnings)),
        "pypdf",
    )


def _has_picture(page: pypdf.PageObject) -> bool:
    resources = page.get("/Resources", {}).get_object()
    return bool(resources.get("/XObject", {}).get_object() if "/XObject" in resources else False)


def _lines(text: str, number: int) -> list[Line]:
    """Return the lines of a page, at the places that they would have in letters of one width."""
    lines = []
    for place, line in enumerate(text.split("\n")):
        words = " ".join(plain(line, symbols=False).split())
        if words:
            cell = Cell(words, 0.0, LETTER * len(words), bold=False, mono=False)
            lines.append(Line((cell,), -LEADING * place, SIZE, number))
    return lines
