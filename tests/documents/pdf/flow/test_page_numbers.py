"""Numbers of pages, and what stands around them."""

from __future__ import annotations

import pytest

from attune.documents.pdf.flow.page_numbers import TOKEN, is_frame, is_told, value


@pytest.mark.parametrize(
    ("token", "number"), [("7", 7), ("iv", 4), ("IX", 9), ("xl", 40), ("xcii", 92), ("9" * 30, 999_999_999)]
)
def test_values(token: str, number: int) -> None:
    assert value(token) == number


def test_tokens_are_whole_words() -> None:
    assert TOKEN.findall("Page iv of 20, civil, A4") == ["iv", "20", "4"]


@pytest.mark.parametrize(
    "line", ["Page 3", "- page 3 -", "3 of 20", "3/20", "Case 1:21 Page 3 of 20", "Seite 3 von 20"]
)
def test_lines_that_tell(line: str) -> None:
    assert is_told(line)


@pytest.mark.parametrize("line", ["3", "Dose: 3 mg", "3 of the men", "see page 3 for more", "1/2 cup"])
def test_lines_that_do_not(line: str) -> None:
    assert not is_told(line)


def test_frames() -> None:
    assert is_frame("Page ") and is_frame(" of ") and is_frame("- ") and is_frame("")
    assert not is_frame("Visit ")
