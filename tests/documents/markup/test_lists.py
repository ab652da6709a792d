"""Items have the numbers that a browser shows."""

from __future__ import annotations

import pytest

from attune.documents.markup.lists import written
from attune.documents.markup.page import html_blocks


@pytest.mark.parametrize(
    ("number", "form", "expected"),
    [
        (3, "1", "3"),
        (1, "a", "a"),
        (26, "a", "z"),
        (27, "A", "AA"),
        (0, "a", "0"),
        (4, "i", "iv"),
        (1994, "I", "MCMXCIV"),
        (4000, "i", "4000"),
        (-2, "I", "-2"),
        (5, "x", "5"),
    ],
)
def test_numbers(number: int, form: str, expected: str) -> None:
    assert written(number, form) == expected


@pytest.mark.parametrize(
    ("markup", "marks"),
    [
        ("<ul><li>x<li>x</ul>", ["- ", "- "]),
        ("<ol><li>x<li>x</ol>", ["1. ", "2. "]),
        ("<ol start=5 reversed><li>x<li>x</ol>", ["5. ", "4. "]),
        ("<ol reversed><li>x<li>x<li>x</ol>", ["3. ", "2. ", "1. "]),
        ("<ol type=A><li>x<li type=1>x<li value=9>x</ol>", ["A. ", "2. ", "I. "]),
        ("<ol start='99999999999999999999'><li>x</ol>", ["999999999. "]),
        ("<li>x", ["- "]),
        ("<dl><dt>x<dd>x<dl><dt>x</dl></dl>", ["", "  ", "  "]),
        ("<menu><li>x</menu><dir><li>x</dir>", ["- ", "- "]),
    ],
)
def test_marks(markup: str, marks: list[str]) -> None:
    lines = [line for block in html_blocks(markup).blocks for line in block.text.split("\n")]
    assert [line.removesuffix("x") for line in lines] == marks
