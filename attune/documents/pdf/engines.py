"""PDF files to blocks, by one of two engines: pdfium, which knows where letters stand, and pypdf, in pure Python."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import pypdfium2
import pypdfium2.raw as pdfium

from attune.core.errors import one_line
from attune.documents.blocks import Content, Options
from attune.documents.decode import Unreadable
from attune.documents.pdf import judged, said
from attune.documents.pdf.flow.blocks import Flow
from attune.documents.pdf.flow.running_heads import without_heads
from attune.documents.pdf.pages.forms import names_of_files
from attune.documents.pdf.pages.page import Page, read_page
from attune.documents.pdf.pure import LOCKED, read_with_pypdf
from attune.text import titles

XFA = (
    "a form of XFA, whose pages only say that another viewer is needed; "
    "open it in Adobe Acrobat and print it into a new PDF"
)
XFA_FORMS = (pdfium.FORMTYPE_XFA_FULL, pdfium.FORMTYPE_XFA_FOREGROUND)
NO_LETTERS = (
    "letters that lead nowhere: its fonts have no map to Unicode; recognise it anew with `ocrmypdf --force-ocr`"
)


def read_pdf(data: bytes, options: Options) -> Content:
    """Return the blocks of a file. What pdfium cannot open is read by pypdf; `Content.reader` says who read it.

    Raises:
        Unreadable: the file is broken, encrypted with a password, a mere placeholder, or of letters that lead nowhere.
    """
    try:
        if options.pdf_engine == "pypdf":
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
        logging.getLogger("pypdfium2").setLevel(logging.CRITICAL)  # it would ask the user to compile it anew for XFA
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


def content(title: str, pages: Sequence[Page], files: Sequence[str]) -> Content:
    """Return what is in the pages of a file, with what was left out and what its user should know.

    Raises:
        Unreadable: it is of letters that lead nowhere.
    """
    found = sum(page.characters for page in pages)
    garbled = [n for n, page in enumerate(pages, start=1) if judged.is_garbled(page.text, page.unmapped)]
    if 2 * sum(page.unmapped for page in pages) > found and len(garbled) == sum(bool(page.lines) for page in pages) > 0:
        raise Unreadable(NO_LETTERS)
    lines, left_out = without_heads([page.lines for page in pages], [page.bounds for page in pages])
    blocks = Flow(lines, [page.tags for page in pages]).blocks()
    for page in pages:
        left_out += page.left_out
    empty = [n for n, (page, rest) in enumerate(zip(pages, lines, strict=True), start=1) if page.drawn and not rest]
    warnings = (
        said.without_text(empty),
        said.garbled(garbled),
        said.files(files, sum(page.files for page in pages)),
    )
    known = titles.from_metadata(title)
    counted = dict(sorted((+left_out).items()))
    return Content(known, blocks, len(pages), found, counted, tuple(filter(None, warnings)), "pdfium")
