"""Answers, types, titles and thoughts never become queries, whatever an object calls its fields."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attune.questions.cleaning.reading.fields import are_questions, questions_of

A, B = "What is a pump?", "rotor oil interval"


@pytest.mark.parametrize(
    "value",
    [
        {"questions": [A, B]},
        {"reasoning": "I ask this", "title": "The pump", "questions": [A, B], "notes": ["on the pump"]},
        {"questions": [{"question": q, "answer": "It moves", "type": "full", "title": "The pump"} for q in (A, B)]},
        [{"type": "full", "query": q} for q in (A, B)],
        [{"type": "full", "content": q} for q in (A, B)],
        {"result": {"meta": {"title": "The pump"}, "data": {"questions": [A, B]}}},
        {"answer": {"search_queries": [A, B]}},
        {"full": [A], "keywords": [B]},
        {"questions": {"full": [A], "keywords": [B]}},
        {"question_1": A, "question_2": B, "subject": "The pump"},
        {"questions": {"1": A, "2": B}},
        {"questions": [A, B], "answers": ["It moves", "every week"]},
        {"arguments": json.dumps({"questions": [A, B]})},
        {"questions": json.dumps([A, B])},
        json.dumps({"questions": [A, B]}),
        [{"prompt": q, "completion": "It moves"} for q in (A, B)],
        {"fragen": [{"frage": q, "antwort": "Sie dreht sich"} for q in (A, B)]},
        {"questions": [{"question_text": q, "question_type": "full"} for q in (A, B)]},
        {"questions": [[q, "full"] for q in (A, B)]},
        {"Frage 1": A, "Antwort 1": "Sie dreht sich", "Frage 2": B, "Antwort 2": "jede Woche"},
    ],
)
def test_questions_are_taken_from_the_fields_that_hold_them(value: Any) -> None:
    assert questions_of(value) == [A, B] and (are_questions(value) or "full" in str(value) or "1" in value)


def test_questions_may_be_the_names_of_fields() -> None:
    assert questions_of({A: "It moves", "Where?": {"answer": "there"}}) == [A, "Where?"]
    assert questions_of({"questions": {A: "full", "Where?": "full", B: "keywords"}}) == [A, "Where?", B]


def test_two_fields_with_question_marks_are_both_kept() -> None:
    assert questions_of([{"one": A, "two": "Where?"}, {"one": "Why?", "two": "When?"}]) == [
        A,
        "Where?",
        "Why?",
        "When?",
    ]
    assert questions_of([{"full": A, "keywords": B}]) == [A, B]


@pytest.mark.parametrize(
    "value", [{}, [], {"questions": []}, {"error": "no such model"}, {"title": "The pump"}, 42, None]
)
def test_other_values_hold_none(value: Any) -> None:
    assert questions_of(value) == []


@pytest.mark.parametrize("value", [[1, 2], ["a", "b"], {"x": 1}, {"a": "b"}])
def test_values_of_code_are_no_answer(value: Any) -> None:
    assert not are_questions(value)


def test_a_value_of_any_depth_can_be_read() -> None:
    value: Any = A
    for _ in range(900):
        value = [value]
    assert questions_of(value) == []
