"""White space is that of a browser, whatever pieces it comes in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attune.documents.blocks import Block
from attune.documents.markup.flow import Flow, Style
from attune.documents.markup.lists import Item

PIECES = st.lists(st.text("ab \n\t\u00a0", max_size=4), max_size=8)


@given(PIECES)
def test_blanks_are_collapsed_over_pieces(pieces: list[str]) -> None:
    flow = Flow()
    for piece in pieces:
        flow.add(piece, Style())
    one = " ".join(part for part in "".join(pieces).replace("\n", " ").replace("\t", " ").split(" ") if part)
    assert flow.blocks() == ([Block("paragraph", one)] if one.strip() else [])


@given(PIECES)
def test_code_is_kept_as_it_is(pieces: list[str]) -> None:
    flow = Flow()
    flow.add("x", Style("code", space="pre"))
    for piece in pieces:
        flow.add(piece, Style("code", space="pre"))
    flow.add("y", Style("code", space="pre"))
    (block,) = flow.blocks()
    expected = "\n".join(line.rstrip(" \t") for line in ("x" + "".join(pieces) + "y").split("\n"))
    assert block == Block("code", expected)


def test_lines_blocks_and_items() -> None:
    flow, root = Flow(), object()
    flow.add("one ", Style())
    flow.end_line()
    flow.add(" two", Style())
    flow.end_block()
    for mark, depth in (("- ", 1), ("1. ", 2)):
        item = Item(mark, depth, root)
        for word in ("first", "more"):
            flow.add(word, Style("list", item=item))
            flow.end_block()
    flow.add("a\n  b\t c", Style(space="pre-line"))
    assert flow.blocks() == [
        Block("paragraph", "one\ntwo"),
        Block("list", "- first\n  more\n  1. first\n    more", level=1),
        Block("paragraph", "a\nb c"),
    ]


def test_boxes_stand_apart_once() -> None:
    flow = Flow()
    for word in ("a", "b "):
        flow.apart()
        flow.add(word, Style())
        flow.apart()
    assert flow.blocks() == [Block("paragraph", "a b")]
