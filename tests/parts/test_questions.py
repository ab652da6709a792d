"""Each question in one part, with the chunks that may be trained on or tested with, and counts of it all."""

from __future__ import annotations

import pytest

from attune.core.errors import UserError
from attune.core.records import Chunk, Question
from attune.parts.assign import PROTECTION, Part
from attune.parts.questions import answers, assign_questions, counts, keep_untested
from tests.support.chunks import placed


def test_question_goes_where_its_chunk_is_and_to_the_most_protected_of_several() -> None:
    questions = [Question("1", "?", {"chunks": ["a"]}), Question("2", "?", {"chunks": ["a", "b"]})]
    assert assign_questions(questions, {"a": "train", "b": "test"}) == {"1": "train", "2": "test"}


@pytest.mark.parametrize("kind", ["title", "heading", "caption"])
@pytest.mark.parametrize("part", PROTECTION)
def test_headings_are_trained_on_and_never_tested_with(kind: str, part: Part) -> None:
    heading, question = (Question(name, "?", {"chunks": ["a"], "kind": name}) for name in (kind, "keywords"))
    assigned = assign_questions([heading, question], {"a": part})
    assert assigned == {kind: "train" if part == "train" else "gap", "keywords": part}


@pytest.mark.parametrize(
    ("kind", "found", "part"),
    [
        ("asked", ["train"], "train"), ("asked", ["dev"], "dev"), ("asked", ["test"], "gap"), ("asked", ["gap"], "gap"),
        ("asked", ["train", "test"], "train"), ("asked", ["dev", "train"], "train"), ("asked", ["dev", "test"], "gap"),
        ("guessed", ["train"], "train"), ("guessed", ["dev"], "gap"), ("guessed", ["train", "dev"], "train"),
    ],
)  # fmt: skip
def test_what_people_typed_is_never_tested_with(kind: str, found: list[Part], part: Part) -> None:
    parts = {f"c{number}": one for number, one in enumerate(found)}
    question = Question("q", "What?", {"chunks": list(parts), "kind": kind})
    asked = assign_questions([question], parts)
    assert asked == {"q": part}
    trained = [chunk for _, chunk in answers([question], asked, parts, "train")]
    assert trained == ([chunk for chunk, one in parts.items() if one == "train"] if part == "train" else [])


def test_what_is_nearly_tested_with_goes_into_the_gap_and_is_counted() -> None:
    kinds = {"a": "asked", "b": "guessed", "c": "asked", "w": "full", "t": "full"}
    questions = [Question(name, f"text {name}", {"chunks": ["c"], "kind": kind}) for name, kind in kinds.items()]
    asked: dict[str, Part] = {"a": "train", "b": "train", "c": "dev", "w": "train", "t": "test"}
    seen: list[list[str]] = []

    def near(typed: list[str], tests: list[str]) -> list[bool]:
        seen.extend([typed, tests])
        return [text == "text a" for text in typed]

    parts, counts = keep_untested(questions, asked, near)
    assert seen == [["text a", "text b", "text c"], ["text t"]]
    assert parts == {**asked, "a": "gap"}
    assert counts == {"train": 1, "dev": 1, "gap": 0, "tested": 1}


def test_without_queries_of_people_nothing_is_compared() -> None:
    def near(typed: list[str], tests: list[str]) -> list[bool]:
        raise AssertionError("nothing is to be compared")

    asked: dict[str, Part] = {"w": "train"}
    assert keep_untested([Question("w", "What?", {"chunks": ["c"], "kind": "full"})], asked, near) == (asked, {})


def test_question_about_an_unknown_chunk_is_named() -> None:
    with pytest.raises(UserError, match="question 1 names the unknown chunk gone"):
        assign_questions([Question("1", "?", {"chunks": ["gone"]})], {"a": "train"})


def test_question_that_names_no_chunk_is_named() -> None:
    with pytest.raises(UserError, match="question 1 names no chunk"):
        assign_questions([Question("1", "?")], {"a": "train"})


@pytest.mark.parametrize(
    ("others", "part", "chunks"),
    [
        (["train"], "train", ["a0", "a1"]),
        (["gap"], "train", ["a0"]),  # what is in the gap is not trained on
        (["gap", "dev"], "gap", []),  # nor measured while training
        (["dev"], "gap", []),
        (["test", "gap"], "test", ["a0", "a1", "a2"]),  # the test counts every right answer
    ],
)
def test_question_with_chunks_in_several_parts(others: list[Part], part: Part, chunks: list[str]) -> None:
    parts: dict[str, Part] = {f"a{number}": each for number, each in enumerate(["train", *others])}
    questions = [Question("q", "?", {"chunks": list(parts)})]
    asked = assign_questions(questions, parts)
    assert asked == {"q": part}
    written = [chunk for each in ("train", "dev", "test") for _, chunk in answers(questions, asked, parts, each)]
    assert written == chunks


def test_what_was_moved_is_counted() -> None:
    chunks = [placed("a", "x", 0, 9), placed("b", "y", 0, 9), placed("c", "y", 5, 12), Chunk("d", "", "d")]
    divided: dict[str, Part] = {"a": "test", "b": "train", "c": "train", "d": "train"}
    together: dict[str, Part] = divided | {"b": "test"}
    parts: dict[str, Part] = together | {"c": "gap"}
    found = counts(chunks, divided, together, parts, {"q": "test"})
    assert found["chunks"] == {"train": 1, "dev": 0, "test": 2, "gap": 1}
    assert found["questions"] == {"train": 0, "dev": 0, "test": 1, "gap": 0}
    assert [found[name] for name in ("near_duplicates_moved", "overlapping_left_out", "chunks_without_place")] == [
        1
    ] * 3
