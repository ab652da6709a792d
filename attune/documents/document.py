"""One file to a document: its text, its title, and where its pages start."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from attune.core.records import Pages
from attune.documents.decode import Unreadable, decode
from attune.documents.html import read_html
from attune.documents.paragraphs import running_text
from attune.documents.pdf import Engine, read_pdf
from attune.text import titles
from attune.text.clean import clean

PDF = (".pdf",)
HTML = (".html", ".htm")
MARKDOWN = (".md", ".markdown")
SUFFIXES = (*PDF, *HTML, *MARKDOWN, ".txt")


@dataclass(frozen=True)
class Document:
    """What a file says. `path` is relative to the folder of documents, with "/" on every platform."""

    path: str
    title: str
    text: str
    page_starts: tuple[int, ...] = ()  # empty where the format has no pages

    def pages(self, start: int, end: int) -> Pages | None:
        """Return the pages that `text[start:end]` stands on."""
        if not self.page_starts:
            return None
        return bisect_right(self.page_starts, start), bisect_right(self.page_starts, end - 1)

    @property
    def pages_without_text(self) -> int:
        """Count the pages that hold nothing but pictures, headers and footers."""
        return sum(not self.text[a:b].strip() for a, b in pairwise([*self.page_starts, len(self.text)]))


def read_document(file: Path, path: str, engine: Engine) -> Document:
    """Read a file of one of the `SUFFIXES`, under the name `path`.

    Raises:
        Unreadable: the file is broken, locked, without text, or in an unknown encoding.
    """
    data = _read(file, path)
    suffix = file.suffix.lower()
    page_starts: tuple[int, ...] = ()
    if suffix in PDF:
        metadata, pages = read_pdf(data, engine)
        title = titles.from_metadata(metadata)
        text, page_starts = running_text(pages)
    elif suffix in HTML:
        title, text = map(clean, read_html(data))
    else:
        text = clean(decode(data))
        title = (titles.from_markdown(text) if suffix in MARKDOWN else "") or titles.from_first_line(text)
    if not text.strip():
        scan = "; recognise the text of a scan first, for instance with `ocrmypdf`" if page_starts else ""
        raise Unreadable(f"no text{scan}")
    return Document(path, titles.tidy(title) or titles.from_file_name(file), text, page_starts)


def _read(file: Path, path: str) -> bytes:
    try:
        path.encode()
        data = file.read_bytes()
    except UnicodeEncodeError:
        raise Unreadable("its name is not UTF-8; rename it") from None
    except OSError as error:
        raise Unreadable(f"cannot be opened ({error.strerror})") from None
    if not data:
        raise Unreadable("empty file")
    return data
