"""Markdown files: blocks by markdown-it's tokens; their text stays the source, but for what no page shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from attune.documents.blocks import Block, Content, Options, characters, table
from attune.documents.decode import decoded
from attune.documents.markup.flow import Flow, Style
from attune.documents.markup.front_matter import front_matter
from attune.documents.markup.lists import Item
from attune.documents.markup.markdown_source import TAGS, with_fences, without_comments, without_embedded, words_of
from attune.documents.markup.page import html_blocks
from attune.text import titles

FRONT_MATTER = "front matter"
IMPORTS = "imports of MDX"
_IMPORT = re.compile(
    r"(?:import\s+(?:[^;'\"]+?\s+from\s+)?['\"][^'\"\n]+['\"];?\s*"
    r"|export\s+(?:const|default|let|var|function|async)\b[^\n]*(?:\n\s+[^\n]*|\n[)}\]];?)*\s*)+"
)
_CELL_END = re.compile(r"(?<!\\)\|")
_OUTER = re.compile(r"^(?:[\s>*+-]|\d+[.)])*(?=\|)")  # marks of the quotes and lists that a row stands in
_EXPRESSION = re.compile(r"=\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")  # the value of an attribute of JSX
_MARKS = re.compile(  # of emphasis, code and links
    r"!?\[(?P<text>[^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?|[*`~]{1,3}(?=\S)|(?<=\S)[*`~]{1,3}"
    r"|(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)"
)


def read_markdown(data: bytes, options: Options) -> Content:
    """Return what a page of Markdown says.

    Raises:
        Unreadable: its encoding cannot be told, or HTML in it cannot be parsed.
    """
    source, warning = decoded(data)
    left_out: Counter[str] = Counter()
    source = re.sub(r"\r\n?", "\n", source).replace("\0", "")
    front = front_matter(source)
    left_out[FRONT_MATTER] = characters(source[: front.end]) - characters(front.description)
    body = with_fences(without_embedded(source[front.end :], left_out))
    parser = _parser()
    code = [token.map for token in parser.parse(body) if token.type in ("fence", "code_block") and token.map]
    body = without_comments(body, code, left_out)
    reading = _Reading(left_out, body.split("\n"))
    reading.read(parser.parse(body))
    blocks = reading.blocks()
    if front.description:
        blocks.insert(0, Block("paragraph", front.description))
    return Content(
        titles.from_heading(front.title) or _first_heading(blocks),
        tuple(blocks),
        characters=sum(characters(block.text) for block in blocks) + left_out.total(),
        left_out={reason: count for reason, count in sorted(left_out.items()) if count},
        warnings=(warning,) if warning else (),
    )


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.use(footnote_plugin).use(dollarmath_plugin).use(admon_plugin)
    return parser.disable("footnote_tail")  # notes stay where they stand, also those that nothing refers to


def _first_heading(blocks: Sequence[Block]) -> str:
    headings = [block for block in blocks if block.kind == "heading"]
    for heading in sorted(headings, key=lambda block: block.level > 1):
        words = _MARKS.sub(lambda found: found["text"] or "", heading.text.lstrip("# "))
        if title := titles.from_heading(words):
            return title
    return ""


@dataclass
class _Reading:
    """The tokens of a page on their way to blocks."""

    left_out: Counter[str]
    lines: Sequence[str]
    _flow: Flow = field(default_factory=Flow)
    _items: list[Item | None] = field(default_factory=list)  # of the lists that are open
    _rows: list[list[str]] = field(default_factory=list)
    _row: int = 0  # the line of the row that is open
    _html: list[str] = field(default_factory=list)

    def blocks(self) -> list[Block]:
        """Return the blocks."""
        self._end_html()
        return self._flow.blocks()

    def read(self, tokens: Sequence[Token]) -> None:
        """Read all tokens of a page."""
        for place, token in enumerate(tokens):
            if token.type != "html_block":
                self._end_html()
            inside = tokens[place - 1] if place else token
            if token.type == "html_block":
                self._html.append(token.content)
            elif token.type in ("fence", "code_block", "math_block"):
                self._add("code", _code(token))
            elif token.type == "inline":
                self._inline(token.content, inside)
            else:
                self._structure(token)

    def _inline(self, content: str, inside: Token) -> None:
        words = words_of(content)
        self.left_out[TAGS] += max(0, characters(content) - characters(words))
        if inside.type in ("th_open", "td_open"):
            self._rows[-1].append(words)
        elif inside.type == "heading_open":
            level = int(inside.tag[1])
            self._flow.add(f"{'#' * level} {' '.join(words.split())}", Style("heading", level))
            self._flow.end_block()
        elif _IMPORT.fullmatch(content):
            self.left_out[IMPORTS] += characters(words)
        else:
            self._add("paragraph", words)

    def _structure(self, token: Token) -> None:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            self._items.append(None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._items.pop()
        elif token.type == "list_item_open":
            root = next((item.root for item in self._items if item), None) or token
            self._items[-1] = Item(f"{token.info}{token.markup} ", len(self._items), root)
        elif token.type == "footnote_reference_open":
            self._items.append(Item(f"[^{token.meta['label']}]: ", 1, token))
        elif token.type == "footnote_reference_close":
            self._items.pop()
        elif token.type == "tr_open":
            self._rows.append([])
            self._row = token.map[0] if token.map else 0
        elif token.type == "tr_close":
            cells = _CELL_END.split(_OUTER.sub("", self.lines[self._row]).strip().strip("|"))
            if len(cells) > len(self._rows[0]):  # what stands behind the last column of the header, which no page shows
                self._rows[-1] += map(words_of, cells[len(self._rows[-1]) :])
        elif token.type == "table_close":
            self._flow.extend([table(self._rows, header=1)])
            self._rows = []

    def _add(self, kind: str, text: str) -> None:
        item = next((item for item in reversed(self._items) if item), None)
        if kind == "code":
            style = Style("code", space="pre")
        else:
            style = Style("list", space="pre", item=item) if item else Style(space="pre")
        self._flow.add(text, style)
        self._flow.end_block()

    def _end_html(self) -> None:
        """Read elements of HTML that stand in lines of their own; several in a row are one, such as a table."""
        markup, self._html = "\n".join(self._html), []
        if markup:
            page = html_blocks(_EXPRESSION.sub('=""', markup), boilerplate=True)
            self.left_out.update(page.left_out)
            self._flow.extend(page.blocks)


def _code(token: Token) -> str:
    content = token.content.rstrip("\n")
    return f"{token.markup}{token.info.rstrip()}\n{content}\n{token.markup}" if token.type == "fence" else content
