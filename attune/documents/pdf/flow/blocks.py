"""From the lines of all pages to blocks: headings, paragraphs, lists, tables and code, in reading order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from attune.documents.blocks import Block
from attune.documents.pdf.flow import grid, measure, seams
from attune.documents.pdf.flow.cells import mended
from attune.documents.pdf.flow.parts import Part, is_item
from attune.documents.pdf.flow.styles import LONGEST, Styles, as_code, levels
from attune.documents.pdf.flow.tables import parted
from attune.documents.pdf.pages.lines import Line
from attune.documents.pdf.pages.structure import Role, Tag

MOST_LINES = 4  # of a heading
NOTES = 8  # blocks at the end of a page that may stand between two halves of a sentence
SMALLER = 0.95  # of the size of the text; so small are notes


class Flow:
    """Makes blocks of the lines of a document, page after page.

    Args of its constructor:
        pages: the lines of each page in reading order, without running heads.
        tags: what the tags of the file call the marks of each page.
    """

    def __init__(self, pages: Sequence[Sequence[Line]], tags: Sequence[Mapping[int, Tag]]) -> None:
        self.pages = [[line for line in map(mended, lines) if line.text] for lines in pages]
        lines = [line for page in self.pages for line in page]
        self.tags = tags
        self.styles = Styles(self.pages)
        self.words = seams.vocabulary(line.text for line in lines)
        self.width = measure.usual_width([line.x1 - line.x0 for line in lines])
        self.parts: list[Part | Block] = []
        self.current: Part | None = None  # what the last line was added to

    def blocks(self) -> tuple[Block, ...]:
        """Return the blocks of the document."""
        for page in self.pages:
            self._page(page)
        self._rank()
        return tuple(part if isinstance(part, Block) else part.block() for part in self.parts)

    def _rank(self) -> None:
        """Give headings that no tag names their levels; what goes on for more lines than a heading is a paragraph."""
        found = [part for part in self.parts if isinstance(part, Part) and part.kind == "heading" and part.tag is None]
        for part in found:
            if len(part.lines) > MOST_LINES or len(part.text) > LONGEST:
                part.kind = "paragraph"
        found = [part for part in found if part.kind == "heading"]
        for part, level in zip(found, levels([(p.last.size, p.last.page) for p in found]), strict=True):
            part.level = level

    def _page(self, lines: Sequence[Line]) -> None:
        for is_code, group in groupby(lines, key=self._is_code):
            together = list(group)
            if is_code:
                self.parts.append(Block("code", as_code(together), page=together[0].page))
                continue
            for is_table, part in parted(together):
                if is_table:
                    names = [self._tag(line, "header") is not None for line in part]
                    self.parts.append(grid.as_block(part, names, self.words))
                else:
                    self._prose(part)

    def _is_code(self, line: Line) -> bool:
        return self._tag(line, "code") is not None or (line.mono and not self.styles.mono)

    def _tag(self, line: Line, role: Role) -> Tag | None:
        tag = self.tags[line.page - 1].get(line.mark)
        return tag if tag is not None and tag.role == role else None

    def _prose(self, lines: Sequence[Line]) -> None:
        leading, widths = measure.leading(lines), measure.widths(lines, self.width)
        flows = False
        for number, line in enumerate(lines):
            goes_on = number + 1 < len(lines) and seams.goes_on(line, lines[number + 1], widths[number], leading)
            bold = goes_on and lines[number + 1].bold
            self._line(line, flows, alone=not flows and (not goes_on or bold), first=number == 0)
            flows = goes_on

    def _line(self, line: Line, flows: bool, alone: bool, first: bool) -> None:
        heading, item = self._tag(line, "heading"), self._tag(line, "list")
        last = self.parts[-1] if self.parts and isinstance(self.parts[-1], Part) else None
        in_list = last is not None and last.kind == "list" and line.page <= last.last.page + 1
        if heading is not None or self.styles.is_heading(line, alone):
            self._heading(line, heading, last)
        elif (item is not None and not (last is not None and last.tag == item)) or (
            item is None and is_item(line.text, in_list, flows)
        ):
            if last is not None and in_list:
                last.add_item(line, item)
            else:
                self.parts.append(Part("list", line.text, [line], item.level if item else 1, item))
        elif part := self._over_the_page(line) if first else self._open(line, flows):
            part.go_on(line, self.words)
            self.current = part
            return
        else:
            self.parts.append(Part("paragraph", line.text, [line]))
        self.current = self.parts[-1] if isinstance(self.parts[-1], Part) else None

    def _heading(self, line: Line, tag: Tag | None, last: Part | None) -> None:
        if last is not None and last.kind == "heading" and last.tag == tag:
            end = last.last
            near = end.page == line.page and end.turn == line.turn and 0 < end.y - line.y < 1.7 * line.size
            if tag is not None or (near and abs(end.size - line.size) < 0.5 and end.bold == line.bold):
                last.go_on(line, self.words)
                return
        self.parts.append(Part("heading", line.text, [line], tag.level if tag else 0, tag))

    def _open(self, line: Line, flows: bool) -> Part | None:
        """Return the paragraph or item that goes on in this line."""
        last = self.current
        if last is None or last.kind == "heading":
            return None
        tag, above = self._tag(line, "list"), last.last
        hangs = last.kind == "list" and line.x0 > last.indent + 0.5 * line.size
        hangs = hangs and above.page == line.page and 0 < above.y - line.y < 1.6 * line.size
        return last if flows or hangs or (tag is not None and tag == last.tag) else None

    def _over_the_page(self, line: Line) -> Part | None:
        """Return the last paragraph of the page before, if it goes on here; notes below it stand between."""
        for part in reversed(self.parts[-NOTES:]):
            if isinstance(part, Block) or part.last.page < line.page - 1:
                return None
            end = part.last
            if end.turn != line.turn:
                continue
            if part.kind not in ("paragraph", "list"):
                return None
            width = max(self.width, measure.usual_width([one.x1 - one.x0 for one in part.lines]))
            if seams.goes_on(end, line, width, 0):
                return part
            if end.size >= SMALLER * self.styles.body_of(end.page):
                return None
        return None
