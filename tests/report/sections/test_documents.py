"""Documents that failed come first, then those that lost most; what is not shown is counted."""

from __future__ import annotations

from attune.report.reading.tables import Read
from attune.report.sections.documents import MOST, documents
from tests.support.report_parts import CHUNKS


def test_documents_that_want_a_look() -> None:
    rows = [
        Read("fine.md", 1.0, "", ""),
        Read("some.html", 0.9, "a warning", ""),
        Read("most.html", 0.2, "another", ""),
        Read("locked.pdf", 1.0, "", "encrypted"),
    ]
    shown = documents(CHUNKS, rows)
    assert [(row.name, row.why) for row in shown.told] == [
        ("locked.pdf", "encrypted"),
        ("most.html", "another"),
        ("some.html", "a warning"),
    ]
    assert [row.kept for row in shown.told] == ["", "20.0\u202f%", "90.0\u202f%"]
    assert shown.sentences == [
        "98.0\u202f% of the letters and digits are in chunks.",
        "Left out: boilerplate 2.0\u202f%.",
    ]
    assert shown.more == ""


def test_a_long_list_is_cut_and_counted() -> None:
    shown = documents(CHUNKS, [Read(f"{number}.pdf", 1.0, "", "empty file") for number in range(MOST + 2)])
    assert len(shown.told) == MOST
    assert shown.more == "and 2 more documents"


def test_nothing_is_said_of_documents_without_letters() -> None:
    none = CHUNKS.model_copy(update={"characters": 0, "characters_in_chunks": 0, "characters_left_out": {}})
    assert documents(none, []).sentences == []
