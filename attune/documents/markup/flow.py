"""Where the words of markup go: one block after the other, with the white space that a browser shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from attune.documents.blocks import Block, Kind
from attune.documents.markup.lists import Item, List

BLANKS = re.compile(r"[ \t\n\r\f]+")  # those that a browser takes for one; a non-breaking space is none of them
TRAILING = re.compile(r"[ \t]+(?=\n|$)")
EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n)+")
LONGEST_HEADING = 300  # characters; more under one is a heading that nobody closed
INDENT = "  "
Space = Literal["normal", "pre-line", "pre"]


@dataclass(frozen=True)
class Style:
    """What an element hands down to those within.

    Attributes:
        kind: of its blocks.
        level: of a heading.
        space: which white space counts: none, that of lines, or all.
        list: the innermost one around.
        item: of a list.
        hidden: its words are not shown, though they take place.
        within: it is part of an article, a section or the main part of the page.
    """

    kind: Kind = "paragraph"
    level: int = 0
    space: Space = "normal"
    list: List | None = None
    item: Item | None = None
    hidden: bool = False
    within: bool = False


@dataclass
class _Draft:
    kind: Kind
    level: int
    lines: list[str]
    root: object = None


@dataclass
class Flow:
    """The page, or a cell of a table, while it is read."""

    _done: list[_Draft | Block] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _style: Style = field(default_factory=Style)
    last: str = ""  # the last character of the block; empty where it begins
    _mark: str | None = None  # what divides the next word from the one before, where both are letters or digits

    def add(self, text: str, style: Style) -> None:
        """Add words to the block."""
        if style.space == "normal":
            text = BLANKS.sub(" ", text)
        elif style.space == "pre-line":
            text = re.sub(r"[ \t\r\f]*\n[ \t\r\f]*|[ \t\r\f]+", lambda found: "\n" if "\n" in found[0] else " ", text)
        if style.space != "pre" and self.last in ("", " ", "\n"):
            text = text.lstrip(" ")
        if not text:
            return
        if not self._pieces:
            self._style = style
        if self._mark is not None and not text.isspace():
            before, mark, self._mark = self.last, self._mark, None
            if before and not before.isspace() and not text[0].isspace():
                digits = before.isdigit() and text[0].isdigit()
                self._pieces.append(mark or " " * digits)
        self._pieces.append(text)
        self.last = text[-1]

    def divide(self, mark: str = "") -> None:
        """Keep the next word apart from the one before by a mark; without one, a number from a number."""
        self._mark = mark

    def apart(self) -> None:
        """Put a blank here, if there is none."""
        if self.last and not self.last.isspace():
            self._pieces.append(" ")
            self.last = " "

    def end_line(self) -> None:
        """Go on in the next line of the block."""
        if self._pieces:
            self._pieces.append("\n")
            self.last, self._mark = "\n", None

    def begin_line(self) -> None:
        """Go on in the next line, if this one is not empty."""
        if self.last != "\n":
            self.end_line()

    def end_block(self) -> None:
        """Go on in the next block."""
        text = TRAILING.sub("", "".join(self._pieces))
        style, self._pieces, self.last, self._mark = self._style, [], "", None
        if not text.strip():
            return
        if style.kind == "code":
            lines = text.lstrip("\n") if text.lstrip(" \t")[:1] != "\n" else re.sub(r"\A(?:[ \t]*\n)+", "", text)
            self._done.append(_Draft("code", 0, [lines.rstrip()]))
        elif style.kind == "heading" and len(text) <= LONGEST_HEADING:
            self._done.append(_Draft("heading", style.level, [" ".join(text.split())]))
        elif style.item is not None and style.kind == "list":
            self._add_item(EMPTY_LINES.sub("\n", text.strip("\n")), style.item)
        else:
            kind: Kind = "paragraph" if style.kind in ("heading", "list") else style.kind
            parts = (
                EMPTY_LINES.split(text.strip("\n"))
                if kind == "paragraph"
                else [EMPTY_LINES.sub("\n", text.strip("\n"))]
            )
            self._done += [_Draft(kind, 0, [part]) for part in parts if part.strip()]

    def _add_item(self, text: str, item: Item) -> None:
        last = self._done[-1] if self._done else None
        if not isinstance(last, _Draft) or last.root is not item.root:
            last = _Draft("list", item.depth, [], item.root)
            self._done.append(last)
        indent = INDENT * max(0, item.depth - last.level)
        first, *more = text.split("\n")
        begins = not item.begun
        item.begun = True
        last.lines.append(f"{indent}{item.mark}{first}" if begins else f"{indent}{INDENT}{first}")
        last.lines += [f"{indent}{INDENT}{line}" for line in more]

    def extend(self, blocks: list[Block]) -> None:
        """Add blocks that stand between those of this flow."""
        self.end_block()
        self._done += blocks

    def blocks(self) -> list[Block]:
        """Return all blocks."""
        self.end_block()
        done = self._done
        return [d if isinstance(d, Block) else Block(d.kind, "\n".join(d.lines), level=d.level) for d in done]
