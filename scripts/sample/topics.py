"""Chapters of the Python language reference as blocks: headings, paragraphs, list items and code.

The source is `pydoc_data.topics`, the plain text behind `help("assert")`: underlined headings, indented code, wrapped
lines. It tells code from indented prose by nothing but its looks, and so does this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pydoc_data.topics import topics
from typing import Literal

UNDERLINES = "*=-~^"  # the level of a heading is the place of its underline in here
HEADING = re.compile(rf"(.+)\n([{UNDERLINES}])\2+")
TABLE = re.compile(r"\s*[+|]")
TABLE_RULE = re.compile(r"^\s*[+|][-=+|]+\n?", re.MULTILINE)
CODE = re.compile(r"\s*(>>>|\.\.\. )|.*::=")
ITEM = re.compile(r"(\*|\d+\.|\[\d+\]) +")
PROSE = re.compile(r"[A-Z\"“‘]|\*\*\w")  # how an indented paragraph begins, and code hardly ever does


@dataclass(frozen=True)
class Block:
    """A part of a chapter; the level is that of a heading, or else how deep the block is indented."""

    kind: Literal["heading", "paragraph", "item", "code"]
    text: str
    level: int = 0


def plain_text(names: tuple[str, ...]) -> str:
    """Return the text of some topics; those that this Python does not have are left out."""
    return "\n\n\n".join(topics[name].strip() for name in names if name in topics)


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of a text."""
    for part in re.split(r"\n[ \t]*\n", text):
        if part.strip():
            yield from _blocks_of(part.strip("\n"))


def _blocks_of(part: str) -> Iterator[Block]:
    lines = part.split("\n")
    level = _indent(lines[0]) // 2
    first = lines[0].strip()
    if heading := HEADING.fullmatch(part.strip()):
        yield Block("heading", heading[1], UNDERLINES.index(heading[2]) + 1)
    elif TABLE.match(part):
        yield Block("code", TABLE_RULE.sub("", part))
    elif CODE.match(part):
        yield Block("code", part)
    elif ITEM.match(first):
        yield Block("item", " ".join(part.split()), level)
    elif level and not PROSE.match(first):
        yield Block("code", part)
    elif len(lines) > 1 and _indent(lines[1]) > _indent(lines[0]):
        yield Block("paragraph", first, level)  # a term and, below it, what it means
        yield from _blocks_of("\n".join(lines[1:]))
    else:
        yield Block("paragraph", " ".join(part.split()), level)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
