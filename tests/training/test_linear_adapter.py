"""A map of query vectors finds a rotation again, leaves what cannot be bettered alone, and hides no right answer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import Tensor
from torch.nn.functional import normalize

from attune.search.ask import EncodedSet
from attune.search.judged import JudgedQuestions
from attune.training import linear_adapter
from attune.training.interpolation import Choice
from attune.training.linear_adapter import Adapted, fit_adapter, mapped, save_adapter

SIZE, CHUNKS = 16, 60


def encoded(questions: Tensor, chunks: Tensor) -> EncodedSet:
    texts, ids = [f"q{i}" for i in range(len(questions))], [f"c{i}" for i in range(len(chunks))]
    return EncodedSet(texts, ids, questions, chunks, lambda a, b: a @ b.T)


def sets(turn: Tensor, noise: float) -> tuple[EncodedSet, EncodedSet, list[list[str]]]:
    """Questions that are their chunks, turned: two for each chunk, to train on and to choose by."""
    chance = torch.Generator().manual_seed(0)
    chunks = normalize(torch.randn(CHUNKS, SIZE, generator=chance))
    train, dev = (normalize(chunks @ turn.T + noise * torch.randn(CHUNKS, SIZE, generator=chance)) for _ in range(2))
    return encoded(train, chunks), encoded(dev, chunks), [[f"c{i}"] for i in range(CHUNKS)]


def fit(train: EncodedSet, dev: EncodedSet, relevant: list[list[str]], groups: list[int] | None = None) -> Adapted:
    asked = JudgedQuestions(list(dev.questions), list(dev.questions), relevant)
    clusters = [f"d{i}" for i in range(len(relevant))]
    return fit_adapter(train, relevant, groups or list(range(CHUNKS)), dev, asked, clusters)


def mean(found: EncodedSet, relevant: list[list[str]]) -> float:
    ranked = found.ranking(1).ranked[:, 0]
    return float(np.mean([found.chunks[place] in right for place, right in zip(ranked, relevant, strict=True)]))


@pytest.fixture(autouse=True)
def large_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_adapter, "LEARNING_RATE", 3e-2)  # of few numbers, far from the identity


def test_a_turned_space_is_turned_back() -> None:
    turn = torch.linalg.qr(torch.randn(SIZE, SIZE, generator=torch.Generator().manual_seed(1))).Q
    train, dev, relevant = sets(turn, 0.02)
    assert mean(dev, relevant) < 0.3
    adapted = fit(train, dev, relevant)
    assert adapted.choice.weight > 0 and mean(adapted.apply(dev), relevant) > 0.9


def test_what_is_right_already_stays_as_it_is() -> None:
    train, dev, relevant = sets(torch.eye(SIZE), 0.0)
    adapted = fit(train, dev, relevant)
    assert adapted.choice.weight == 0 and torch.equal(adapted.weight, torch.eye(SIZE))


def test_the_same_bytes_twice() -> None:
    train, dev, relevant = sets(torch.flip(torch.eye(SIZE), [0]), 0.1)
    assert torch.equal(fit(train, dev, relevant).weight, fit(train, dev, relevant).weight)


def test_near_duplicates_of_a_right_chunk_are_no_wrong_answers() -> None:
    """With all chunks in one group there is nothing to push away, so nothing is learned."""
    train, dev, relevant = sets(torch.flip(torch.eye(SIZE), [0]), 0.1)
    assert fit(train, dev, relevant, [0] * CHUNKS).choice.weight == 0


def test_what_a_server_made_no_vector_of_keeps_none() -> None:
    vectors = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    turned = mapped(encoded(vectors, vectors), torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    assert torch.allclose(turned.question_vectors, torch.tensor([[0.0, 0.0], [0.8, 0.6]]))
    assert torch.allclose(turned.chunk_vectors, torch.tensor([[0.0, 0.0], [0.6, 0.8]]))


def test_a_file_says_which_model_it_is_for(tmp_path: Path) -> None:
    path = tmp_path / "models/adapters/m.safetensors"
    save_adapter(Adapted(torch.eye(3), Choice(0.25), torch.eye(3)), path, "text-embedding-3-small")
    with safe_open(path, framework="np") as file:
        assert file.metadata() == {"model": "text-embedding-3-small", "way": "0.25"}
        assert json.loads(json.dumps(file.get_tensor("weight").tolist())) == np.eye(3).tolist()
