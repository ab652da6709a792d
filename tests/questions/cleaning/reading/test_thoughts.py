"""What a model thought, and the marks of its template, are no part of its answer."""

from __future__ import annotations

import pytest

from attune.questions.cleaning.reading.thoughts import answer, unclosed


@pytest.mark.parametrize(
    "reply",
    [
        "<think>\nIs it?\nOr not?\n</think>\nWhat is a pump?",
        '<thinking type="long">Is it?</thinking>What is a pump?',
        "<seed:think>Is it?</seed:think>What is a pump?",
        "<details>\n<summary>3 s</summary>\n> Is it?\n</details>\nWhat is a pump?",
        "Is it?\nOr not?</think>\n\nWhat is a pump?",
        "<think>one <think>two</think> three</think>What is a pump?",
        "[THINK]Is it?[/THINK]What is a pump?",
        "◁think▷Is it?◁/think▷What is a pump?",
        "<|START_THINKING|>Is it?<|END_THINKING|><|START_RESPONSE|>What is a pump?<|END_RESPONSE|>",
        "<|channel>thought\nIs it?\n<channel|>What is a pump?",
        "<|channel|>analysis<|message|>Is it?<|end|><|channel|>final<|message|>What is a pump?<|return|>",
        "<|channel|>final <|constrain|>json<|message|>What is a pump?",
        "analysisWe ask. Is it?assistantfinalWhat is a pump?",
        "<reasoning>Is it?</reasoning>\n<answer>\nWhat is a pump?\n</answer>",
        "<|im_start|>assistant\nWhat is a pump?<|im_end|>\n<|im_start|>user\nMore?",
        "What is a pump?\n<think>\nDid I ask well?",
        "<inner-monologue>Is it?</inner-monologue>What is a pump?",
        "<|think|>Is it?<|/think|>What is a pump?",
        "<draft>\nIs it?\n</draft>\nWhat is a pump?",
        "Is it?\n</chain_of_thought>What is a pump?",
    ],
)
def test_only_the_answer_is_left(reply: str) -> None:
    assert answer(reply).strip() == "What is a pump?"


@pytest.mark.parametrize(
    "reply", ["<think>\nIs it?\nOr", "<|channel|>analysis<|message|>Is it?", "<think></think>", ""]
)
def test_of_a_model_that_only_thought_nothing_is_left(reply: str) -> None:
    assert not answer(reply).strip()


@pytest.mark.parametrize(
    "line", ["What does the <think> tag do?", "Where does <|im_end|> stand?", "What is <output> in HTML?"]
)
def test_a_question_may_be_about_tags(line: str) -> None:
    assert answer(line) == line


@pytest.mark.parametrize(
    ("reply", "rest"),
    [
        ("<think>\nIs it?\n[1]", "Is it?\n[1]"),
        ("<think>a</think>\n<think>b", "b"),
        ("<think>a\n<think>b", "a\n<think>b"),
        ("<|channel|>commentary<|message|>[1]<|end|>", "[1]<|end|>"),
        ("<think>a</think>b", ""),
        ("b", ""),
    ],
)
def test_what_stands_behind_a_mark_that_was_never_closed(reply: str, rest: str) -> None:
    assert unclosed(reply).strip() == rest
