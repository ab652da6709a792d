"""What users are told of a file."""

from __future__ import annotations

import pytest

from attune.documents.pdf import said


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        ([3], "page 3 holds "),
        ([2, 3], "pages 2, 3 hold "),
        ([2, 3, 4], "pages 2 to 4 hold "),
        ([2, 3, 4, 9], "pages 2 to 4 and 9 hold "),
        ([1, 3, 5, 6, 7], "pages 1, 3 and 5 to 7 hold "),
        (list(range(1, 40, 2)), "pages 1, 3, 5, 7, 9 and 15 more places hold "),
    ],
)
def test_pages(pages: list[int], words: str) -> None:
    assert said.without_text(pages).startswith(words)
    assert said.garbled(pages).startswith(words)


def test_nothing_is_said_where_nothing_is_wrong() -> None:
    assert not said.without_text([]) and not said.garbled([]) and not said.files([], 0)


def test_files() -> None:
    assert "2 files not read here (a.pdf, b.txt)" in said.files(["a.pdf", "b.txt"], 0)
    assert "1 file not read here (pinned to its pages)" in said.files([], 1)
    assert "(1, 2, 3, 4, 5, ...)" in said.files([str(n) for n in range(1, 9)], 0)
