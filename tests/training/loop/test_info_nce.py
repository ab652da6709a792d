"""The loss against a loop over its definition and against sentence-transformers; a teacher against torch."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from attune.training.data.batches import BatchLabels
from attune.training.loop.info_nce import info_nce
from tests.support.training import labelled, sentence_transformers_loss

Case = tuple[Tensor, Tensor, Tensor, Tensor]


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


def test_divergence_is_that_of_torch_over_what_is_not_masked() -> None:
    torch.manual_seed(0)
    questions, chunks, teacher = torch.randn(5, 8), torch.randn(4, 8), torch.randn(5, 4)
    relevant = torch.zeros(5, 4, dtype=torch.bool)
    relevant[torch.arange(5), torch.arange(5) % 4] = True
    masked = torch.zeros_like(relevant)
    masked[0, 3] = masked[2, 1] = True
    labels: BatchLabels = {"relevant": relevant, "masked": masked}
    taught: BatchLabels = {**labels, "teacher": teacher}
    whole = info_nce(questions, chunks, taught, 20.0, False, 1.0)
    scores = 20 * functional.normalize(questions) @ functional.normalize(chunks).T
    expected = torch.stack(
        [
            functional.kl_div(ours[seen].log_softmax(0), theirs[seen].softmax(0), reduction="sum")
            for ours, theirs, seen in zip(scores, teacher, ~masked, strict=True)
        ]
    ).mean()
    torch.testing.assert_close(whole, expected)
    plain = info_nce(questions, chunks, labels, 20.0, False)
    half = info_nce(questions, chunks, taught, 20.0, False, 0.25)
    torch.testing.assert_close(half, 0.75 * plain + 0.25 * expected)
    alike = info_nce(questions, chunks, {**labels, "teacher": scores}, 20.0, False, 1.0)
    assert alike.item() == pytest.approx(0, abs=1e-5)


def test_gradient_of_a_masked_chunk_is_none_and_no_other_is_broken() -> None:
    questions, chunks = torch.randn(2, 4, requires_grad=True), torch.randn(3, 4, requires_grad=True)
    relevant = torch.tensor([[True, False, False], [False, True, False]])
    masked = torch.tensor([[False, False, True], [False, False, True]])
    labels: BatchLabels = {"relevant": relevant, "masked": masked, "teacher": torch.randn(2, 3)}
    info_nce(questions, chunks, labels, 20.0, False, 1.0).backward()  # type: ignore[no-untyped-call]
    assert questions.grad is not None and chunks.grad is not None
    assert torch.isfinite(questions.grad).all() and torch.isfinite(chunks.grad).all()
    assert not chunks.grad[2].any()
