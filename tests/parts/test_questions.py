"""Each question in one part, with the chunks that may be trained on or tested with, and counts of it all."""

from __future__ import annotations

import pytest

from attune.core.errors import UserError
from attune.core.records import Chunk, Question
from attune.parts.assign import PROTECTION, Part
from attune.parts.questions import answers, assign_questions, counts
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
