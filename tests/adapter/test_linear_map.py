"""A map is learned by the formula of its loss, and applied by a matrix and a length."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from attune.adapter import linear_map
from attune.adapter.linear_map import SCALE, Pairs, identity, learn, mapped, unit
from attune.core.errors import UserError
from attune.search.measures import Values
from tests.support.turned import ANYHOW, IDENTITY, SIZE, encoded, turned


def loss_of(weight: Values, pairs: Pairs) -> float:
    """The loss, question after question, in float64."""
    total = 0.0
    for vector, right, alike in zip(pairs.questions.double().numpy(), pairs.right, pairs.alike, strict=True):
        asked = weight @ vector
        scores = np.exp(SCALE * pairs.chunks.double().numpy() @ asked / np.linalg.norm(asked))
        among = [place for place in range(len(scores)) if place not in alike]
        total -= np.log(scores[list(right)].sum() / scores[among].sum())
    return total / len(pairs.right)


def some_pairs() -> Pairs:
    chance = torch.Generator().manual_seed(3)
    questions, chunks = (normalize(torch.randn(count, 4, generator=chance)) for count in (7, 9))
    right = [[0], [1, 2], [3], [4], [5], [6, 0], [8]]
    alike = [[1], [], [4, 5, 6], [], [0], [], [7]]
    return Pairs(questions, chunks, right, alike)


def test_a_step_goes_down_the_slope_of_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """Adam's first step has the size of the learning rate against the sign of the slope, here by differences."""
    monkeypatch.setattr(linear_map, "STEPS", 1)
    monkeypatch.setattr(linear_map, "WATCHED", 1)
    monkeypatch.setattr(linear_map, "BLOCK", 3)  # blocks make no difference
    pairs, linear = some_pairs(), identity(4)
    learn(linear, pairs, lambda: np.zeros(1))
    slope = np.zeros((4, 4))
    for place in np.ndindex(4, 4):
        nudge = np.zeros((4, 4))
        nudge[place] = 1e-5
        slope[place] = (loss_of(np.eye(4) + nudge, pairs) - loss_of(np.eye(4) - nudge, pairs)) / 2e-5
    step = linear.weight.detach().double().numpy() - np.eye(4)
    np.testing.assert_allclose(step, -linear_map.LEARNING_RATE * np.sign(slope), rtol=1e-2)


def test_the_map_that_did_best_on_dev_questions_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_map, "LEARNING_RATE", 1e-2)
    linear, seen = identity(4), []

    def measure() -> Values:
        seen.append(linear.weight.detach().clone())
        return np.array([1.0 if len(seen) == 4 else 0.1])

    looks = learn(linear, some_pairs(), measure)
    assert len(looks) == len(seen) == linear_map.STEPS // linear_map.WATCHED
    assert torch.equal(linear.weight, seen[3]) and not torch.equal(seen[3], seen[4])


def test_what_a_server_made_no_vector_of_keeps_none() -> None:
    vectors = torch.tensor([[0.0, 0.0], [0.6, 0.8]])
    found = mapped(unit(encoded(vectors, vectors)), torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    assert torch.allclose(found.question_vectors, torch.tensor([[0.0, 0.0], [0.8, 0.6]]))
    assert torch.equal(found.chunk_vectors, vectors)
    assert (found.ranking(2).ranked == [[-1, -1], [1, -1]]).all()


def test_the_identity_changes_no_ranking_and_a_turn_of_both_sides_neither() -> None:
    plain = turned(IDENTITY, 0.3)
    ranked = plain.ranking(10).ranked
    assert (mapped(unit(plain), torch.eye(SIZE)).ranking(10).ranked == ranked).all()
    both = encoded(plain.question_vectors, plain.chunk_vectors @ ANYHOW.T)
    assert (mapped(unit(both), ANYHOW).ranking(10).ranked == ranked).all()


def test_a_model_that_compares_otherwise_is_refused() -> None:
    vectors = torch.tensor([[3.0, 4.0], [1.0, 0.0]])
    with pytest.raises(UserError, match="by something else than the cosine"):
        unit(encoded(vectors, vectors))  # the inner product of vectors that are not of length 1
