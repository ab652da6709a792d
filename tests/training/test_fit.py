"""Training without dev questions: the ways and the general questions still count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from attune.choice.interpolation import snapshot
from attune.core.params import BaseModelParams, RuntimeParams, load_params
from attune.core.records import Chunk
from attune.models.load import load_folder
from attune.search.judged import JudgedQuestions
from attune.training import fit as fitting
from attune.training.dev import NDCG, DevSet
from attune.training.fit import fit
from attune.training.outcome import Trained
from tests.conftest import ROOT
from tests.support.training import examples, knobs

NO_DEV = DevSet(JudgedQuestions([], [], []), [])


DEV = DevSet(
    JudgedQuestions(["d0", "d1"], ["What colour has fan 1?", "Which number is the oven?"], [["c01"], ["c02"]]),
    [Chunk(name, "", text, {}) for name, text in examples().passages.items()],
)


def fitted(model: Path, general: str | None, dev: DevSet = NO_DEV, **changes: Any) -> Trained:
    base = BaseModelParams(name=str(model), revision=None, max_tokens=None)
    runtime = load_params("runtime", RuntimeParams, ROOT / "params.yaml")
    params: Any = knobs(epochs=1, **changes)
    trained = fit(base, examples(), dev, params, runtime, general)
    assert trained is not None
    return trained


@pytest.mark.slow
@pytest.mark.parametrize(("ways", "weight"), [([0.5], 0.5), ([0.5, 1.0], 1.0), ([0.0], 0.0)])
def test_no_way_is_longer_than_asked_for(project: Path, tiny_model: Path, ways: list[float], weight: float) -> None:
    trained = fitted(tiny_model, None, interpolate=ways)
    assert trained.weight == weight and trained.guards == () and trained.best == trained.epochs == 1
    start, found = snapshot(load_folder(tiny_model)), trained.model.state_dict()
    assert all(torch.equal(start[name], found[name]) for name in start) == (weight == 0)


@pytest.mark.slow
@pytest.mark.parametrize("harmless", [0, 1, 2])
def test_general_questions_are_obeyed(
    project: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, harmless: int
) -> None:
    """The first ways that are tried do harm, from the longest on."""
    answers = iter([*[False] * harmless, True])
    monkeypatch.setattr(fitting, "keeps_general", lambda *_: lambda model: next(answers))
    trained = fitted(tiny_model, "a set", interpolate=[0.5, 1.0])
    assert trained.weight == [1.0, 0.5, 0.0][harmless] and trained.guards == ("general",)


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{}, {"max_tokens": 6}, {"lora_rank": 2, "learning_rate": 0.01}], ids=str)
def test_what_the_dev_questions_say_is_said_of_the_model_that_is_kept(
    project: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    """Also where it is not measured once more, since an epoch's measure is that of the whole way."""
    monkeypatch.setattr(fitting, "luck_of", lambda *_: lambda values: dict.fromkeys(values, 0.0))
    trained = fitted(tiny_model, None, DEV, **({"max_tokens": None, "interpolate": [1.0]} | changes))
    assert trained.weight == 1.0
    assert trained.choice.values[1.0].tolist() == DEV.measure(trained.model, 8)[NDCG].tolist()
