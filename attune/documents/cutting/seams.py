"""Where a text may be cut, and how much is against it: its pieces between one joint and the next.

A heading stays with what follows it, the names of columns with their first row, and a row or a sentence is cut only
where it does not fit into a chunk by itself.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from attune.documents.assemble import Placed
from attune.documents.cutting.tokens import CHARACTERS_PER_TOKEN, Counted

# What a cut costs; a chunk that is all but empty costs 1000 (see `packing`).
SECTION = 0  # before a heading of the first level,
PER_LEVEL = 15  # and more for each level below
BLOCK = 120
LINE = 180  # an item, a row, a line of code
SENTENCE = 260
LEAD_IN = 350  # before what is announced: "as follows:", a line that ends no sentence; between a table and its caption
CLAUSE = 600
WORD = 900
NOWHERE = 1500  # within a word
HEAD = 3000  # after a heading, or the names of columns
SHORT = 80  # characters of a line that may be a heading which nothing marks as one
FINEST = 16  # pieces below such a part of a chunk are joined; more joints than that cost time and gain nothing

_SOFT_BREAK = re.compile(r"\n(?<=[^\s.!?:;…。！？]\n)(?=[^\W\d_A-Z])")  # a line break within a sentence
_LINES = re.compile(r"\n\s*(?=\S)")
_CELLS = re.compile(r"(?<=\S \|) +(?=\S)")
_SENTENCES = re.compile(
    r"(?:(?<=[.!?…।॥؟۔])|(?<=[.!?…।॥؟۔][\"'”’)\]])|(?<=[.!?…।॥؟۔][\"'”’)\]]{2}))\s+(?=[^\sa-zß-öø-ÿа-я])"
    r"|(?:(?<=[。！？])|(?<=[。！？][”’」』）]))\s*(?=[^\s”’」』）])|\n\s*(?=\S)"
)
_CLAUSES = re.compile(r"(?<=[,;:)\]}–—，、；：])\s*(?=\S)")
_WORDS = re.compile(r"\s+(?=\S)|(?<=[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])(?=[\u3040-\u30ff\u3400-\u9fff])")
_FINER = ((_SENTENCES, SENTENCE), (_CLAUSES, CLAUSE), (_WORDS, WORD))
_JOINTS = {
    "table": ((_LINES, LINE), (_CELLS, CLAUSE), *_FINER),
    "code": ((_LINES, LINE), *_FINER[1:]),
    **dict.fromkeys(("list", "heading", "caption"), ((_LINES, LINE), *_FINER)),
}
_ANNOUNCES = re.compile(r"[:：]\W*\Z")


class Piece(NamedTuple):
    """`text[start:end]` stays whole; to cut before it costs `cost`. `block` is the number of the block it is of."""

    start: int
    end: int
    cost: int
    block: int


def begins_section(piece: Piece) -> bool:
    """Tell whether a piece begins with a heading that is not below another one."""
    return piece.cost < BLOCK


def unwrapped(text: str) -> str:
    """Return the text with blanks for the line breaks that are within sentences."""
    return _SOFT_BREAK.sub(" ", text)


def pieces(text: str, blocks: Sequence[Placed], counted: Counted, most: int) -> list[Piece]:
    """Return the pieces of a text in their order, each of at most `most` tokens or a single character.

    Between two of them, and at their ends, is nothing but blanks.
    """
    found: list[Piece] = []
    for piece in _all(text, blocks, counted, most):
        if found and not begins_section(piece) and counted.between(found[-1].start, piece.end) <= most // FINEST:
            found[-1] = found[-1]._replace(end=piece.end)
        else:
            found.append(piece)
    return found


def _all(text: str, blocks: Sequence[Placed], counted: Counted, most: int) -> Iterator[Piece]:
    prose = unwrapped(text)
    for number, block in enumerate(blocks):
        joints = _JOINTS.get(block.kind, _FINER)
        parts = _cut(text if block.kind == "code" else prose, block.start, block.end, joints, counted, most)
        for place, (start, end, inner) in enumerate(parts):
            if place:
                yield Piece(start, end, HEAD if start == block.rows else inner, number)
            else:
                yield Piece(start, end, _before(text, blocks, number) if number else 0, number)


def _before(text: str, blocks: Sequence[Placed], number: int) -> int:
    """Return what it costs to cut between a block and the one before."""
    block, last = blocks[number], blocks[number - 1]
    if last.kind == "heading":
        return HEAD
    if block.kind == "heading":
        return SECTION + PER_LEVEL * max(block.level - 1, 0)
    captioned = {block.kind, last.kind} == {"caption", "table"}
    announced = _ANNOUNCES.search(text, max(last.start, last.end - 8), last.end)
    line = last.kind == "paragraph" and last.end - last.start <= SHORT and text[last.end - 1].isalnum()
    return LEAD_IN if captioned or announced or line else BLOCK


def _cut(
    text: str, start: int, end: int, joints: Sequence[tuple[re.Pattern[str], int]], counted: Counted, most: int
) -> Iterator[tuple[int, int, int]]:
    """Cut a part of a text at the coarsest joints, and what is too long at finer ones."""
    if not joints:
        yield from _letters(text, start, end, counted, most)
        return
    (pattern, cost), *finer = joints
    seams = [(start, start), *(found.span() for found in pattern.finditer(text, start, end)), (end, end)]
    for (_, a), (b, _) in pairwise(seams):
        part = text[a:b]
        a, b = b - len(part.lstrip()), a + len(part.rstrip())
        if a >= b:
            continue
        if counted.between(a, b) <= most:
            yield a, b, cost
        else:
            for first, last, inner in _cut(text, a, b, finer, counted, most):
                yield first, last, cost if first == a else inner


def _letters(text: str, start: int, end: int, counted: Counted, most: int) -> Iterator[tuple[int, int, int]]:
    """Cut a word that is too long, or characters without tokens."""
    while start < end:
        first = bisect_right(counted.ends, start)
        last = counted.ends[first + most] - 1 if first + most < len(counted.ends) else end
        stop = min(end, start + most * CHARACTERS_PER_TOKEN, max(last, start + 1))
        yield start, stop, NOWHERE
        start = stop
