"""The text of a document is its blocks, and each place in it is where its block says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.documents.assemble import SEAM, Assembled, Placed, assemble
from attune.documents.blocks import Block, Kind, table
from attune.documents.document import Document
from attune.text.clean import clean

KINDS: list[Kind] = ["heading", "paragraph", "list", "table", "code", "caption"]
PIECES = [
    "fox",
    "Zwölf",
    "e\u0301",
    "\u200b",
    "\ufb01sh",
    " ",
    "  ",
    "\t",
    "\n",
    "\n\n\n",
    "\r\n",
    "|",
    "#",
    "\f",
    "狐",
    "\u00a0",
]
WORDS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
BLOCKS = st.lists(
    st.builds(
        Block, st.sampled_from(KINDS), WORDS, st.integers(0, 6), st.none() | st.integers(1, 6), st.integers(0, 3)
    ),
    max_size=9,
)


def texts(found: Assembled) -> list[str]:
    return [found.text[block.start : block.end] for block in found.blocks]


@given(BLOCKS, st.integers(0, 9))
def test_blocks_are_the_text_and_pages_are_in_order(blocks: list[Block], pages: int) -> None:
    found = assemble(blocks, pages)
    assert SEAM.join(texts(found)) == found.text
    assert clean(found.text) == found.text
    assert all(text.strip() for text in texts(found))
    assert len(found.page_starts) == pages
    assert found.page_starts == sorted(found.page_starts)
    assert not pages or (found.page_starts[0] == 0 and found.page_starts[-1] <= len(found.text))
    for block in found.blocks:
        assert block.start <= block.rows < block.end
        assert block.rows == block.start or (block.kind == "table" and found.text[block.rows - 1] == "\n")
    given = "".join(clean(part) for block in blocks for part in block.text.split("\f"))
    assert "".join(found.text.split()) == "".join(given.split())  # nothing that is seen gets lost


def test_text_is_clean_and_code_keeps_its_indentation() -> None:
    found = assemble(
        [
            Block("paragraph", "  Of\u00a0 foxes,\tand \u200btheir\r\n  den\u0301s. "),
            Block("code", "\n\nif fox:\r\n    hunt()\n\n\n\n\tsleep()  \n"),
            Block("list", "- one  two\n  - three"),
            Block("paragraph", " \u200b "),
        ]
    )
    assert texts(found) == [
        "Of foxes, and their\nde\u0144s.",
        "if fox:\n    hunt()\n\n\tsleep()",
        "- one two\n  - three",
    ]


def test_headings_stand_above_what_follows_until_one_of_their_level_or_higher() -> None:
    words = [("A", 1), ("## B #", 2), ("x", 0), ("C\n===", 3), ("y", 0), ("D", 2), ("z", 0), ("E", 1), ("w", 0)]
    found = assemble(Block("heading" if level else "paragraph", text, level) for text, level in words)
    under = {found.text[block.start : block.end]: block.headings for block in found.blocks}
    assert under["A"] == ("A",)
    assert under["x"] == ("A", "B")
    assert under["y"] == under["C\n==="] == ("A", "B", "C")
    assert under["z"] == ("A", "D")
    assert under["w"] == ("E",)


def test_the_header_of_a_table_ends_where_its_rows_begin() -> None:
    found = assemble([table([["Valve", "Opens at"], ["V1", "3 bar"], ["V2", "4 bar"]], header=1)])
    (block,) = found.blocks
    assert found.text[block.start : block.rows] == "| Valve | Opens at |\n"
    assert found.text[block.rows : block.end] == "| V1 | 3 bar |\n| V2 | 4 bar |"
    (block,) = assemble([table([["only", "names"]], header=1)]).blocks
    assert block == Placed("table", 0, 16, 0, (), 0)


def test_a_page_may_begin_within_a_block_and_empty_pages_are_counted() -> None:
    blocks = [
        Block("paragraph", "It goes \fon, exam\fple.", page=2),
        Block("paragraph", "Last.", page=5),
    ]
    found = assemble(blocks, 7)
    assert found.text == "It goes on, example.\n\nLast."
    assert found.page_starts == [0, 0, 8, 16, 22, 27, 27]
    document = Document("a.pdf", "", found.text, tuple(found.page_starts))
    assert document.pages(0, 20) == (2, 4)
    assert document.pages(9, 13) == (3, 3)
    assert document.pages(22, 27) == (5, 5)
    assert document.pages_without_text == 3


@pytest.mark.parametrize("page", [None, 9])
def test_a_form_feed_is_a_line_break_where_there_are_no_pages(page: int | None) -> None:
    found = assemble([Block("paragraph", "one\ftwo", page=page)], 0)
    assert found.text == ("one\ntwo" if page is None else "onetwo")
    assert found.page_starts == []


def test_runs_of_one_mark_are_short_but_in_code() -> None:
    dotted = "1.2 Valves ........................ 12"
    assert assemble([Block("paragraph", dotted), Block("code", dotted)]).text == f"1.2 Valves ... 12\n\n{dotted}"
