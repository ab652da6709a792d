"""From the lines of all pages to blocks: headings, paragraphs, lists, tables and code, in reading order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

from attune.documents.blocks import Block
from attune.documents.pdf.flow import seams, tables
from attune.documents.pdf.flow.cells import BULLET, mended
from attune.documents.pdf.flow.styles import LONGEST, Styles, as_code, is_caption, levels
from attune.documents.pdf.pages.rows import Line
from attune.documents.pdf.pages.structure import Tag

ITEM = re.compile(rf"(?:{BULLET.pattern.replace('$', '')})\s+(?=\S)")
NUMBERED = re.compile(r"\(?(\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s+(?=\S)")
MOST_LINES = 4  # of a heading
Tags = Mapping[int, Tag]


@dataclass
class _Part:
    """A block while lines are added to it."""

    kind: str
    text: str
    lines: list[Line]
    level: int = 0
    tag: Tag | None = None

    def block(self) -> Block:
        kind = "caption" if self.kind == "paragraph" and is_caption(self.text) else self.kind
        return Block(kind, self.text, level=self.level, page=self.lines[0].page)  # type: ignore[arg-type]


class Flow:
    """Makes blocks of the lines of a document, page after page."""

    def __init__(self, pages: Sequence[Sequence[Line]], tags: Sequence[Tags]) -> None:
        self.left_out: Counter[str] = Counter()
        self.pages = [[self._mended(line) for line in lines] for lines in pages]
        lines = [line for page in self.pages for line in page]
        self.tags = tags
        self.styles = Styles(self.pages)
        self.words = seams.vocabulary(line.text for line in lines)
        self.width = _usual([line.x1 - line.x0 for line in lines])
        self.parts: list[_Part | Block] = []

    def blocks(self) -> tuple[Block, ...]:
        """Return the blocks of the document."""
        for page in self.pages:
            self._page([line for line in page if line.text])
        self._rank()
        blocks = (part if isinstance(part, Block) else part.block() for part in self.parts)
        return tuple(block for block in blocks if block.text.strip())

    def _rank(self) -> None:
        """Give the headings that no tag names their levels; what goes on for more lines than a heading is a paragraph."""
        found = [part for part in self.parts if isinstance(part, _Part) and part.kind == "heading" and part.tag is None]
        for part in found:
            if len(part.lines) > MOST_LINES or len(part.text) > LONGEST:
                part.kind = "paragraph"
        found = [part for part in found if part.kind == "heading"]
        for part, level in zip(found, levels([(p.lines[0].size, p.lines[0].page) for p in found]), strict=True):
            part.level = level

    def _mended(self, line: Line) -> Line:
        line, gone = mended(line)
        self.left_out["leaders and rules"] += gone
        return line

    def _page(self, lines: Sequence[Line]) -> None:
        for is_code, group in groupby(lines, key=lambda line: self._is_code(line)):
            together = list(group)
            if is_code:
                self.parts.append(Block("code", as_code(together), page=together[0].page))
                continue
            for is_table, part in tables.parted(together):
                if is_table:
                    names = [self._tag(line, "header") is not None for line in part]
                    self.parts.append(tables.as_block(part, names, self.words))
                else:
                    self._prose(part)

    def _is_code(self, line: Line) -> bool:
        return self._tag(line, "code") is not None or (line.mono and not self.styles.mono)

    def _tag(self, line: Line, role: str) -> Tag | None:
        tag = self.tags[line.page - 1].get(line.mark)
        return tag if tag is not None and tag.role == role else None

    def _prose(self, lines: Sequence[Line]) -> None:
        leading = _leading(lines)
        widths = _widths(lines, self.width)
        for number, line in enumerate(lines):
            before = lines[number - 1] if number else None
            after = lines[number + 1] if number + 1 < len(lines) else None
            self._line(line, before, after, widths[number - 1] if number else self.width, leading)

    def _line(self, line: Line, before: Line | None, after: Line | None, width: float, leading: float) -> None:
        tag = self._tag(line, "heading")
        flows = before is not None and seams.goes_on(before, line, width, leading)
        alone = not flows and not (after is not None and seams.goes_on(line, after, width, leading) and not after.bold)
        if tag is not None or self.styles.is_heading(line, alone):
            self._heading(line, tag)
            return
        item = self._item(line, flows)
        if item is not None:
            self._list_item(line, item, tag=self._tag(line, "list"))
            return
        part = self._open(line, before, width, leading)
        if part is None:
            self.parts.append(_Part("paragraph", line.text, [line]))
        else:
            part.text = seams.joined(part.text, line.text, self.words)
            part.lines.append(line)

    def _heading(self, line: Line, tag: Tag | None) -> None:
        last, level = self.parts[-1] if self.parts else None, tag.level if tag else 0
        if isinstance(last, _Part) and last.kind == "heading":
            end = last.lines[-1]
            near = end.page == line.page and end.turn == line.turn and 0 < end.y - line.y < 1.7 * line.size
            if (tag is not None and tag == last.tag) or (tag is None and last.tag is None and near and _same_look(end, line)):
                last.text = seams.joined(last.text, line.text, self.words)
                last.lines.append(line)
                return
        self.parts.append(_Part("heading", line.text, [line], level, tag))

    def _item(self, line: Line, flows: bool) -> int | None:
        """Return how deep an item of a list stands that begins with this line; nothing where none begins."""
        tag = self._tag(line, "list")
        last = self.parts[-1] if self.parts else None
        in_list = isinstance(last, _Part) and last.kind == "list"
        if tag is not None:
            return tag.level if not (in_list and isinstance(last, _Part) and last.tag == tag) else None
        if found := ITEM.match(line.text):
            return 1 if found[0].strip() not in ("o", "–", "—", "-") or in_list or not flows else None
        if (found := NUMBERED.match(line.text)) and not flows:
            return 1
        return None

    def _list_item(self, line: Line, level: int, tag: Tag | None) -> None:
        last = self.parts[-1] if self.parts else None
        if isinstance(last, _Part) and last.kind == "list":
            last.text += "\n" + line.text
            last.lines.append(line)
            last.tag = tag
        else:
            self.parts.append(_Part("list", line.text, [line], level, tag))

    def _open(self, line: Line, before: Line | None, width: float, leading: float) -> _Part | None:
        """Return the paragraph or item that goes on in this line."""
        last = self.parts[-1] if self.parts else None
        if isinstance(last, _Part) and before is not None and last.lines[-1] is before:
            if last.kind == "heading":
                return None
            tag = self._tag(line, "list")
            if tag is not None and tag == last.tag:
                return last
            hangs = last.kind == "list" and line.x0 > _item_start(last) + 0.5 * line.size and 0 < before.y - line.y < 1.6 * line.size
            return last if hangs or seams.goes_on(before, line, width, leading) else None
        if before is not None:
            return None
        return self._over_the_page(line)

    def _over_the_page(self, line: Line) -> _Part | None:
        """Return the last paragraph of the page before, if it goes on here; notes below it stand between."""
        for part in reversed(self.parts[-8:]):
            if isinstance(part, Block) or part.lines[-1].page < line.page - 1:
                return None
            end = part.lines[-1]
            if part.kind in ("paragraph", "list") and end.turn == line.turn:
                if seams.goes_on(end, line, max(self.width, _usual([one.x1 - one.x0 for one in part.lines])), 0):
                    return part
                if end.size >= 0.95 * self.styles.body_of(end.page):
                    return None
            elif end.turn == line.turn:
                return None
        return None


def _item_start(part: _Part) -> float:
    return next((line.x0 for line in reversed(part.lines) if ITEM.match(line.text) or NUMBERED.match(line.text)), part.lines[0].x0)


def _same_look(a: Line, b: Line) -> bool:
    return abs(a.size - b.size) < 0.5 and a.bold == b.bold


def _usual(widths: Sequence[float]) -> float:
    """Return the width of a full line: nine of ten are not wider."""
    return sorted(widths)[len(widths) * 9 // 10] if widths else 0.0


def _leading(lines: Sequence[Line]) -> float:
    steps = [a.y - b.y for a, b in pairwise(lines) if 0 < a.y - b.y < 3 * a.size]
    return median(steps) if steps else 1.2 * max((line.size for line in lines), default=0.0)


def _widths(lines: Sequence[Line], whole: float) -> list[float]:
    """Return how wide a full line is where each line stands: in its column, or its text between two tables."""
    widths: list[float] = []
    column: list[Line] = []
    for line, after in zip(lines, [*lines[1:], None], strict=True):
        column.append(line)
        ends = after is None or after.y > line.y or after.x0 > line.x1 or after.x1 < line.x0 or after.turn != line.turn
        if ends:
            right = _usual([one.x1 for one in column if len(one.cells) == 1] or [one.x1 for one in column])
            least = 0.6 * whole if len(column) < 4 else 0.0
            widths += [max(right - one.x0, least) for one in column]
            column = []
    return widths
