"""Plain text: headings, lists, rows and code as they look; nothing lost but what is no text."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.documents.blocks import Block, Content, Options, characters
from attune.documents.readers.text import read_text, text_content

PROSE = "The keeper of the copper boiler closed the valve by the door before the crew came with a new gauge."


def read(text: str) -> Content:
    return read_text(text.encode(), Options())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{PROSE}\n\n{PROSE}", [Block("paragraph", PROSE)] * 2),
        (f"====\nLOG 1\n====\n\n{PROSE}", [Block("heading", "LOG 1", 1), Block("paragraph", PROSE)]),
        (f"Log\n===\n\nSeals\n-----\n\n{PROSE}", [Block("heading", "Log", 1), Block("heading", "Seals", 2)]),
        (f"3.1 Seals of pumps\n\n{PROSE}", [Block("heading", "3.1 Seals of pumps", 2), Block("paragraph", PROSE)]),
        (f"## Seals\n\n{PROSE}", [Block("heading", "## Seals", 2), Block("paragraph", PROSE)]),
        ("- one\n- two\n  goes on\n", [Block("list", "- one\n- two\n  goes on", 1)]),
        ("Do this:\n1) one\n2) two", [Block("paragraph", "Do this:"), Block("list", "1) one\n2) two", 1)]),
        ("Valve   Bar\nV1      3.1\nV2      4.2", [Block("table", "| Valve | Bar |\n| V1 | 3.1 |\n| V2 | 4.2 |")]),
        ("a\tb\n1\t2\n3\t4", [Block("table", "| a | b |\n| 1 | 2 |\n| 3 | 4 |")]),
        ("+--+--+\n|A |B |\n+==+==+\n|1 |2 |\n+--+--+", [Block("table", "| A | B |\n| 1 | 2 |", header=1)]),
        ("==  ==\nA   B\n==  ==\n1   2\n==  ==", [Block("table", "| A | B |\n| 1 | 2 |", header=1)]),
        ("def f(x):\n    return x\n", [Block("code", "def f(x):\n    return x")]),
        ("```\na\n\n  b\n```", [Block("code", "```\na\n\n  b\n```")]),
        (
            "Example::\n\n    anything\n      at all",
            [Block("paragraph", "Example::"), Block("code", "    anything\n      at all")],
        ),
        ("a and b\n_________________", [Block("paragraph", "a and b")]),
        ("N\bNA\bA \x1b[32mgreen\x1b[0m \x1b]8;;http://x\x07link", [Block("paragraph", "NA green link")]),
        ("soft\xadhyphen ﬁne\u200b don\x92t", [Block("paragraph", "softhyphen fine don’t")]),
    ],
)
def test_blocks(text: str, expected: list[Block]) -> None:
    assert list(read(text).blocks)[: len(expected)] == expected


def test_long_lines_of_json_end_where_a_member_does() -> None:
    rows = [{"name": f"valve, no. {i}", "bar": i + 0.125, "in": [i, {"x": None}]} for i in range(100)]
    (block,) = read(json.dumps(rows)).blocks
    assert max(map(len, block.text.split("\n"))) < 100
    assert json.loads(block.text) == rows


def test_short_json_and_lists_in_prose_stay() -> None:
    assert read('{"a": 1, "b": [1, 2]}').blocks[0].text == '{"a": 1, "b": [1, 2]}'


def test_encodings_that_nothing_declares() -> None:
    text = "The keeper’s log – don’t lose it.\n" + PROSE
    content = read_text(text.encode("utf-16-le"), Options())
    assert [block.text for block in content.blocks] == [text]
    assert content.warnings == ()
    assert "Windows-1252" in read_text(text.encode("cp1252"), Options()).warnings[0]
    declared = "# -*- coding: koi8-r -*-\nКотёл"
    assert read_text(declared.encode("koi8-r"), Options()).blocks[-1].text.endswith("Котёл")


@given(
    st.text(
        st.characters(codec="utf-8", categories=["L", "N", "P", "Z"]) | st.sampled_from("\n\n\t  -*#=|1a."),
        max_size=200,
    )
)
def test_no_letter_is_lost(text: str) -> None:
    content = read(text)
    assert sum(characters(block.text) for block in content.blocks) == content.characters


@pytest.mark.parametrize(
    "line", [" " * 60 + "a", "= " * 60 + "a", "-" * 60 + "a", "- _ " * 60, " " * 50_000 + "=" * 50_000 + "a"]
)
def test_no_line_takes_long(line: str) -> None:
    """A mark that could be a blank as well took longer with each blank: twice as long for one more."""
    words = re.sub(r"\W+", "", line)
    assert words in re.sub(r"\W+", "", " ".join(block.text for block in text_content(f"{line}\nb").blocks))
