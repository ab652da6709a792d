"""Two commits are compared on what they have in common, and on nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from attune.core.errors import UserError
from attune.evaluation.judging import assess
from attune.evaluation.results import COMPARED
from attune.search.judged import JudgedQuestions
from scripts.compare import common, report


def test_only_questions_with_the_same_answers_are_common() -> None:
    first = JudgedQuestions(["a", "b", "c"], ["A?", "B?", "C?"], [["1"], ["2", "3"], ["4"]])
    second = JudgedQuestions(["b", "c", "d"], ["B?", "C?", "D?"], [["3", "2"], ["5"], ["6"]])
    assert common(first, second) == JudgedQuestions(["b"], ["B?"], [["3", "2"]])


def test_nothing_in_common_is_said() -> None:
    with pytest.raises(UserError, match="no question in common"):
        common(JudgedQuestions(["a"], ["A?"], [["1"]]), JudgedQuestions(["b"], ["B?"], [["1"]]))


@pytest.mark.parametrize(("gain", "word"), [(0.2, "better"), (0.0, "no detectable change"), (-0.2, "worse")])
def test_the_second_is_judged_against_the_first(gain: float, word: str) -> None:
    values = np.tile([0.3, 0.5, 0.4, 0.6], 30)
    labels = [f"d{number % 12}" for number in range(120)]
    noise = np.tile([0.05, -0.05, 0.02, -0.02, 0.0], 24)
    tables = {"base": dict.fromkeys(COMPARED, values), "finetuned": dict.fromkeys(COMPARED, values + gain + noise)}
    text = report(("main", "this folder"), assess(tables, labels, "document"))
    assert text.endswith(f"this folder against main, by ndcg@10: {word}")
    assert f"{gain:+.3f}" in text.replace("-0.000", "+0.000")
