"""A map finds a rotation again, leaves what is right alone, harms nothing general, and hides no right answer."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import Tensor

from attune.adapter import linear_map
from attune.adapter.fit import Adapted, fit_adapter, save_adapter
from attune.choice.interpolation import Choice
from attune.core.errors import UserError
from attune.search.ask import EncodedSet
from tests.conftest import ROOT
from tests.support.turned import ANYHOW, CHUNKS, IDENTITY, REVERSED, SIZE, general, lessons, turned


def fit(turn: Tensor, noise: float, of_general: Tensor | None = None, alike: list[set[str]] | None = None) -> Adapted:
    guarding, whole = general(turn if of_general is None else of_general)
    return fit_adapter(turned(turn, noise), guarding, lessons(whole, alike))


def right(found: EncodedSet) -> float:
    """The share of the dev questions whose chunk is first."""
    ranked = found.part(CHUNKS, 2 * CHUNKS).ranking(1).ranked[:, 0]
    return float((ranked == np.arange(CHUNKS)).mean())


@pytest.fixture(autouse=True)
def large_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_map, "LEARNING_RATE", 3e-2)  # of few numbers, far from the identity


def test_a_turned_space_is_turned_back() -> None:
    before = turned(ANYHOW, 0.02)
    assert right(before) < 0.3
    adapted = fit(ANYHOW, 0.02)
    assert adapted.choice.weight > 0 and right(adapted.apply(before)) > 0.9
    assert (adapted.questions, adapted.refused, adapted.guards) == (CHUNKS, 0, ("dev", "general"))


def test_what_is_right_already_stays_as_it_is() -> None:
    plain = turned(IDENTITY, 0.0)
    adapted = fit(IDENTITY, 0.0)
    assert adapted.choice.weight == 0 and torch.equal(adapted.weight, torch.eye(SIZE))
    assert adapted.apply(plain) is plain


def test_what_harms_general_questions_is_not_taken() -> None:
    """What is asked in the user's documents is turned, what is asked elsewhere is not: the turn back would lose it."""
    adapted = fit(ANYHOW, 0.02, of_general=IDENTITY)
    assert min(adapted.choice.luck.values()) < 0.001
    assert adapted.choice.weight < 1 and fit(ANYHOW, 0.02).choice.weight == 1


def test_without_general_questions_the_dev_questions_alone_guard() -> None:
    guarding, whole = general(ANYHOW)
    one = replace(
        whole, asked=replace(whole.asked, **{name: getattr(whole.asked, name)[:1] for name in vars(whole.asked)})
    )
    one = replace(one, clusters=one.clusters[:1])
    adapted = fit_adapter(turned(ANYHOW, 0.02), guarding.part(0, 0), lessons(one))
    assert adapted.guards == ("dev",) and adapted.choice.weight > 0


def test_near_duplicates_of_a_right_chunk_are_no_wrong_answers() -> None:
    """With all others alike there is nothing to push away, so nothing is learned."""
    every = {f"c{i}" for i in range(CHUNKS)}
    adapted = fit(REVERSED, 0.1, alike=[every - {f"c{i}"} for i in range(CHUNKS)])
    assert adapted.choice.weight == 0 and torch.equal(adapted.learned, torch.eye(SIZE))


def test_what_has_no_vector_teaches_nothing_and_is_counted() -> None:
    encoded, (guarding, whole) = turned(ANYHOW, 0.02), general(ANYHOW)
    encoded.question_vectors[:5] = 0  # training questions
    encoded.chunk_vectors[4:8] = 0  # chunks, of which one is asked by such a question
    adapted = fit_adapter(encoded, guarding, lessons(whole))
    assert (adapted.questions, adapted.refused) == (CHUNKS - 8, 8) and adapted.choice.weight > 0
    encoded.question_vectors[:CHUNKS] = 0
    with pytest.raises(UserError, match="no training question of the adapter has a vector"):
        fit_adapter(encoded, guarding, lessons(whole))


def test_a_file_says_what_it_is_for(tmp_path: Path) -> None:
    path = tmp_path / "adapters/m.safetensors"
    adapted = Adapted(torch.eye(3), Choice(0.25), torch.eye(3), 7, 0, ("dev",))
    save_adapter(adapted, path, "text-embedding-3-small", "search_query: ")
    with safe_open(path, framework="np") as file:
        about = {"model": "text-embedding-3-small", "prompt": "search_query: ", "way": 0.25}
        assert json.loads(file.metadata()["about"]) == about
        assert file.get_tensor("weight").tolist() == np.eye(3).tolist()


CODE = """
import hashlib, sys, torch
from pathlib import Path
from attune.adapter import linear_map
from attune.adapter.fit import fit_adapter, save_adapter
from tests.support.turned import ANYHOW, general, lessons, turned
torch.set_num_threads(1)
linear_map.LEARNING_RATE = 3e-2
guarding, whole = general(ANYHOW)
save_adapter(fit_adapter(turned(ANYHOW, 0.1), guarding, lessons(whole)), Path(sys.argv[1]), "m", "q: ")
"""


@pytest.mark.slow
def test_processes_write_the_same_bytes(tmp_path: Path) -> None:
    """Their hashes of text differ, by which libraries in other languages order tables, too."""
    paths = [tmp_path / f"{number}.safetensors" for number in range(4)]
    for path in paths:
        subprocess.run([sys.executable, "-c", CODE, str(path)], cwd=ROOT, check=True)
    assert len({path.read_bytes() for path in paths}) == 1
