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


def adapted(way: float, low: float) -> dict[str, Any]:
    """A run with a model that has a map."""
    raw = asked(MEANS, "hybrid_base") | {"general": asked(MEANS, "base")}
    gain = {"difference": 0.02, "low": low, "high": 0.04, "p": 0.03, "detectable": 0.03}
    gains = {"ndcg@10": gain}
    raw["adapter_gains"] = {"m+adapter": gains, "hybrid_m+adapter": gains}
    raw["general"]["adapter_gains"] = {"m+adapter": {"ndcg@10": gain | {"difference": -0.001, "low": -0.01}}}
    about: dict[str, Any] = {
        "way": way,
        "questions": 90,
        "left_out": 0,
        "refused": 0,
        "dev_questions": 40,
        "dev_clusters": 8,
    }
    about |= {"guards": ["dev", "general"], "stopped_by": None if way else "dev", "file": None}
    about |= {"ndcg_by_way": {"0": 0.5, "0.25": 0.53}, "luck_by_way": {"0.25": 0.02 if way else 0.4}}
    return raw | {"adapters": {"m": about}}


def test_a_map_is_told_alone_beside_bm25_elsewhere_and_how_it_was_chosen() -> None:
    asked_of = told(adapted(0.25, 0.01)).answers[-1]
    assert asked_of.question == "Does an adapter help m?"
    assert asked_of.answer.replace("\u202f", " ") == (
        "Yes: m with adapter minus m is +0.020 (95 %: +0.010 to +0.040) in nDCG@10. "
        "Yes: BM25 + m with adapter minus BM25 + m is +0.020 (95 %: +0.010 to +0.040) in nDCG@10. "
        "On general questions it changes −0.001 (95 %: −0.010 to +0.040). "
        "25.0% of the way from the identity is taken, +0.030 of nDCG@10 by 40 dev questions of 8 documents or chunks."
    )
    assert told(adapted(0.25, -0.01)).answers[-1].answer.startswith("Cannot be told: ")


def test_a_map_of_which_nothing_is_taken_says_so_and_no_more() -> None:
    answer = told(adapted(0.0, 0.0)).answers[-1].answer
    assert answer.startswith("Nothing of it is taken, so both rows are the same: the best way gains +0.030")
