"""The training questions joined with their chunks, and what is wrong with files that do not belong together."""

from __future__ import annotations

import pytest

from attune.core.errors import UserError
from attune.core.records import Chunk, Question
from attune.training.data.training_set import TrainingSet, training_set
from tests.support.training import training_set_of


def test_a_chunk_is_trained_without_the_headings_that_are_asked_of_it() -> None:
    text = "Changing the filter\nTurn the pump off first."
    chunks = [
        Chunk("a", "Pump", text, {"document": "a", "title": "Pump", "start": 0, "end": 44}),
        Chunk("b", "Pump", text + " And on.", {"document": "a", "title": "Pump", "start": 30, "end": 60}),
    ]
    questions = [
        Question("1", "Changing the filter", {"chunks": ["a"], "kind": "heading"}),
        Question("2", "Pump", {"chunks": ["a"], "kind": "title"}),
        Question("3", "When is the pump off?", {"chunks": ["a"], "kind": "full"}),
        Question("4", "When is the pump on?", {"chunks": ["b"], "kind": "full"}),
    ]
    data = training_set(chunks, questions, {q.id: q.metadata["chunks"] for q in questions}, [0, 1])
    assert data.passages["a"] == "Turn the pump off first."
    assert data.passages["b"] == "Pump " + text + " And on."
    assert data.relevant["Changing the filter"] == data.relevant["When is the pump off?"] == ("a",)
    assert data.neighbours["a"] == {"b"} and data.neighbours["b"] == {"a"}


def test_questions_of_the_same_text_are_one_question() -> None:
    data = training_set_of({"1": ["a"], "2": ["b"], "3": ["c"]}, texts={"1": "Who?", "2": "Who?", "3": "Why?"})
    assert data.relevant == {"Who?": ("a", "b"), "Why?": ("c",)}


def test_qrels_of_another_run_are_named() -> None:
    with pytest.raises(UserError, match="run `dvc repro`"):
        training_set([Chunk("c", "", "text", {"title": ""})], [Question("q", "What?")], {"q": ["gone"]}, [0])


@pytest.mark.parametrize("relevant", [{"q": ["nowhere"]}, {"q": ["a", "nowhere"]}])
def test_unknown_chunks_are_named(relevant: dict[str, list[str]]) -> None:
    with pytest.raises(UserError, match=r"question q .*run `dvc repro`"):
        training_set_of(relevant)


def test_unknown_questions_are_named() -> None:
    with pytest.raises(UserError, match=r"question q .*run `dvc repro`"):
        TrainingSet.build([Chunk("a", "", "text", {})], {}, {"q": ["a"]}, [0], [])
