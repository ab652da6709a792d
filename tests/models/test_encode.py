"""Texts are encoded in batches, each kind with its prompt, to the same vectors in the order of the texts."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import SentenceTransformer

from attune.core.errors import UserError
from attune.models.encode import _Encoding, embed, set_up_torch
from attune.models.load import load_folder
from attune.models.positions import lengthen_window
from attune.training.adapters import add_adapters

TEXTS = ["a pump", "the valve of a pump is made of brass", "oil", "water and oil"]


@pytest.fixture
def model(tiny_model: Path) -> SentenceTransformer:
    return load_folder(tiny_model)


@pytest.mark.parametrize("batch_size", [1, 3, 32])
def test_vectors_are_those_of_one_text_at_a_time_in_their_order(model: SentenceTransformer, batch_size: int) -> None:
    vectors = embed(model, TEXTS, "passage", batch_size)
    alone = torch.stack([torch.as_tensor(model.encode_document(text)) for text in TEXTS])
    torch.testing.assert_close(vectors, alone, atol=1e-5, rtol=1e-5)


def test_each_kind_has_its_prompt(model: SentenceTransformer) -> None:
    plain = embed(model, ["ask: oil", "tell: oil"], "passage", 2)
    model.prompts = {"query": "ask: ", "document": "tell: "}
    for kind, expected in zip(("question", "passage"), plain, strict=True):
        (vector,) = embed(model, ["oil"], kind, 2)  # type: ignore[arg-type]  # one of the two kinds
        torch.testing.assert_close(vector, expected, atol=1e-5, rtol=1e-5)


def test_no_texts_are_no_vectors(model: SentenceTransformer) -> None:
    assert embed(model, [], "question", 8).shape == (0, 32)


def test_a_model_that_was_sent_elsewhere_encodes_alike_in_every_state(model: SentenceTransformer) -> None:
    model.prompts = {"query": "ask: ", "document": "tell: "}
    for change in (lambda: None, lambda: lengthen_window(model, 200), lambda: add_adapters(model, 4)):
        change()
        model.train()
        sent = pickle.loads(pickle.dumps(_Encoding(model, "question")))
        sent.arrive()
        assert torch.equal(sent(TEXTS), _Encoding(model, "question")(TEXTS))


def test_numbers_that_are_not_finite_are_refused(model: SentenceTransformer) -> None:
    with torch.no_grad():
        next(model.parameters()).fill_(torch.nan)
    with pytest.raises(UserError, match="not finite"):
        embed(model, ["oil"], "question", 8)


@pytest.fixture
def as_before() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def test_the_same_seed_draws_the_same_numbers(as_before: None) -> None:
    drawn: list[Any] = []
    for seed in (3, 3, 4):
        set_up_torch(1, seed)
        drawn.append(torch.rand(5).tolist())
    assert drawn[0] == drawn[1] != drawn[2]
    assert torch.get_num_threads() == 1
    set_up_torch(0, 3)  # all cores: as it is
    assert torch.get_num_threads() == 1
