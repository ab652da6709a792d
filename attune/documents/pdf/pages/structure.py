"""What the tags of a file call the pieces of a page: headings, items of lists, names of columns, code, captions."""

from __future__ import annotations

import re
from collections.abc import Callable
from ctypes import create_string_buffer
from typing import Any, Literal, NamedTuple

import pypdfium2.raw as pdfium

MOST = 50_000  # elements of a page; more are a loop
HEADING = re.compile(r"H([1-6])$")
Role = Literal["heading", "list", "header", "code", "caption"]
ROLES: dict[str, Role] = {"LI": "list", "TH": "header", "Code": "code", "Caption": "caption", "Title": "heading"}


class Tag(NamedTuple):
    """What a piece of text is, by the file's own account; ISO 32000-1, 14.8.4.

    Attributes:
        role: what it is.
        level: of a heading 1 to 6, of an item how deep its list stands.
        element: the same number for all pieces of one heading, item or cell.
    """

    role: Role
    level: int
    element: int


def tags_of(page: Any) -> dict[int, Tag]:
    """Return the tags of a page by the numbers of marked content, for the pieces that are more than paragraphs."""
    tree = pdfium.FPDF_StructTree_GetForPage(page)
    if not tree:
        return {}
    try:
        return _walk(tree)
    finally:
        pdfium.FPDF_StructTree_Close(tree)


def _walk(tree: Any) -> dict[int, Tag]:
    found: dict[int, Tag] = {}
    roots = [pdfium.FPDF_StructTree_GetChildAtIndex(tree, n) for n in range(pdfium.FPDF_StructTree_CountChildren(tree))]
    waiting: list[tuple[Any, Tag | None, int]] = [(root, None, 0) for root in reversed(roots)]
    for number in range(MOST):
        if not waiting:
            break
        element, tag, depth = waiting.pop()
        if not element:
            continue
        name = _text(pdfium.FPDF_StructElement_GetType, element)
        depth += name == "L"
        if match := HEADING.match(name):
            tag = Tag("heading", int(match[1]), number)
        elif name in ("H", "Title"):
            tag = Tag("heading", 1, number)
        elif name in ROLES:
            tag = Tag(ROLES[name], depth, number)
        children = pdfium.FPDF_StructElement_CountChildren(element)
        if tag is not None:
            marks = [pdfium.FPDF_StructElement_GetMarkedContentID(element)]
            count = pdfium.FPDF_StructElement_GetMarkedContentIdCount(element)
            marks += [pdfium.FPDF_StructElement_GetMarkedContentIdAtIndex(element, n) for n in range(max(0, count))]
            marks += [pdfium.FPDF_StructElement_GetChildMarkedContentID(element, n) for n in range(max(0, children))]
            found |= {mark: tag for mark in marks if mark >= 0}
        for child in reversed(range(max(0, children))):
            waiting.append((pdfium.FPDF_StructElement_GetChildAtIndex(element, child), tag, depth))
    return found


def _text(call: Callable[..., int], element: Any) -> str:
    buffer = create_string_buffer(128)
    length = call(element, buffer, len(buffer))
    return buffer.raw[: max(0, min(length, len(buffer)) - 2)].decode("utf-16-le", "replace")
