"""Documents are found by the names that people give them."""

from __future__ import annotations

import pytest

from attune.people.places.document_names import DocumentNames, NotFound


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("x/report.pdf", "x/report.pdf"),
        ("REPORT.pdf", "REPORT.pdf"),
        ("x\\Report.PDF", "x/report.pdf"),
        ("/home/me/data/documents/x/report.pdf", "x/report.pdf"),
        ("./y/notes.md", "y/notes.md"),
        ("notes.md", "y/notes.md"),
        ("Twin.md", "Twin.md"),
        ("cafe\u0301.txt", "café.txt"),
    ],
)
def test_document_by_any_of_its_names(name: str, path: str) -> None:
    paths = ["x/report.pdf", "REPORT.pdf", "y/notes.md", "café.txt", "z/same.md", "w/same.md", "twin.md", "Twin.md"]
    assert DocumentNames(paths).resolve(name) == path


def test_document_that_is_not_there_or_not_told_apart() -> None:
    names = DocumentNames(["x/annual-report.pdf", "z/same.md", "w/same.md"])
    with pytest.raises(
        NotFound, match=r"no document 'anual_report\.pdf' has chunks; did you mean 'x/annual-report\.pdf'"
    ):
        names.resolve("anual_report.pdf")
    with pytest.raises(NotFound, match=r"no document 'report\.pdf' has chunks; did you mean"):
        names.resolve("report.pdf")
    with pytest.raises(NotFound, match=r"no document 'q' has chunks$"):
        names.resolve("q")
    with pytest.raises(NotFound, match=r"2 documents are called 'same\.md': w/same\.md, z/same\.md; give the path"):
        names.resolve("same.md")
