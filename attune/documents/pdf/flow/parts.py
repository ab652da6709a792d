"""Blocks while lines are added to them, and which lines begin an item of a list."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from attune.documents.blocks import Block, Kind
from attune.documents.pdf.flow import seams
from attune.documents.pdf.flow.cells import MARKS
from attune.documents.pdf.flow.styles import is_caption
from attune.documents.pdf.pages.lines import Line
from attune.documents.pdf.pages.structure import Tag

BULLET = re.compile(rf"(?:{MARKS}|[-–—*o])\s+(?=\S)")
SURE = re.compile(MARKS)
NUMBERED = re.compile(r"\(?(\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s+(?=\S)")


@dataclass
class Part:
    """A block in the making.

    Attributes:
        kind, text, level: as in `Block`.
        lines: what it is made of.
        tag: what the file calls its last line, where it names it.
    """

    kind: Kind
    text: str
    lines: list[Line]
    level: int = 0
    tag: Tag | None = None

    @property
    def last(self) -> Line:
        """Return its last line."""
        return self.lines[-1]

    @property
    def indent(self) -> float:
        """Return where its last item begins, or its first line where it has none, in points."""
        return next((line.x0 for line in reversed(self.lines) if begins_item(line.text)), self.lines[0].x0)

    def go_on(self, line: Line, words: Counter[str]) -> None:
        """Add a line to its last sentence."""
        self.text = seams.joined(self.text, line.text, words, line.page > self.last.page)
        self.lines.append(line)

    def add_item(self, line: Line, tag: Tag | None) -> None:
        """Add a line that begins an item."""
        self.text += "\n" + "\f" * (line.page > self.last.page) + line.text
        self.lines.append(line)
        self.tag = tag

    def block(self) -> Block:
        """Return the finished block."""
        kind: Kind = "caption" if self.kind == "paragraph" and is_caption(self.text) else self.kind
        return Block(kind, self.text, level=self.level, page=self.lines[0].page)


def begins_item(text: str) -> bool:
    """Tell whether a line has the mark or the number of an item."""
    return BULLET.match(text) is not None or NUMBERED.match(text) is not None


def is_item(text: str, in_list: bool, flows: bool) -> bool:
    """Tell whether a line begins an item of a list.

    Args:
        text: of the line.
        in_list: does it follow an item?
        flows: does a sentence run into it, so that a dash or a number need not be the mark of an item?
    """
    if BULLET.match(text):
        return SURE.match(text) is not None or in_list or not flows
    return NUMBERED.match(text) is not None and not flows
