"""From blocks to the text of a document. Every place in it comes from here, and no rule edits the text afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from attune.documents.blocks import Block, Kind
from attune.text.clean import clean, shortened

SEAM = "\n\n"  # between blocks
BLANKS = re.compile(r"[ \t]{2,}|\t")
INDENTED = re.compile(r"(?<=\S)(?:[ \t]{2,}|\t)")  # blanks that are no indentation
LINE_END = re.compile(r"[ \t]+\n")
EMPTY_LINES = re.compile(r"\n{3,}")
PAGE_BREAK = re.compile(r" *\f *")
MARKS = re.compile(
    r"#{1,6}[ \t]+|[ \t]+#+$|\n[=~-]+$|\{#[\w-]+\}$"
)  # of a heading in Markdown, whose text is the source


@dataclass(frozen=True)
class Placed:
    """A block in the text of its document.

    Attributes:
        kind: as in its block.
        start: its first character in the text.
        end: the one after its last.
        level: as in its block.
        headings: the headings that it stands under, the outermost first; that of a heading ends with itself.
        rows: where the rows of a table begin, below those that name its columns; `start` where none do.
    """

    kind: Kind
    start: int
    end: int
    level: int
    headings: tuple[str, ...]
    rows: int


@dataclass
class Assembled:
    """A text, where its blocks stand in it, and where its pages begin: empty where it has none."""

    text: str = ""
    blocks: list[Placed] = field(default_factory=list)
    page_starts: list[int] = field(default_factory=list)


def assemble(blocks: Iterable[Block], pages: int = 0) -> Assembled:
    """Join blocks to a clean text. An empty page begins where the next one does, the last ones at the end.

    Args:
        blocks: in the order in which one reads them.
        pages: how many pages the document has; 0 where the format has none.
    """
    found = Assembled()
    parts: list[str] = []
    length = 0
    path: list[tuple[int, str]] = []
    for block in blocks:
        *before, last = _tidy(block).split("\f")
        text = "".join([*before, last])
        text = text if text.strip() else ""
        start = length + len(SEAM) * bool(parts and text)
        place = start
        for page, part in enumerate(["", *before], start=block.page or 1):
            place += len(part)
            _begin_pages(found.page_starts, min(page, pages), place)
        if not text:
            continue
        if block.kind == "heading":
            path = [(level, words) for level, words in path if level < max(block.level, 1)]
            path.append((max(block.level, 1), " ".join(MARKS.sub("", text).split())))
        parts += [SEAM, text] if parts else [text]
        length = start + len(text)
        headings = tuple(words for _, words in path if words)
        found.blocks.append(Placed(block.kind, start, length, block.level, headings, start + _header(text, block)))
    found.text = "".join(parts)
    _begin_pages(found.page_starts, pages, length)
    return found


def _begin_pages(starts: list[int], page: int, place: int) -> None:
    starts.extend([place] * (page - len(starts)))


def _tidy(block: Block) -> str:
    """Return the clean text of a block, with its form feeds only where they are page breaks."""
    parts = block.text.split("\f") if block.page is not None else [block.text]
    text = "\f".join(map(clean, parts))
    if len(parts) > 1:
        joined = text.replace("\f", "")
        if joined != clean(joined):  # a mark joins no letter before a page break
            text = text.replace("\f", " \f")
        text = PAGE_BREAK.sub(lambda found: " \f" if " " in found[0] else "\f", text)
    if block.kind != "code":
        text = shortened(text)  # dots lead the eye, and mean nothing
    if block.kind == "code":
        text = LINE_END.sub("\n", text).rstrip(" \t")
    elif block.kind == "list":
        text = INDENTED.sub(" ", LINE_END.sub("\n", text).rstrip(" \t"))
    else:
        text = BLANKS.sub(" ", text).replace(" \n", "\n").replace("\n ", "\n").strip(" ")
    return EMPTY_LINES.sub(SEAM, text).strip("\n")


def _header(text: str, block: Block) -> int:
    """Return how far the rows reach that name the columns, with the line break behind them; 0 where they are all."""
    end = 0
    for _ in range(block.header if block.kind == "table" else 0):
        end = text.find("\n", end) + 1
        if not end:
            return 0
    return end
