"""The one walk over a page of HTML: from its tree to blocks, in the order and with the breaks that a browser shows.

No stylesheet is read but what stands in the `style` of an element, and no script is run.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from lxml.etree import iterwalk

from attune.documents.blocks import Block, characters
from attune.documents.markup.elements import (
    DIVIDED,
    GROUPS,
    ITEMS,
    LISTS,
    in_line,
    inherited,
    is_apart,
    is_block,
    is_box,
    is_gap,
)
from attune.documents.markup.flow import Flow, Style
from attune.documents.markup.lists import begin_list
from attune.documents.markup.places import Close, Places
from attune.documents.markup.said import mark_of, said_otherwise, shift_of
from attune.documents.markup.shown import (
    HIDDEN,
    NO_WORDS,
    PICTURES,
    counted,
    declarations,
    name,
    surrounds,
    why_hidden,
    words_of,
)


@dataclass
class Walk:
    """A walk, and what it has found: `boilerplate` is kept or not.

    Attributes:
        boilerplate: keep what surrounds the article.
        left_out: letters and digits that are in no block, by reason.
        found: letters and digits that are.
        within: of these, those in the main part of the page or in an article.
    """

    boilerplate: bool
    left_out: Counter[str] = field(default_factory=Counter)
    found: int = 0
    within: int = 0
    _places: Places = field(default_factory=Places)
    _open: list[tuple[Style, Close]] = field(default_factory=lambda: [(Style(), None)])
    _readings: list[str] = field(default_factory=list)  # how Chinese characters are read, small above them

    def read(self, tree: Any) -> list[Block]:
        """Return the blocks of an element and all below it."""
        walker = iterwalk(tree, events=("start", "end", "comment", "pi"))
        for event, element in walker:
            if event == "start":
                if not self._start(element, name(element)):
                    walker.skip_subtree()
                continue
            if event == "end":
                _, close = self._open.pop()
                if close is not None:
                    close()
            if element is not tree:
                self._say(element.tail)
        return self._places.flow.blocks()

    @property
    def _style(self) -> Style:
        return self._open[-1][0]

    @property
    def _flow(self) -> Flow:
        return self._places.flow

    def _say(self, text: str | None) -> None:
        if not text:
            return
        count = characters(text)
        if self._style.hidden:
            self.left_out[HIDDEN] += count
            return
        self.found += count
        self.within += count * self._style.within
        self._flow.add(text, self._style)

    def _start(self, element: Any, tag: str) -> bool:
        """Begin an element; return whether the walk goes on within it."""
        declared = declarations(element.get("style", ""))
        style, close = self._style, self._break(element, tag, declared)
        reason = why_hidden(element, tag, declared)
        if not reason and not self.boilerplate:
            reason = surrounds(element, tag, style.within)
        if reason:
            self.left_out.update(counted(element, reason))
        elif tag in ("rt", "rtc"):
            self._readings.append(words_of(element).strip())
            self.found += characters(self._readings[-1])
        elif (said := said_otherwise(element, tag, style.kind == "heading" and bool(self._flow.last))) is not None:
            self._say(said)
            self.left_out[PICTURES] += characters(element.get("alt", "")) if tag == "img" and not said else 0
        elif tag not in NO_WORDS:
            style = inherited(element, tag, declared, style)
            style, close = self._begin(element, tag, style, close)
            self._open.append((style, close))
            self._say(element.text)
            return True
        self._open.append((style, close))
        return False

    def _break(self, element: Any, tag: str, declared: dict[str, str]) -> Close:
        """End the line or the block where an element stands apart; return what does so behind it."""
        close: Close = None
        if tag == "br":
            self._flow.end_line()
        elif is_block(tag, declared):
            close = self._flow.begin_line if in_line(tag, self._style.kind) else self._flow.end_block
        elif is_apart(tag, declared) or is_box(element) or (tag == "wbr" and is_gap(element)):
            close = self._flow.apart
        elif tag in DIVIDED:
            close = self._flow.divide
        if close is not None:
            close()
        return close

    def _begin(self, element: Any, tag: str, style: Style, close: Close) -> tuple[Style, Close]:
        """Return the style within an element, and what ends it."""
        flow, in_code = self._flow, style.kind == "code" and self._style.kind == "code"
        grid = self._places.grid  # whose row or cell a row or cell here is
        if (shift := shift_of(element, tag)) and close is None:
            flow.divide(mark_of(element, shift, flow.last))
            return style, flow.divide
        if tag == "ruby":
            return style, self._end_ruby
        if tag == "q":
            self._flow.add('"', style)
            return style, lambda: self._flow.add('"', style)
        if tag in LISTS:
            return replace(style, list=begin_list(element, tag, style.list)), close
        if tag in ITEMS and not in_code:
            item = (style.list or begin_list(element, "ul", None)).item(element, tag)
            return replace(style, kind="list", item=item), close
        if tag == "table" and not in_code:
            return style, self._places.begin_table(element)
        if tag in GROUPS and grid:
            grid.begin_section(tag)
            return style, partial(grid.begin_section, "tbody")
        if tag == "tr" and grid:
            grid.begin_row()
        if tag in ("td", "th") and grid:
            return Style(hidden=style.hidden, within=style.within), self._places.begin_cell(element, tag)
        return style, close

    def _end_ruby(self) -> None:
        readings, self._readings = "".join(self._readings), []
        if readings:
            self._flow.add(f"({readings})", self._style)
