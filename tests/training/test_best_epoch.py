"""The weights that did best on the dev questions are those that are taken, after an interruption too."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers.sentence_transformer.modules import Dense

from attune.models.load import load_folder
from attune.search.measures import Values
from attune.training.best_epoch import BestEpoch
from attune.training.dev import HIT_RATE, NDCG


class Course:
    """A training whose weights tell the epoch, and dev questions with scripted answers."""

    asked = ("What?",)

    def __init__(
        self, model_folder: Path, folder: Path, ndcg: list[float], patience: int | None = None, best: bool = True
    ) -> None:
        self.model = load_folder(model_folder)
        self.state = SimpleNamespace(max_steps=9, global_step=0, epoch=0, log_history=[])
        self.control = SimpleNamespace(should_training_stop=False)
        self._ndcg, self._arguments = ndcg, (folder, best, patience)
        self.start()

    def start(self) -> None:
        self.best = BestEpoch(self.model, self, 4, *self._arguments)  # type: ignore[arg-type]
        self.best.on_train_begin(None, self.state, self.control)

    def measure(self, model: Any, batch_size: int) -> dict[str, Values]:
        return {NDCG: self._ndcg[self.state.epoch - 1] + np.array([-0.1, 0.1]), HIT_RATE: np.array([0.0])}

    def epoch(self) -> None:
        self.state.epoch += 1
        with torch.no_grad():
            next(self.model.parameters()).fill_(float(self.state.epoch))
        self.best.on_epoch_end(None, self.state, self.control)

    def take(self) -> tuple[int, float]:
        """The epoch that is taken, and the one that the weights are of."""
        self.best.on_train_end(None, self.state, self.control)
        return self.best.take(), next(self.model.parameters()).flatten()[0].item()


@pytest.mark.parametrize("interrupted", [False, True])
@pytest.mark.parametrize(("ndcg", "best"), [([0.1, 0.3, 0.2], 2), ([0.3, 0.2, 0.1], 1), ([0.2, 0.3, 0.3], 2)])
def test_the_best_epoch_is_taken_and_the_earlier_of_equals(
    tiny_model: Path, tmp_path: Path, ndcg: list[float], best: int, interrupted: bool
) -> None:
    course = Course(tiny_model, tmp_path, ndcg)
    for number in range(3):
        if interrupted and number == 2:
            course.start()
        course.epoch()
    assert course.take() == (best, best)
    assert [epoch.number for epoch in course.best.measured] == [1, 2, 3]
    assert [epoch.means[NDCG] for epoch in course.best.measured] == ndcg
    assert [epoch.ndcg for epoch in course.best.measured] == [[value - 0.1, value + 0.1] for value in ndcg]


@pytest.mark.parametrize("interrupted", [False, True])
def test_the_last_epoch_is_kept_where_that_is_asked_for(tiny_model: Path, tmp_path: Path, interrupted: bool) -> None:
    course = Course(tiny_model, tmp_path, [0.3, 0.2, 0.1], best=False)
    for number in range(3):
        if interrupted and number == 2:
            course.start()
        course.epoch()
    assert course.take() == (3, 3)
    assert [epoch.number for epoch in course.best.measured] == [1, 2, 3]
    assert [epoch.number for epoch in course.best.candidates] == [3]  # nothing was chosen among epochs


def test_every_module_goes_back_to_the_best_epoch(tiny_model: Path, tmp_path: Path) -> None:
    course = Course(tiny_model, tmp_path, [0.3, 0.2])
    course.model.append(Dense(32, 16))
    course.start()
    kept = []
    for number in (1.0, 2.0):
        with torch.no_grad():
            for weights in course.model[-1].parameters():
                weights.fill_(number)
        course.epoch()
        kept.append({name: tensor.clone() for name, tensor in course.model.state_dict().items()})
    course.take()
    found = course.model.state_dict()
    assert all(torch.equal(found[name], tensor) for name, tensor in kept[0].items())
    assert any(not torch.equal(found[name], tensor) for name, tensor in kept[1].items())


def test_patience_ends_the_training(tiny_model: Path, tmp_path: Path) -> None:
    course, stops = Course(tiny_model, tmp_path, [0.1, 0.3, 0.2, 0.2], patience=2), []
    for _ in range(4):
        course.epoch()
        stops.append(course.control.should_training_stop)
    assert stops == [False, False, False, True]


def test_without_dev_questions_the_last_epoch_is_taken(tiny_model: Path, tmp_path: Path) -> None:
    course = Course(tiny_model, tmp_path, [], patience=1)
    course.asked = ()  # type: ignore[assignment]
    for _ in range(3):
        course.epoch()
    assert course.take() == (3, 3) and course.best.measured == []
    assert not course.control.should_training_stop
