"""The loss against a loop over its definition and against sentence-transformers; gradient caching against none."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss, MultipleNegativesRankingLoss
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from torch import Tensor

from attune.core.errors import UserError
from attune.models.load import load_folder
from attune.training.data.batches import Labels
from attune.training.loop.info_nce import info_nce
from attune.training.loop.loss import ContrastiveLoss
from attune.training.loop.processes import gather, share
from tests.training.loop.test_trainer import knobs

QUESTIONS = ["what is blue?", "which pump is it and where does it stand?", "who?", "how old is the oven in the hall?"]
PASSAGES = ["The pump is blue.", "An oven stands in the hall. It is old, and nobody uses it any more.", "Who? Me.", "x"]

Case = tuple[Tensor, Tensor, Tensor, Tensor]


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Tiny tensors wait longer for a second thread than they take."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Vectors and labels: every question has a relevant chunk, a pair is relevant, masked or neither."""
    asked, count = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 10**6)))
    questions = torch.randn(asked, 3, generator=generator, dtype=torch.float64)
    chunks = torch.randn(count, 3, generator=generator, dtype=torch.float64)
    kinds = torch.randint(0, 3, (asked, count), generator=generator)
    kinds[torch.arange(asked), torch.randint(0, count, (asked,), generator=generator)] = 1
    return questions, chunks, kinds == 1, kinds == 2


def by_definition(case: Case, scale: float) -> float:
    """The loss from questions to chunks, in plain numbers."""
    questions, chunks, relevant, masked = (np.asarray(part) for part in case)
    losses = []
    for question, answers, ignored in zip(questions, relevant, masked, strict=True):
        if not answers.any():
            continue
        cosines = [chunk @ question / np.linalg.norm(chunk) / np.linalg.norm(question) for chunk in chunks]
        wrong = [math.exp(scale * c) for c, a, i in zip(cosines, answers, ignored, strict=True) if not (a or i)]
        right = [math.exp(scale * c) for c, a in zip(cosines, answers, strict=True) if a]
        losses.append(np.mean([-math.log(positive / (positive + sum(wrong))) for positive in right]))
    return float(np.mean(losses))


@settings(deadline=None, max_examples=200)
@given(cases(), st.sampled_from([1.0, 20.0]))
def test_loss_is_what_its_definition_says(case: Case, scale: float) -> None:
    questions, chunks, relevant, masked = case
    labels = labelled(relevant, masked)
    one_way = by_definition(case, scale)
    assert info_nce(questions, chunks, labels, scale, symmetric=False).item() == pytest.approx(
        one_way, rel=1e-9, abs=1e-12
    )
    back = by_definition((chunks, questions, relevant.T, masked.T), scale)
    assert info_nce(questions, chunks, labels, scale, symmetric=True).item() == pytest.approx(
        (one_way + back) / 2, rel=1e-9, abs=1e-12
    )


@settings(deadline=None, max_examples=30)
@given(cases(), st.booleans())
def test_gradients_are_right_and_finite(case: Case, symmetric: bool) -> None:
    questions, chunks = (vectors.requires_grad_() for vectors in case[:2])
    assert torch.autograd.gradcheck(
        lambda q, c: info_nce(q, c, labelled(*case[2:]), 5.0, symmetric), (questions, chunks), fast_mode=True
    )


@pytest.mark.parametrize("hard_negatives", [0, 3])
@pytest.mark.parametrize("symmetric", [False, True])
def test_one_question_for_each_chunk_is_the_loss_of_sentence_transformers(symmetric: bool, hard_negatives: int) -> None:
    torch.manual_seed(0)
    questions, chunks = torch.randn(5, 8, requires_grad=True), torch.randn(5, 8, requires_grad=True)
    negatives = [torch.randn(5, 8, requires_grad=True) for _ in range(hard_negatives)]
    leaves = [questions, chunks, *negatives]
    theirs = sentence_transformers_loss(None, symmetric).compute_loss_from_embeddings(leaves, torch.empty(0))
    relevant = torch.eye(5, 5 * (1 + hard_negatives)).bool()
    ours = info_nce(questions, torch.cat(leaves[1:]), labelled(relevant), 20.0, symmetric)
    torch.testing.assert_close(ours, theirs)
    for mine, other in zip(torch.autograd.grad(ours, leaves), torch.autograd.grad(theirs, leaves), strict=True):
        torch.testing.assert_close(mine, other)


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


def test_second_relevant_chunk_is_no_negative_of_the_first() -> None:
    question, chunks = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    relevant = torch.tensor([[True, True, False]])
    loss = info_nce(question, chunks, labelled(relevant), 1.0, symmetric=False)
    assert loss.item() == pytest.approx((math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-1))) / 2)


def test_question_without_a_negative_teaches_nothing() -> None:
    vectors = torch.randn(2, 4, requires_grad=True)
    pair = torch.eye(2).bool()
    loss = info_nce(vectors, vectors.detach(), labelled(pair, ~pair), 20.0, True)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 0
    assert vectors.grad is not None and not vectors.grad.any()


def test_large_scales_neither_overflow_nor_vanish() -> None:
    questions = torch.tensor([[1.0, 0.0]], requires_grad=True)
    chunks = torch.tensor([[-1.0, 0.01], [1.0, 0.02]])
    relevant = torch.tensor([[True, False]])
    loss = info_nce(questions, chunks, labelled(relevant), 1000.0, symmetric=False)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == pytest.approx(2000, rel=1e-3)
    assert questions.grad is not None and questions.grad.isfinite().all() and questions.grad.any()


def test_half_precision_vectors_are_compared_in_full_precision() -> None:
    torch.manual_seed(0)
    vectors = torch.randn(8, 32).bfloat16()
    labels = labelled(torch.eye(8).bool())
    alone = info_nce(vectors, vectors.flip(0), labels, 20.0, symmetric=False)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = info_nce(vectors, vectors.flip(0), labels, 20.0, symmetric=False)
    assert alone.dtype == inside.dtype == torch.float32
    assert alone.item() == inside.item()


@pytest.mark.parametrize("mini_batch", [None, 2])
def test_matryoshka_wraps_it(tiny_model: Path, mini_batch: int | None) -> None:
    model = load_folder(tiny_model).eval()
    labels = labelled(torch.eye(4).bool())
    inner = ContrastiveLoss(model, knobs(mini_batch=mini_batch))
    loss = MatryoshkaLoss(model, inner, matryoshka_dims=[32, 8])(features(model), labels).item()
    questions, chunks = (model.encode(texts, convert_to_tensor=True) for texts in (QUESTIONS, PASSAGES))
    parts = [info_nce(questions[:, :d], chunks[:, :d], labels, 20.0, False).item() for d in (32, 8)]
    assert loss == pytest.approx(sum(parts), rel=1e-5)


def test_model_of_single_words_has_no_batch_to_cut(tiny_model: Path) -> None:
    words = SentenceTransformer(modules=[StaticEmbedding(load_folder(tiny_model).tokenizer, embedding_dim=8)])
    found = gradients(words, ContrastiveLoss(words, knobs()), labelled(torch.eye(4).bool()))
    other = gradients(words, sentence_transformers_loss(words, False), torch.empty(0))
    torch.testing.assert_close(found, other)
    with pytest.raises(UserError, match=r"set finetune\.mini_batch to null"):
        ContrastiveLoss(words, knobs(mini_batch=2))


def test_one_process_has_everything() -> None:
    assert share(["a", "b", "c"]) == ["a", "b", "c"]
    vectors = torch.randn(3, 2)
    assert gather(vectors, 3) is vectors


def labelled(relevant: Tensor, masked: Tensor | None = None) -> Labels:
    return {"relevant": relevant, "masked": torch.zeros_like(relevant) if masked is None else masked}


def features(model: SentenceTransformer) -> list[dict[str, Any]]:
    return [model.preprocess(texts) for texts in (QUESTIONS, PASSAGES)]


def gradients(model: SentenceTransformer, loss: Any, labels: Any) -> dict[str, Tensor]:
    """The gradient of every parameter, and the loss itself."""
    model.zero_grad()
    value = loss(features(model), labels)
    value.backward()
    found = {name: weights.grad.clone() for name, weights in model.named_parameters() if weights.grad is not None}
    return found | {"loss": value.detach()}


def sentence_transformers_loss(model: Any, symmetric: bool) -> MultipleNegativesRankingLoss:
    if not symmetric:
        return MultipleNegativesRankingLoss(model)
    return MultipleNegativesRankingLoss(
        model, directions=("query_to_doc", "doc_to_query"), partition_mode="per_direction"
    )
