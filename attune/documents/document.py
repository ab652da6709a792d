"""One file to a document: its text, its title, and where its pages start."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from attune.core.records import Pages
from attune.documents.decode import Unreadable, decode
from attune.documents.html import read_html
from attune.documents.paragraphs import running_text
from attune.documents.pdf import Engine, read_pdf
from attune.text import titles
from attune.text.clean import clean


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


class Content(NamedTuple):
    """What a reader finds in a file: the title that a person gave it, if any, its text, and where its pages start."""

    title: str
    text: str
    page_starts: tuple[int, ...] = ()


def _pdf(data: bytes, engine: Engine) -> Content:
    metadata, pages = read_pdf(data, engine)
    return Content(titles.from_metadata(metadata), *running_text(pages))


def _html(data: bytes, _: Engine) -> Content:
    title, text = map(clean, read_html(data))
    return Content(title, text)


def _markdown(data: bytes, _: Engine) -> Content:
    text = clean(decode(data))
    return Content(titles.from_markdown(text) or titles.from_first_line(text), text)


def _plain(data: bytes, _: Engine) -> Content:
    text = clean(decode(data))
    return Content(titles.from_first_line(text), text)


# by the ending of a file's name; a new format is a row here
READERS: dict[str, Callable[[bytes, Engine], Content]] = {
    ".pdf": _pdf,
    ".txt": _plain,
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _html,
    ".htm": _html,
}


def read_document(file: Path, path: str, engine: Engine) -> Document:
    """Read a file for whose ending there is a reader, under the name `path`.

    Raises:
        Unreadable: the file is broken, locked, without text, or in an unknown encoding.
    """
    data = _read(file, path)
    title, text, page_starts = READERS[file.suffix.lower()](data, engine)
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
