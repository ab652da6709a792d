"""What is told of a training: what is kept, why, and what guards it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attune.choice.interpolation import Choice
from attune.training.best_epoch import Epoch
from attune.training.dev import HIT_RATE, NDCG
from attune.training.outcome import Trained

EPOCHS = [Epoch(number, {HIT_RATE: 0.5, NDCG: 0.4}, [0.3, 0.5]) for number in (0, 1)]
VALUES = {0.0: np.array([0.3, 0.5]), 1.0: np.array([0.4, 0.6])}


def trained(choice: Choice, curve: list[Epoch], guards: tuple[str, ...], passages: Any = None) -> Trained:
    model: Any = None
    return Trained(model, passages, "ba5e", 5, 6, [], curve, 1, 1, choice, guards, 2)


@pytest.mark.parametrize(
    ("weight", "luck", "guards", "told"),
    [
        (1.0, 0.01, ("dev", "general"), "kept: epoch 1, and 100% of the way"),
        (0.0, 0.3, ("dev",), "by more than luck"),
        (0.0, 0.01, ("dev", "general"), "does worse on general questions"),
    ],
)
def test_with_dev_questions(weight: float, luck: float, guards: tuple[str, ...], told: str) -> None:
    done = trained(Choice(weight, VALUES, {1.0: luck}), EPOCHS, guards)
    first, *more = done.told
    assert told in first and not any("warning" in line for line in more)
    assert bool(more) == (weight == 0)
    if more:
        assert (
            f"ndcg@10 by +0.100 on 2 dev questions of 2 documents or chunks: luck alone gives that in {luck:.0%}"
            in more[0]
        )
    assert done.metrics["dev"]["luck_by_weight"] == {"1": luck} and done.metrics["guards"] == list(guards)
    assert done.metrics["dev"]["ndcg@10_by_weight"] == {"0": 0.4, "1": 0.5} and done.metrics["dev"]["clusters"] == 2


@pytest.mark.parametrize(
    ("weight", "guards", "told"),
    [
        (1.0, (), ["kept: epoch 1, and 100% of the way", "nothing guards it but the verdict"]),
        (0.5, ("general",), ["kept: epoch 1, and 50% of the way", "general questions alone guard it"]),
        (
            0.0,
            ("general",),
            ["all that was trained does worse on general questions", "general questions alone guard it"],
        ),
    ],
)
def test_without_dev_questions_it_is_said_what_guards(weight: float, guards: tuple[str, ...], told: list[str]) -> None:
    done = trained(Choice(weight), [], guards)
    lines = list(done.told)
    assert all(part in line for part, line in zip(told, lines, strict=True)) and lines[1].startswith("warning: ")
    assert done.metrics == {"epoch": 1, "weight": weight, "guards": list(guards)}


@pytest.mark.parametrize(
    ("epochs", "ways", "clusters", "weight", "warned"),
    [
        (10, 4, 3, 0.5, True),
        (3, 2, 3, 0.5, False),
        (10, 4, 10, 0.5, False),
        (10, 4, 3, 0.0, False),
        (7, 1, 9, 1.0, True),
    ],
)
def test_much_that_was_tried_on_few_documents_is_a_warning(
    epochs: int, ways: int, clusters: int, weight: float, warned: bool
) -> None:
    curve = [Epoch(number, {HIT_RATE: 0.5, NDCG: 0.4}, [0.3, 0.5]) for number in range(epochs + 1)]
    values = {(place + 1) / ways: np.array([0.4, 0.6]) for place in range(ways)}
    choice = Choice(weight, {0.0: np.array([0.3, 0.5]), **values}, dict.fromkeys(values, 0.05))
    done = replace(trained(choice, curve, ("dev",)), dev_clusters=clusters)
    lines = [line for line in done.told if line.startswith("warning: ")]
    assert bool(lines) == warned
    if lines:
        assert f"{epochs * ways} models were tried on dev questions of {clusters} documents" in lines[0]
        assert "15 of 100 such cases, not in 10;" in lines[0]


def test_where_questions_alone_were_trained_it_is_said_which_index_stays() -> None:
    done = trained(Choice(1.0, VALUES, {1.0: 0.01}), EPOCHS, ("dev",), passages=object())
    assert list(done.told)[1] == "passages keep the vectors of the base model: an index of ba5e stays as it is"
