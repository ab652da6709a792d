"""What to put to use is the simplest system that none beats beyond chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from attune.evaluation.deploy import choose, deployable
from attune.evaluation.results import DEPLOYABLE
from attune.statistics.difference import compare

Table = dict[str, dict[str, NDArray[np.float64]]]


def table(means: dict[str, float], count: int = 60, noise: float = 0.1, seed: int = 0) -> Table:
    """Values around a mean for each system, on questions that are as hard for all."""
    random = np.random.default_rng(seed)
    hard = random.normal(0, 0.2, count)
    return {
        system: {"ndcg@10": np.clip(means[system] + hard + random.normal(0, noise, count), 0, 1)}
        for system in DEPLOYABLE
    }


LABELS = [f"d{number % 12}" for number in range(60)]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([0.5, 0.52, 0.55, 0.6]), min_size=5, max_size=5), st.integers(0, 1000))
def test_nothing_beats_it_and_something_beats_whatever_is_simpler(means: list[float], seed: int) -> None:
    values = table(dict(zip(DEPLOYABLE, means, strict=True)), seed=seed)
    found = choose(values, LABELS)

    def beaten(system: str) -> bool:
        of = values[system]["ndcg@10"]
        return any(compare(values[other]["ndcg@10"], of, LABELS).low > 0 for other in DEPLOYABLE if other != system)

    assert not beaten(found.system)
    place = DEPLOYABLE.index(found.system)
    assert all(beaten(simpler) for simpler in DEPLOYABLE[:place])
    highest = max(DEPLOYABLE, key=lambda system: values[system]["ndcg@10"].mean())
    assert DEPLOYABLE.index(highest) >= place  # what measured highest is never simpler


def test_every_system_is_compared_with_every_simpler_one() -> None:
    values = table(dict.fromkeys(DEPLOYABLE, 0.5))
    found = choose(values, LABELS)
    assert {system: tuple(simpler) for system, simpler in found.differences.items()} == {
        system: DEPLOYABLE[:place] for place, system in enumerate(DEPLOYABLE) if place
    }
    for system, simpler in found.differences.items():
        for other, difference in simpler.items():
            assert difference == compare(values[system]["ndcg@10"], values[other]["ndcg@10"], LABELS)


@pytest.mark.parametrize("best", DEPLOYABLE)
def test_what_is_clearly_best_is_chosen(best: str) -> None:
    assert choose(table({system: 0.7 if system == best else 0.5 for system in DEPLOYABLE}), LABELS).system == best


def test_equals_are_settled_by_what_is_simpler() -> None:
    same = {system: {"ndcg@10": np.linspace(0, 1, 60)} for system in DEPLOYABLE}
    assert choose(same, LABELS).system == "bm25"
    without = table({"bm25": 0.3, "base": 0.5, "hybrid_base": 0.6, "finetuned": 0.55, "hybrid": 0.6})
    assert (
        choose(without, LABELS).system == "hybrid_base"
    )  # as good as the hybrid with the trained model, and untrained


def test_one_question_or_one_document_tells_nothing_so_the_simplest_is_named() -> None:
    values = {system: {"ndcg@10": np.array([place / 4])} for place, system in enumerate(DEPLOYABLE)}
    assert choose(values, ["d"]).system == "bm25"


def test_of_equal_systems_the_simplest_is_named_about_nine_times_in_ten() -> None:
    random, count, documents = np.random.default_rng(0), 300, 20
    labels = [str(number % documents) for number in range(200)]
    chosen = []
    for _ in range(count):
        shared = random.normal(0, 1.3, 200) + random.normal(0, 0.4, documents)[np.arange(200) % documents]
        values = {}
        for system in DEPLOYABLE:
            luck = random.normal(0, 0.9, 200) + random.normal(0, 0.2, documents)[np.arange(200) % documents]
            ranks = 1 + np.exp(0.35 + shared + luck).astype(int)
            values[system] = {"ndcg@10": np.where(ranks <= 10, 1 / np.log2(ranks + 1), 0.0)}
        chosen.append(choose(values, labels).system)
    assert 0.85 < chosen.count("bm25") / count < 0.97


def test_a_model_with_a_map_stands_after_the_same_without_and_before_what_was_trained() -> None:
    asked = [*DEPLOYABLE, "hybrid_m+adapter", "m", "m+adapter", "hybrid_m", "x", "hybrid_x", "hybrid_base+adapter"]
    assert deployable([*asked, "base+adapter"]) == [
        *("bm25", "base", "hybrid_base", "base+adapter", "hybrid_base+adapter"),
        *("m", "hybrid_m", "m+adapter", "hybrid_m+adapter", "finetuned", "hybrid"),
    ]
    assert tuple(deployable(asked[:5])) == DEPLOYABLE
    same = {system: {"ndcg@10": np.linspace(0, 0.9, 60)} for system in asked[:9]}
    assert choose(same, LABELS).system == "bm25"
    better = {"ndcg@10": np.linspace(0.1, 1, 60) + np.tile([-0.01, 0.01], 30) * 0.9}
    better["ndcg@10"] = np.clip(better["ndcg@10"], 0, 1)
    assert choose(same | {"m+adapter": better, "finetuned": better, "hybrid": better}, LABELS).system == "m+adapter"
