"""What is tested with, or nearly, is found; the same whatever stands beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.errors import UserError
from attune.people.queries.tested import human_texts, near

TESTED = ["How do I reset the modem?", "notice period of the lease", "error 1203", "再起動の方法"]


@pytest.mark.parametrize(
    "query",
    [
        "how do i reset the modem", "How do I reset  the modem??", "how do i rest the modem",
        "reset the modem how do i", "how do I reset the modems", "notice periods of the lease",
        "lease: notice period", "eror 1203", "再起動の方法?",
    ],
)  # fmt: skip
def test_near_ones_are_marked(query: str) -> None:
    assert near([query, "opening hours", "wifi password"], TESTED, 0.8).tolist() == [True, False, False]


@pytest.mark.parametrize(
    "query", ["modem", "lease", "how do i cancel the contract", "price of the modem", "error 1204", "!!"]
)
def test_others_are_not(query: str) -> None:
    assert near([query, "opening hours"], TESTED, 0.8).tolist() == [False, False]


def test_with_nothing_to_compare_nothing_is_marked() -> None:
    assert near([], TESTED, 0.8).tolist() == [] and near(["a"], [], 0.8).tolist() == [False]
    assert near(["a"], ["?"], 0.8).tolist() == [False]


@given(st.lists(st.sampled_from(["reset modem", "lease", "early end", "?", "a", "x y z"]), max_size=8))
def test_equal_ones_are_marked_at_any_similarity(queries: list[str]) -> None:
    marked = near(queries, ["LEASE!", "reset  modem"], 1.0)
    assert marked.tolist() == [query in ("lease", "reset modem") for query in queries]


def test_both_forms_of_people_s_questions_are_read_without_their_places(tmp_path: Path) -> None:
    (tmp_path / "questions.csv").write_text("question,file,page\nCats?,gone.pdf,7\n")
    (tmp_path / "queries.jsonl").write_text(json.dumps({"_id": "1", "text": "Dogs?"}) + "\n")
    assert human_texts(tmp_path) == ["Cats?", "Dogs?"]
    assert human_texts(tmp_path / "none") == []
    (tmp_path / "questions.csv").write_text("what,file\nCats?,gone.pdf\n")
    with pytest.raises(UserError, match="the column 'what' is unknown"):
        human_texts(tmp_path)
