"""What stands in front of a chunk's text: the title of its document, the headings it is under, the names of columns.

A row says nothing without the names of its columns, nor "never above 90" without "Boiler manual › Limits". Each part
has its share, so that the most of a chunk is left to its text.
"""

from __future__ import annotations

from functools import lru_cache

from attune.core.records import LEAD
from attune.documents.assemble import Placed
from attune.documents.cutting.tokens import Tokens
from attune.documents.document import Document

TITLE_SHARE, HEADINGS_SHARE, HEADER_SHARE = 1 / 5, 1 / 8, 1 / 8


class Leads:
    """Makes what stands in front of chunks, cut to a share of the tokens there are for a chunk and all of this."""

    def __init__(self, tokens: Tokens, room: int, titles: bool, headings: bool, table_headers: bool) -> None:
        self._tokens = tokens
        self._room = room
        self._titles, self._headings, self._table_headers = titles, headings, table_headers
        # many chunks stand under one heading
        self._cut = lru_cache(maxsize=1024)(self._cut_to)
        self._path = lru_cache(maxsize=1024)(self._innermost)

    def title(self, document: Document) -> str:
        """Return the title of a document, as far as it stands in front of its chunks."""
        return self._cut(_one(document.title), self._share(TITLE_SHARE)) if self._titles else ""

    def lead(self, document: Document, block: Placed, start: int) -> str:
        """Return what stands in front of a chunk whose own text begins at `start`, in a block."""
        path, header = context(document, block, start)
        if block.kind == "heading" and start == block.start:
            path = path[:-1]  # it stands in the text itself
        if self._titles and path and path[0].casefold() == document.title.casefold():
            path = path[1:]
        above = self._path(path) if self._headings else ""
        names = self._cut(_names(header), self._share(HEADER_SHARE)).rstrip(" |") if self._table_headers else ""
        return LEAD.join(filter(None, (self.title(document), above, names)))

    def _innermost(self, path: tuple[str, ...]) -> str:
        """Return the innermost headings, as many as there is room for."""
        share = self._share(HEADINGS_SHARE)
        for outermost in range(len(path)):
            joined = LEAD.join(map(_one, path[outermost:]))
            if self._cut(joined, share) == joined:
                return joined
        return self._cut(_one(path[-1]), share) if path else ""

    def _share(self, share: float) -> int:
        return int(self._room * share)

    def _cut_to(self, text: str, most: int) -> str:
        """Return as many words of a text as are at most `most` tokens, or characters of its first word."""
        if self._tokens.count([text])[0] <= most:
            return text
        low, high = 0, len(text) - 1  # the longest beginning that fits has so many characters
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._tokens.count([text[:middle]])[0] <= most else (low, middle - 1)
        if text[low].isspace():
            return text[:low].rstrip()
        return (text[:low].rpartition(" ")[0] or text[:low]).rstrip()


def context(document: Document, block: Placed, start: int) -> tuple[tuple[str, ...], str]:
    """Return the headings that a place in a block stands under, and the rows above it that name its columns."""
    names = document.text[block.start : block.rows] if start >= block.rows else ""
    return block.headings, names.strip()


def _names(header: str) -> str:
    """Return the names of columns in one line, without the bars around them."""
    rows = (" ".join(row.strip().strip("|").split()) for row in header.split("\n"))
    return _one(" | ".join(row for row in rows if row.strip("|-: ")))


def _one(text: str) -> str:
    """Return one part of what stands in front: parts are told apart by what joins them."""
    return text.replace(LEAD.strip(), ">")
