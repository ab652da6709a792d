"""What each element of HTML is to the walk: whether it stands in lines of its own, and what those within inherit."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from attune.documents.blocks import Kind
from attune.documents.markup.flow import Space, Style
from attune.documents.markup.shown import declarations, name

# by the style sheet of the HTML standard: https://html.spec.whatwg.org/multipage/rendering.html#flow-content-3
_BLOCKS = """
address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer
form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav noframes ol optgroup option p
plaintext pre search section summary table tbody td tfoot th thead tr ul xmp
"""
BLOCKS = frozenset(_BLOCKS.split())
LISTS = frozenset(("ul", "ol", "menu", "dir", "dl"))
ITEMS = frozenset(("li", "dt", "dd"))
GROUPS = frozenset(("thead", "tbody", "tfoot"))
# drawn as boxes within a line: their words are no part of the word beside
_BOXES = "button input select textarea output meter progress img object canvas audio video iframe svg"
APART = frozenset(_BOXES.split())
DIVIDED = frozenset(("del", "s", "strike", "ins"))  # 100 that is struck out, and 50 behind it, are not 10050
MAIN = frozenset(("article", "main", "section"))
CODE = frozenset(("pre", "listing", "xmp", "plaintext"))
CAPTIONS = frozenset(("caption", "figcaption"))
RESET = frozenset(
    ("article", "aside", "blockquote", "main", "nav", "section")
)  # no part of a heading that was not closed
HEADING = re.compile(r"h([1-6])")
INDENTED = re.compile(r"\n[ \t]{2,}\S")

SPACES: dict[str, Space] = {
    "pre": "pre",
    "pre-wrap": "pre",
    "break-spaces": "pre",
    "pre-line": "pre-line",
    "normal": "normal",
}


def is_block(tag: str, declared: dict[str, str]) -> bool:
    """Tell whether an element stands in lines of its own."""
    display = declared.get("display", "")
    if display.startswith(("inline", "contents", "none")):
        return False
    return tag in BLOCKS or display.startswith(("block", "flex", "grid", "table", "list-item", "flow-root"))


def in_line(tag: str, kind: Kind) -> bool:
    """Tell whether what else is a block is a line of the code, the heading or the caption that it stands in."""
    return kind == "code" or (kind in ("heading", "caption") and tag not in RESET | CODE | LISTS | ITEMS)


def is_apart(tag: str, declared: dict[str, str]) -> bool:
    """Tell whether an element is a box within a line: also what a page itself names, and blocks set in a row."""
    display = declared.get("display", "")
    in_a_row = tag in BLOCKS and (display.startswith("inline-") or (display == "inline" and tag != "div"))
    return tag in APART or "-" in tag or in_a_row


def is_box(element: Any) -> bool:
    """Tell whether what holds an element sets what it holds as boxes, side by side or in a grid."""
    parent = element.getparent()
    display = "" if parent is None else declarations(parent.get("style", "")).get("display", "")
    return display.removeprefix("inline-") in ("flex", "grid")


def _is_indented(element: Any, declared: dict[str, str]) -> bool:
    """Tell whether an element keeps the blanks before its lines, and has some there, as code has."""
    if SPACES.get(declared.get("white-space", "")) != "pre" or not INDENTED.search("".join(element.itertext())):
        return False
    return not any(is_block(name(e), {}) for e in element.iterdescendants())


def is_gap(element: Any) -> bool:
    """Tell whether a place where a line may be broken stands between two elements, and not within a word."""
    before = element.getprevious()
    return before is not None and not before.tail and not element.tail


def inherited(element: Any, tag: str, declared: dict[str, str], outer: Style) -> Style:
    """Return the style of what stands in an element.

    Args:
        element: the element.
        tag: its name.
        declared: what its `style` attribute says.
        outer: the style around it.
    """
    style = outer
    heading = HEADING.fullmatch(tag)
    if outer.kind == "code":
        pass
    elif heading or element.get("role") == "heading":
        digits = heading[1] if heading else element.get("aria-level", "2")
        level = int(digits) if digits in ("1", "2", "3", "4", "5", "6") else 2
        style = replace(outer, kind="heading", level=level, item=None)
    elif tag in CODE or declared.get("white-space") == "pre" or _is_indented(element, declared):
        style = replace(outer, kind="code", space="pre")
    elif tag in CAPTIONS:
        style = replace(outer, kind="caption", item=None)
    elif tag in RESET and outer.kind in ("heading", "caption"):
        style = replace(outer, kind="paragraph", level=0)
    space = "pre" if tag == "textarea" else SPACES.get(declared.get("white-space", ""))
    if space and style.kind != "code":
        style = replace(style, space=space)
    if (seen := declared.get("visibility")) and tag not in ("html", "body"):
        style = replace(style, hidden=seen in ("hidden", "collapse"))
    if tag in MAIN or element.get("role") == "main":
        style = replace(style, within=True)
    return style
