"""The loss of a model: its gradients are those of sentence-transformers, in pieces and cached as well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from torch import Tensor

from attune.core.errors import UserError
from attune.models.load import load_folder
from attune.training.loop.info_nce import info_nce
from attune.training.loop.loss import ContrastiveLoss
from tests.support.training import knobs, labelled, sentence_transformers_loss

QUESTIONS = ["what is blue?", "which pump is it and where does it stand?", "who?", "how old is the oven in the hall?"]
PASSAGES = ["The pump is blue.", "An oven stands in the hall. It is old, and nobody uses it any more.", "Who? Me.", "x"]


@pytest.mark.parametrize("mini_batch", [None, 1, 3])
@pytest.mark.parametrize("symmetric", [False, True])
def test_gradients_of_a_model_are_those_of_sentence_transformers(
    tiny_model: Path, symmetric: bool, mini_batch: int | None
) -> None:
    model = load_folder(tiny_model).eval().double()  # eval: without dropout
    labels = labelled(torch.eye(4).bool())
    mine = gradients(model, ContrastiveLoss(model, knobs(symmetric=symmetric, mini_batch=mini_batch)), labels)
    other = gradients(model, sentence_transformers_loss(model, symmetric), torch.empty(0))
    assert len(mine) == len(other) > 10
    for name, value in mine.items():
        torch.testing.assert_close(value, other[name], msg=name, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("mini_batch", [1, 2, 4, 100])
def test_cached_gradients_are_the_gradients(tiny_model: Path, mini_batch: int) -> None:
    model = load_folder(tiny_model).eval().double()
    relevant = torch.tensor([[1, 0, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]).bool()
    masked = torch.tensor([[0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]).bool()
    labels = labelled(relevant, masked)
    plain = gradients(model, ContrastiveLoss(model, knobs(symmetric=True)), labels)
    cached = gradients(model, ContrastiveLoss(model, knobs(symmetric=True, mini_batch=mini_batch)), labels)
    assert plain.keys() == cached.keys()
    for name, value in plain.items():
        torch.testing.assert_close(cached[name], value, msg=name, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("tokens", [1, 20, None])
def test_gradients_do_not_depend_on_the_pieces(tiny_model: Path, tokens: int | None) -> None:
    model = load_folder(tiny_model).eval().double()
    labels = labelled(torch.eye(4).bool())
    loss = ContrastiveLoss(model, knobs(symmetric=True))
    expected = gradients(model, loss, labels)
    loss.mini_batch_num_tokens = tokens
    pieces: list[int] = []
    hook = model.register_forward_pre_hook(lambda _, arguments: pieces.append(len(arguments[0]["input_ids"])))
    found = gradients(model, loss, labels)
    hook.remove()
    assert sum(pieces) == 8 and len(pieces) == {1: 8, 20: 5, None: 2}[tokens]
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, msg=name, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("mini_batch", [None, 2])
def test_matryoshka_wraps_it(tiny_model: Path, mini_batch: int | None) -> None:
    model = load_folder(tiny_model).eval()
    labels = labelled(torch.eye(4).bool())
    inner = ContrastiveLoss(model, knobs(mini_batch=mini_batch))
    loss = MatryoshkaLoss(model, inner, matryoshka_dims=[32, 8])(features(model), labels).item()
    questions, chunks = (model.encode(texts, convert_to_tensor=True) for texts in (QUESTIONS, PASSAGES))
    parts = [info_nce(questions[:, :d], chunks[:, :d], labels, 20.0, False).item() for d in (32, 8)]
    assert loss == pytest.approx(sum(parts), rel=1e-5)


@pytest.mark.parametrize("mini_batch", [None, 1, 3])
@pytest.mark.parametrize("dimensions", [[], [8]])
def test_with_fixed_chunks_it_is_the_softmax_over_all_of_them(
    tiny_model: Path, mini_batch: int | None, dimensions: list[int]
) -> None:
    """The oracle is written in numpy, question by question, with the vectors that `encode_query` gives."""
    model, random = load_folder(tiny_model).eval(), np.random.default_rng(3)
    chunks, teacher = random.normal(size=(50, 32)), random.normal(size=(4, 50))
    relevant, masked = (random.random((4, 50)) < share for share in (0.05, 0.2))
    relevant[range(4), range(4)] = True
    masked &= ~relevant
    labels = labelled(torch.tensor(relevant), torch.tensor(masked)) | {"teacher": torch.tensor(teacher).float()}
    params = knobs(mini_batch=mini_batch, dimensions=dimensions, temperature=0.1, teacher_weight=0.25)
    loss = ContrastiveLoss(model, params, torch.tensor(chunks).float())
    value = loss([model.preprocess(QUESTIONS)], labels)
    asked = model.encode_query(QUESTIONS)
    expected = []
    for d in [*dimensions, 32]:
        cosines = unit(asked[:, :d]) @ unit(chunks[:, :d]).T / 0.1
        of_questions = []
        for scores, right, hidden, taught in zip(cosines, relevant, masked, teacher, strict=True):
            wrong = np.exp(scores[~right & ~hidden]).sum()
            hard = np.mean([-np.log(np.exp(s) / (np.exp(s) + wrong)) for s in scores[right]])
            p, q = (np.exp(each[~hidden]) / np.exp(each[~hidden]).sum() for each in (taught, scores))
            of_questions.append(0.75 * hard + 0.25 * (p * np.log(p / q)).sum())
        expected.append(np.mean(of_questions))
    assert value.item() == pytest.approx(np.mean(expected), rel=1e-4)
    value.backward()
    assert all(weights.grad is not None for name, weights in model.named_parameters() if "pooler" not in name)


def unit(vectors: Any) -> Any:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_model_of_single_words_has_no_batch_to_cut(tiny_model: Path) -> None:
    words = SentenceTransformer(modules=[StaticEmbedding(load_folder(tiny_model).tokenizer, embedding_dim=8)])
    found = gradients(words, ContrastiveLoss(words, knobs()), labelled(torch.eye(4).bool()))
    other = gradients(words, sentence_transformers_loss(words, False), torch.empty(0))
    torch.testing.assert_close(found, other)
    with pytest.raises(UserError, match=r"set finetune\.mini_batch to null"):
        ContrastiveLoss(words, knobs(mini_batch=2))


def features(model: SentenceTransformer) -> list[dict[str, Any]]:
    return [model.preprocess(texts) for texts in (QUESTIONS, PASSAGES)]


def gradients(model: SentenceTransformer, loss: Any, labels: Any) -> dict[str, Tensor]:
    """The gradient of every parameter, and the loss itself."""
    model.zero_grad()
    value = loss(features(model), labels)
    value.backward()
    found = {name: weights.grad.clone() for name, weights in model.named_parameters() if weights.grad is not None}
    return found | {"loss": value.detach()}
