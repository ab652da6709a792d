"""Exact search finds the same whatever the blocks and the order of the chunks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sentence_transformers.util import cos_sim

from attune.search import ranking
from attune.search.ranking import order_by_id, rank, similarity_lines
from tests.support.vectors import cases


@settings(deadline=None)
@given(cases(), st.integers(1, 500))
def test_block_size_changes_nothing(
    case: tuple[torch.Tensor, torch.Tensor, list[str], list[list[str]]], block: int
) -> None:
    questions, chunks, ids, _ = case

    def exact(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return a @ b.T  # products of small whole numbers, which no order of adding rounds

    whole = rank(exact, questions, chunks, ids, 10)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "SCORES_PER_BLOCK", block)
        np.testing.assert_array_equal(rank(exact, questions, chunks, ids, 10), whole)


@settings(deadline=None)
@given(cases())
def test_order_of_the_chunks_changes_nothing(
    case: tuple[torch.Tensor, torch.Tensor, list[str], list[list[str]]],
) -> None:
    questions, chunks, ids, _ = case

    def names(ranked: NDArray[np.int64], of: list[str]) -> list[list[str]]:
        return [[of[chunk] for chunk in row] for row in ranked]

    forward = names(rank(cos_sim, questions, chunks, ids, 20), ids)
    backward = names(rank(cos_sim, questions, chunks.flip(0), ids[::-1], 20), ids[::-1])
    assert forward == backward


def test_fewer_chunks_than_asked_for_are_all_ranked() -> None:
    ranked = rank(cos_sim, torch.eye(2), torch.eye(2), ["a", "b"], 100)
    assert ranked.tolist() == [[0, 1], [1, 0]]


@settings(deadline=None)
@given(cases(), st.integers(1, 500))
def test_chunks_that_are_scaled_once_have_the_scores_of_the_library(
    case: tuple[torch.Tensor, torch.Tensor, list[str], list[list[str]]], block: int
) -> None:
    questions, chunks, ids, _ = case
    order, before = order_by_id(ids), chunks.clone()
    rows = max(1, block // len(chunks))
    parts = [questions[start : start + rows] for start in range(0, len(questions), rows)]
    expected = [line for part in parts for line in cos_sim(part, chunks[torch.from_numpy(order)])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "SCORES_PER_BLOCK", block)
        lines = list(similarity_lines(cos_sim, questions, chunks, order))
    for line, scores in zip(lines, expected, strict=True):
        np.testing.assert_array_equal(line, scores.numpy())  # to the last bit
    assert torch.equal(chunks, before)
