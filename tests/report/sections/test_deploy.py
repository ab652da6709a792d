"""What to put to use is told with intervals, people first, and claims no more than was measured."""

from __future__ import annotations

from typing import Any

import pytest

from attune.evaluation.results import DEPLOYABLE, Results
from attune.report.sections.deploy import Advice, advice
from tests.support.report_parts import found, read

MEANS = {"bm25": 0.5, "base": 0.55, "hybrid_base": 0.6, "finetuned": 0.57, "hybrid": 0.61}


def asked(means: dict[str, float], system: str, half: float = 0.02, **more: Any) -> dict[str, Any]:
    """A set of questions; every interval reaches as far on either side."""
    raw = found((0.8, 0.81, -0.02, 0.04), (means["base"], means["finetuned"], 0, 0), "no detectable change")
    raw["systems"] |= {name: {"hit_rate@5": 0.8, "ndcg@10": mean} for name, mean in means.items()}

    def difference(value: float) -> dict[str, float]:
        return {"difference": value, "low": value - half, "high": value + half, "p": 0.01, "detectable": 0.03} | more

    differences = {
        name: {simpler: difference(means[name] - means[simpler]) for simpler in DEPLOYABLE[:place]}
        for place, name in enumerate(DEPLOYABLE)
        if place
    }
    return raw | {"deploy": {"system": system, "measure": "ndcg@10", "differences": differences}}


def told(raw: dict[str, Any], place: int = 0) -> Advice:
    return list(advice(read(Results, raw)))[place]


def answers(one: Advice) -> list[str]:
    return [item.answer.replace("\u202f", " ") for item in one.answers]


def test_each_question_has_its_answer_with_an_interval() -> None:
    one = told(asked(MEANS, "hybrid_base"))
    assert one.line == "To put to use today: BM25 + base, by synthetic questions, which flatter BM25."
    assert [item.question for item in one.answers] == [
        "What to put to use today?",
        "Does training help alone?",
        "Does training help inside the hybrid?",
        "Does BM25 help beside the base model?",
    ]
    assert answers(one) == [
        "BM25 + base: nDCG@10 0.600. That is +0.050 (95 %: +0.030 to +0.070) against Base, the best of what is "
        "simpler. BM25 + fine-tuned measured higher, by +0.010 (95 %: −0.010 to +0.030): that could be chance, and of "
        "what these questions cannot tell apart the simplest is named.",
        "Cannot be told: Fine-tuned minus Base is +0.020 (95 %: 0.000 to +0.040) in nDCG@10; less than about 0.030 "
        "would probably go unnoticed here.",
        "Cannot be told: BM25 + fine-tuned minus BM25 + base is +0.010 (95 %: −0.010 to +0.030) in nDCG@10; less than "
        "about 0.030 would probably go unnoticed here.",
        "Yes: BM25 + base minus Base is +0.050 (95 %: +0.030 to +0.070) in nDCG@10.",
    ]
    assert "for questions of people to say." in one.mind and "borrow the words" in one.mind


def test_what_is_best_and_what_harms_is_told() -> None:
    one = told(asked(MEANS | {"finetuned": 0.4, "hybrid": 0.7}, "hybrid"))
    assert answers(one)[0].endswith("against BM25 + base, the best of what is simpler. Nothing measured higher.")
    assert answers(one)[1].startswith("No, it harms: Fine-tuned minus Base is −0.150")
    assert answers(one)[2].startswith("Yes: ")
    simplest = told(asked(MEANS | {"bm25": 0.9}, "bm25"))
    assert answers(simplest)[0] == "BM25: nDCG@10 0.900. Nothing measured higher."


@pytest.mark.parametrize(
    ("detectable", "end"), [(1.0, "in nDCG@10, and there are too few questions to show any change."), (0.0, "nDCG@10.")]
)
def test_few_questions_promise_nothing_and_the_same_answers_are_a_no(detectable: float, end: str) -> None:
    one = told(asked(dict.fromkeys(DEPLOYABLE, 0.5), "bm25", half=detectable, detectable=detectable))
    assert answers(one)[1].startswith("Cannot be told: " if detectable else "No: ") and answers(one)[1].endswith(end)


def test_people_come_first_and_show_how_far_written_questions_flatter() -> None:
    raw = asked(MEANS | {"bm25": 0.7}, "bm25") | {"human": asked(MEANS, "hybrid_base"), "general": asked(MEANS, "base")}
    first, second = advice(read(Results, raw))
    assert (first.kind, second.kind) == ("human", "synthetic")
    assert first.mind.replace("\u202f", " ").endswith(
        "there it stands +0.150 (95 %: +0.130 to +0.170) against the base model, here −0.050 (95 %: −0.070 to −0.030)."
    )
    assert second.mind.endswith("to say, above.")


def test_without_all_systems_nothing_is_advised() -> None:
    assert list(advice(read(Results, found((0.8, 0.81, 0, 0), (0.7, 0.71, 0, 0), "no detectable change")))) == []
