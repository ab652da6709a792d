"""PDF files to blocks, by one of two engines: pdfium, which knows where letters stand, and pypdf, in pure Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import pypdfium2
import pypdfium2.raw as pdfium

from attune.core.errors import one_line
from attune.documents.blocks import Content
from attune.documents.decode import Unreadable
from attune.documents.pdf import judged
from attune.documents.pdf.flow.blocks import Flow
from attune.documents.pdf.flow.running_heads import without_heads
from attune.documents.pdf.pages.forms import names_of_files
from attune.documents.pdf.pages.rows import Line
from attune.documents.pdf.pages.page import Page, read_page
from attune.documents.pdf.pure import LOCKED, read_with_pypdf
from attune.text import titles

Engine = Literal["pdfium", "pypdf"]
XFA = (
    "a form of XFA, whose pages only say that another viewer is needed; open it in Adobe Acrobat and print it into a new PDF"
)
XFA_FORMS = (pdfium.FORMTYPE_XFA_FULL, pdfium.FORMTYPE_XFA_FOREGROUND)
NO_LETTERS = "letters that lead nowhere: its fonts have no map to Unicode; recognise it anew with `ocrmypdf --force-ocr`"


def read_pdf(data: bytes, engine: Engine) -> Content:
    """Return the blocks of a file. What pdfium cannot open is read by pypdf; `Content.reader` says who read it.

    Raises:
        Unreadable: the file is broken, encrypted with a password, a mere placeholder, or of letters that lead nowhere.
    """
    try:
        if engine == "pypdf":
            return read_with_pypdf(data)
        try:
            return _read_with_pdfium(data)
        except (pypdfium2.PdfiumError, ValueError) as error:
            try:
                content = read_with_pypdf(data)
            except Unreadable:
                raise
            except Exception:
                raise error from None
            if not content.characters:
                raise
            return content
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # a broken file raises anything: PdfiumError, KeyError, RecursionError, zlib.error
        raise Unreadable(f"broken, or not a PDF file ({type(error).__name__}: {one_line(error, 100)})") from None


def _read_with_pdfium(data: bytes) -> Content:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise Unreadable(LOCKED) from None
        raise
    with document:
        document.init_forms()
        form = document.formenv.raw if document.formenv else None
        tagged = bool(pdfium.FPDFCatalog_IsTagged(document.raw))
        pages = [read_page(document.raw, number, form, tagged) for number in range(len(document))]
        files = names_of_files(document.raw)
        if document.get_formtype() in XFA_FORMS and not any(page.fields for page in pages) and len(pages) <= 2:
            raise Unreadable(XFA)
        try:
            title = document.get_metadata_value("Title")
        except UnicodeDecodeError:
            title = ""
    return content(title, pages, files)


def content(title: str, pages: list[Page], files: list[str]) -> Content:
    """Return what is in the pages of a file, with what was left out and what its user should know."""
    characters, left_out = sum(page.characters for page in pages), Counter[str]()
    for page in pages:
        left_out += page.left_out
    lines, heads = without_heads([page.lines for page in pages], [page.bounds for page in pages])
    garbled = [number for number, page in enumerate(pages, start=1) if judged.is_garbled(_text(page), page.unmapped)]
    if sum(page.unmapped for page in pages) > 0.5 * characters and len(garbled) == sum(bool(page.lines) for page in pages) > 0:
        raise Unreadable(NO_LETTERS)
    flow = Flow(lines, [page.tags for page in pages])
    blocks = flow.blocks()
    left_out += heads + flow.left_out
    return Content(
        titles.from_metadata(title),
        blocks,
        len(pages),
        characters,
        dict(sorted((+left_out).items())),
        tuple(_warnings(pages, lines, garbled, files)),
        "pdfium",
    )


def _text(page: Page) -> str:
    return "\n".join(line.text for line in page.lines)


def _warnings(pages: Sequence[Page], lines: Sequence[Sequence[Line]], garbled: list[int], files: list[str]) -> list[str]:
    empty = [n for n, (page, rest) in enumerate(zip(pages, lines, strict=True), 1) if page.drawn and not rest]
    pinned = sum(page.files for page in pages)
    found = []
    if empty:
        found.append(f"{judged.numbers(empty)} {_hold(empty)} pictures and no text; recognise it with `ocrmypdf`")
    if garbled:
        found.append(f"{judged.numbers(garbled)} {_hold(garbled)} letters that are no words; recognise them anew with `ocrmypdf --force-ocr`")
    if count := max(len(files), pinned):
        names = ", ".join(files[:5]) + ", ..." * (len(files) > 5) or "pinned to its pages"
        found.append(f"holds {count} file{'s' * (count > 1)} not read here ({names}); save them as documents of their own")
    return found


def _hold(pages: list[int]) -> str:
    return "holds" if len(pages) == 1 else "hold"
