"""Rows and cells belong to the innermost table around them, whatever markup forgets."""

from __future__ import annotations

import pytest
from lxml.html import fragment_fromstring

from attune.documents.blocks import Block
from attune.documents.markup.flow import Style
from attune.documents.markup.page import html_blocks
from attune.documents.markup.places import Places


def test_words_go_to_the_cell_and_the_cell_to_its_table() -> None:
    places, cell = Places(), fragment_fromstring("<td colspan=2></td>")
    assert places.grid is None
    end_table = places.begin_table(fragment_fromstring("<table></table>"))
    assert end_table and places.grid
    for words in ("one", "two"):
        end_cell = places.begin_cell(cell, "td")
        assert end_cell and places.grid is None
        places.flow.add(words, Style())
        end_cell()
    end_table()
    assert places.flow.blocks() == [Block("table", "| one | two |")]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<table><tr><td>a<tr><td>Seen</table>", "a Seen"),
        ("<table><tr><td><tr><td>Seen</td></tr></td></tr></table>", "Seen"),
        ("<table><tr><td><div><td>a</div><td>Seen</table>", "a Seen"),
        ("<table>before<tr><td>Seen</table>after", "before Seen after"),
        ("<table><td>a<td>Seen</table>", "a Seen"),
        ("<tr><td>Seen", "Seen"),
        ("<table><tr><td>a<table></td><tr><td>Seen", "a Seen"),
    ],
)
def test_no_word_is_lost_in_broken_tables(markup: str, expected: str) -> None:
    text = " ".join(block.text for block in html_blocks(markup).blocks)
    assert " ".join(text.replace("|", " ").split()) == expected
