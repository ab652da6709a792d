"""What a training has to pass: a gain that is more than luck, and no harm to general knowledge."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from attune.choice import guards
from attune.choice.guards import keeps_general, luck_of
from attune.choice.interpolation import LUCK
from attune.models.load import load_folder
from attune.search.measures import Values
from attune.statistics.difference import compare
from attune.statistics.mean import Labels
from benchmarks.choice import trainings
from benchmarks.simulated import Scenario
from tests.conftest import ROOT

CLUSTERS = np.repeat(np.arange(8), 4)
BASE = np.array([0.2, 0.9, 0.4, 0.6, 0.1, 0.8, 0.3, 0.5] * 4)
NOISE = np.array([0.1, -0.1] * 16)


def luck(way: Values, epochs: list[Values] | None = None, clusters: Labels = CLUSTERS) -> float:
    return luck_of(epochs or [way], clusters)({0.0: BASE, 1.0: way})[1.0]


def test_noise_is_no_gain() -> None:
    assert luck(BASE) == 1
    assert luck(BASE + NOISE) > LUCK
    assert luck(BASE - 0.1 + NOISE / 10 * np.arange(32) / 32) > 1 - LUCK
    assert luck(BASE + 0.1 + NOISE / 10 * np.arange(32) / 32) < LUCK


def test_the_same_gain_in_fewer_documents_is_more_likely_luck() -> None:
    # every question of two documents gains, none of the others: sixteen trials, or two
    gained = BASE + np.where(CLUSTERS < 2, 0.1, 0.0)
    assert luck(gained, clusters=np.arange(32)) < 0.02 < LUCK / 2 < luck(gained)


def test_a_gain_counts_less_where_more_was_tried() -> None:
    random = np.random.default_rng(1)
    way = BASE + random.normal(0.02, 0.08, 32).clip(-0.1, 0.1)
    others = [BASE + random.normal(0, 0.05, 32).clip(-0.1, 0.1) for _ in range(9)]
    chances = [luck(way, [way, *others[:number]]) for number in (0, 2, 9)]
    assert chances == sorted(chances) and chances[2] > 2 * chances[0]
    assert luck(way, [way] * 9) == pytest.approx(chances[0], abs=0.02)  # epochs that change nothing are no trials


@pytest.mark.slow
@pytest.mark.parametrize(("documents", "effect"), [(3, 0.0), (3, 0.4), (20, 0.4)])
def test_of_equal_models_a_tenth_is_taken(documents: int, effect: float) -> None:
    kind, count = Scenario(documents, 20, 0.5, effect), 400
    taken = np.mean([run.taken() for run in trainings(kind, 3, (0.5, 1.0), 0.0, count, seed=5)], axis=0)
    error = np.sqrt(LUCK * (1 - LUCK) / count)
    assert LUCK - 3.5 * error < taken[2] < LUCK + 3.5 * error
    assert taken[0] > LUCK + 4 * error  # what a paired test over questions does, which knows nothing of the choice


def test_half_of_the_general_fields_guards(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def measured(values: Values, other: Values, clusters: list[str]) -> object:
        asked.append(len(values))
        return compare(values, other, clusters)

    monkeypatch.setattr(guards, "compare", measured)
    shutil.copytree(ROOT / "data/general", tmp_path / "general")
    model = load_folder(tiny_model)
    model.prompts = {"query": "", "document": ""}
    keeps = keeps_general(model, str(tmp_path / "general"), 32)
    assert keeps is not None and keeps(model)
    assert asked == [154]  # half of the fields: the other half judges


def test_a_set_of_one_question_guards_nothing(tiny_model: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data/general", tmp_path / "general")
    qrels = tmp_path / "general/qrels/test.tsv"
    qrels.write_text("".join(qrels.read_text().splitlines(keepends=True)[:2]))
    assert keeps_general(load_folder(tiny_model), str(tmp_path / "general"), 32) is None
