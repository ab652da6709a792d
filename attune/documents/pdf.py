"""PDF files: the title in the metadata and the text of each page, by one of two engines."""

from __future__ import annotations

import io
import logging
from contextlib import closing
from typing import Literal

import pypdf
import pypdfium2

from attune.core.errors import one_line
from attune.documents.decode import Unreadable

Engine = Literal["pdfium", "pypdf"]
LOCKED = "encrypted with a password; save it without one"


def read_pdf(data: bytes, engine: Engine) -> tuple[str, list[str]]:
    """Return the title in the metadata and the text of each page, both as they stand in the file.

    Raises:
        Unreadable: the file is broken, or encrypted with a password.
    """
    try:
        return _read_with_pdfium(data) if engine == "pdfium" else _read_with_pypdf(data)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # a broken file raises anything: PdfiumError, KeyError, RecursionError, zlib.error
        raise Unreadable(f"broken, or not a PDF file ({type(error).__name__}: {one_line(error, 100)})") from None


def _read_with_pdfium(data: bytes) -> tuple[str, list[str]]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise Unreadable(LOCKED) from None
        raise
    with document:
        pages = [_page_text(document, number) for number in range(len(document))]
        try:
            return document.get_metadata_value("Title"), pages
        except UnicodeDecodeError:
            return "", pages


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    with closing(document[number]) as page, closing(page.get_textpage()) as text:
        # unlike get_text_range, it knows characters beyond U+FFFF, and leaves out what lies outside of the page
        return str(text.get_text_bounded())


def _read_with_pypdf(data: bytes) -> tuple[str, list[str]]:
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it reports every small fault that it works around
    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable(LOCKED)
    title = reader.metadata.title if reader.metadata else None
    return str(title or ""), [page.extract_text() for page in reader.pages]
