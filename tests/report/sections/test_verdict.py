"""The verdict is told in plain words, which claim no more than was measured."""

from __future__ import annotations

from typing import Any

import pytest

from attune.evaluation.results import SetResults
from attune.report.reading.inputs import SplitCounts
from attune.report.sections.verdict import SetKind, state
from tests.support.report_parts import CHUNKS, found, read

SPLIT = SplitCounts(documents={"train": 19, "dev": 4, "test": 5, "gap": 0}, questions={"test": 145})
SHARED = SplitCounts(documents={"train": 28, "dev": 4, "test": 5, "gap": 0}, questions={"test": 145})


def told(kind: SetKind, raw: dict[str, Any], split: SplitCounts = SPLIT) -> list[str]:
    return [text.replace("\u202f", " ") for text in state(kind, read(SetResults, raw), split, CHUNKS).sentences]


def test_a_gain_is_told_in_plain_words() -> None:
    raw = found((0.82069, 0.910345, 0.031, 0.147), (0.733413, 0.808735, 0.04, 0.11), "better")
    assert told("synthetic", raw) == [
        "On 800 questions about documents that it never saw, the fine-tuned model finds the right chunk among the "
        "first 5 in 91.0 % (base model: 82.1 %).",
        "The difference of +9.0 points (95 %: +3.1 to +14.7) is a gain beyond chance.",
        "Whoever searches like this finds the answer higher up with the fine-tuned model.",
        "The verdict rests on nDCG@10, which also counts how high the chunk stands: 0.733 before, 0.809 after, +0.075 "
        "(95 %: +0.040 to +0.110; p = 0.003).",
    ]


def test_no_change_tells_what_would_have_been_noticed() -> None:
    raw = found((0.8, 0.81, -0.03, 0.05), (0.7, 0.71, -0.02, 0.04), "no detectable change")
    sentences = told("human", raw)
    assert sentences[0].startswith("On 800 questions that people asked, the fine-tuned")
    assert sentences[1].endswith("(95 %: −3.0 to +5.0) could be chance: the interval holds zero.")
    assert sentences[2].endswith("a change of less than about 6.1 points would probably go unnoticed here.")


def test_a_loss_says_to_keep_the_base_model() -> None:
    raw = found((0.8, 0.7, -0.14, -0.06), (0.7, 0.6, -0.12, -0.08), "worse")
    sentences = told("synthetic", raw, SHARED)
    assert "about parts of the documents that it never saw" in sentences[0]
    assert sentences[1:3] == [
        "The difference of −10.0 points (95 %: −14.0 to −6.0) is a loss beyond chance.",
        "Whoever searches like this is better served by the base model: do not replace it.",
    ]
    general = told("general", raw | {"neighbours_kept": 0.62})
    assert general[2].startswith("The model has lost some of what it knew beyond the documents")
    assert general[2].endswith("62.0 % are the same as before.")


@pytest.mark.parametrize(
    ("word", "hit", "said"),
    [
        ("better", (0.8, 0.82, -0.01, 0.05), "alone could be chance."),
        (
            "no detectable change",
            (0.8, 0.82, 0.01, 0.03),
            "a gain beyond chance, but the measure that decides shows none.",
        ),
        (
            "no detectable change",
            (0.8, 0.78, -0.03, -0.01),
            "loss beyond chance, but the measure that decides shows none.",
        ),
    ],
)
def test_a_verdict_that_another_measure_decides_is_not_contradicted(
    word: str, hit: tuple[float, ...], said: str
) -> None:
    assert told("synthetic", found(hit, (0.7, 0.72, 0.01, 0.03), word))[1].endswith(said)


def test_too_few_questions_promise_nothing() -> None:
    raw = found((0.8, 0.81, -1.0, 1.0), (0.7, 0.71, -1.0, 1.0), "no detectable change")
    raw["verdict"]["against"]["base"]["hit_rate@5"]["detectable"] = 1.0
    assert told("human", raw)[2].endswith("equal: there are too few to show any change.")
