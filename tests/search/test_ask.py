"""Asking is embedding and ranking; shortened vectors are the first numbers of whole ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from attune.models.encode import embed
from attune.models.load import load_folder
from attune.search.ask import EncodedSet, Ranking, ask
from attune.search.ranking import rank

QUESTIONS = ["what moves water", "is it made of brass", "when to change the filter"]
PASSAGES = {f"c{n}": f"The {thing} of the pump." for n, thing in enumerate("valve filter lamp oil panel".split())}
IDS = list(PASSAGES)


@pytest.fixture
def model(tiny_model: Path) -> SentenceTransformer:
    model = load_folder(tiny_model)
    model.prompts = {"query": "ask: ", "document": "tell: "}
    return model


def ranked_by_hand(model: SentenceTransformer, depth: int, dimensions: int) -> list[list[int]]:
    questions, chunks = (
        embed(model, QUESTIONS, "question", 2)[:, :dimensions],
        embed(model, list(PASSAGES.values()), "passage", 2)[:, :dimensions],
    )
    found: list[list[int]] = rank(model.similarity, questions, chunks, IDS, depth).tolist()
    return found


@pytest.mark.parametrize("depth", [1, 3, 100])
def test_what_is_found_is_what_the_vectors_rank(model: SentenceTransformer, depth: int) -> None:
    found = ask(model, QUESTIONS, PASSAGES, 2, depth)
    assert found.chunks == IDS and found.truncated is None
    assert found.ranked.tolist() == ranked_by_hand(model, depth, 32)


def test_shortened_vectors_are_the_first_numbers(model: SentenceTransformer) -> None:
    encoded = EncodedSet.of(model, QUESTIONS, PASSAGES, 2)
    assert (encoded.question_vectors.shape, encoded.chunk_vectors.shape) == ((3, 32), (5, 32))
    for dimensions in (2, 8, 32):
        assert encoded.ranking(5, dimensions).ranked.tolist() == ranked_by_hand(model, 5, dimensions)
    assert encoded.ranking(5, 2).ranked.tolist() != encoded.ranking(5).ranked.tolist()


def test_hits_and_parts_of_a_ranking() -> None:
    whole = Ranking(["a", "b", "c"], np.array([[2, 0], [1, 2], [0, 1]]), truncated=0.25)
    hits = whole.hits([["a"], ["a", "c"], ["c"]])
    assert hits.marks.tolist() == [[False, True], [False, True], [False, False]]
    assert hits.relevant.tolist() == [1, 2, 1]
    part = whole.part(1, 3)
    assert (part.ranked.tolist(), part.chunks, part.truncated) == ([[1, 2], [0, 1]], whole.chunks, 0.25)
