"""One file to a document: its text, its title, where its blocks and its pages start, and what was left out of it."""

from __future__ import annotations

import stat
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path, PurePath
from typing import NoReturn

from attune.core.records import Pages
from attune.documents.assemble import Placed, assemble
from attune.documents.blocks import Block, Options, without_font
from attune.documents.decode import Unreadable
from attune.documents.markup.markdown_source import LONG, without_embedded
from attune.documents.packs import read_packed
from attune.documents.readers.formats import READERS
from attune.text import titles

LFS, POINTER = (
    b"version https://git-lfs.github.com/spec/",
    1024,
)  # how what Git LFS has not fetched begins; bytes at most


@dataclass(frozen=True)
class Document:
    """What a file says.

    Attributes:
        path: relative to the folder of documents, with "/" on every platform.
        title: what its author called it, else the name of its file in words.
        text: its blocks, clean and joined.
        page_starts: where each page starts in the text; empty where the format has none.
        blocks: where each block stands in the text.
        characters, left_out, warnings, reader: see `Content`.
    """

    path: str
    title: str
    text: str
    page_starts: tuple[int, ...] = ()
    blocks: tuple[Placed, ...] = ()
    characters: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    reader: str = ""

    def pages(self, start: int, end: int) -> Pages | None:
        """Return the pages that `text[start:end]` stands on."""
        if not self.page_starts:
            return None
        return bisect_right(self.page_starts, start), bisect_right(self.page_starts, end - 1)

    @property
    def pages_without_text(self) -> int:
        """Count the pages that hold nothing but pictures, headers and footers."""
        return sum(not self.text[a:b].strip() for a, b in pairwise([*self.page_starts, len(self.text)]))


def read_document(file: Path, path: str, options: Options) -> Document:
    """Read a file for whose ending there is a reader, under the name `path`.

    Raises:
        Unreadable: the file is broken, locked, without text, or in an unknown encoding.
    """
    return document_of(read_bytes(file, path), path, options)


def document_of(data: bytes, path: str, options: Options) -> Document:
    """Return what the bytes of a file say; see `read_document`."""
    content = READERS[ending(path)](data, options)
    left_out = Counter(content.left_out)
    blocks = [_without_files(block, left_out) for block in content.blocks]
    found = assemble(blocks, content.pages)
    if not found.text.strip():
        scan = "recognise the text of a scan first, for instance with `ocrmypdf`"
        why = list(content.warnings) or [scan] * (ending(path) == ".pdf")
        raise Unreadable("; ".join(["no text", *why]))
    return Document(
        path,
        titles.tidy(content.title) or titles.from_file_name(PurePath(path)),
        found.text,
        tuple(found.page_starts),
        tuple(found.blocks),
        content.characters,
        dict(sorted(left_out.items())) if left_out != content.left_out else dict(content.left_out),
        (*content.warnings, *without_font(block.text for block in blocks)),
        content.reader or ending(path).removeprefix("."),
    )


def _without_files(block: Block, left_out: Counter[str]) -> Block:
    """Return a block without files in Base64, which every format can hold as words."""
    if not LONG.search(block.text):
        return block
    return replace(block, text=without_embedded(block.text, left_out))


def ending(path: str) -> str:
    """Return the ending of a file's name that tells its format."""
    return PurePath(path).suffix.lower()


def read_bytes(file: Path, path: str) -> bytes:
    """Read a file under the name `path`, from where it lies or from an archive; see `packs.py`.

    Raises:
        Unreadable: it cannot be opened, is empty or not fetched, or its name cannot be written into a corpus.
    """
    try:
        path.encode()
        if not file.exists() and (packed := read_packed(file, path)) is not None:
            return packed or _none()
        if not stat.S_ISREG(file.stat().st_mode):  # a pipe would be waited for
            raise Unreadable("is no regular file")
        data = file.read_bytes()
    except UnicodeEncodeError:
        raise Unreadable("its name is not UTF-8; rename it") from None
    except OSError as error:
        raise Unreadable(f"cannot be opened ({error.strerror})") from None
    if data.startswith(LFS) and len(data) < POINTER:
        raise Unreadable("Git LFS has not fetched it; `git lfs pull` does")
    return data or _none()


def _none() -> NoReturn:
    raise Unreadable("empty file")
