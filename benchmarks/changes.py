"""Changes of the training that no knob is there for, as `benchmarks.ingredients` tries them.

Each is a context in which `trainer.train` works differently; it gives the training set and the teacher to train with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from attune.search.bm25 import LexicalIndex
from attune.search.fusion import fuse, scaled
from attune.search.ranking import order_by_id
from attune.training.data.batches import Batch, BatchLabels, plan_batches
from attune.training.data.teachers import Teacher
from attune.training.data.training_set import TrainingSet
from attune.training.loop.info_nce import _one_way
from attune.training.params import FinetuneParams
from attune.training.prepare import encode, prepare

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Change = Callable[
    ["SentenceTransformer", TrainingSet, FinetuneParams],
    AbstractContextManager[tuple[TrainingSet, Teacher | None]],
]
Scores = NDArray[np.float64]  # of shape (questions, chunks): the training questions, and the chunks that have some
ALIKE = 4  # chunks that come into a batch together


@contextmanager
def by_knobs(
    model: SentenceTransformer, data: TrainingSet, params: FinetuneParams
) -> Iterator[tuple[TrainingSet, Teacher | None]]:
    """What the stage does."""
    found = prepare(model, data, params, 32)
    yield found.data, found.teacher


def lexical_expert(strength: float) -> Change:
    """BM25's score, min-max scaled for each question, times `strength`, is added to the scaled cosines in the loss.

    So the model learns what words do not tell already (product of experts: Clark et al. 2019, arXiv 1909.03683; for
    retrieval CLEAR, Gao et al. 2021, arXiv 2004.13969).
    """

    @contextmanager
    def change(
        model: SentenceTransformer, data: TrainingSet, params: FinetuneParams
    ) -> Iterator[tuple[TrainingSet, Teacher | None]]:
        questions, chunks = _asked(data)
        scores = np.array([scaled(line) for line in _bm25(data, questions, chunks)])

        def loss(q: Tensor, c: Tensor, labels: BatchLabels, scale: float, symmetric: bool, _weight: float) -> Tensor:
            unit = [torch.nn.functional.normalize(vectors.float(), dim=1) for vectors in (q, c)]
            together = scale * (unit[0] @ unit[1].T) + strength * labels["teacher"]
            return _one_way(together, labels["relevant"], labels["masked"])

        with patch("attune.training.loop.loss.info_nce", loss):
            yield data, _teacher(questions, chunks, scores)

    return change


@contextmanager
def lexical_negatives(
    model: SentenceTransformer, data: TrainingSet, params: FinetuneParams
) -> Iterator[tuple[TrainingSet, Teacher | None]]:
    """A hard negative for each chunk: the chunk that BM25 finds first for its questions and that cannot be right."""
    questions, chunks = _asked(data)
    yield (
        replace(data, negatives=_first_wrong(data, questions, chunks, np.array(list(_bm25(data, questions, chunks))))),
        None,
    )


def hybrid_teacher(weight: float, temperature: float) -> Change:
    """What the hybrid of BM25 and the base model says of the chunks of a batch, listwise, and a hard negative of it."""

    @contextmanager
    def change(
        model: SentenceTransformer, data: TrainingSet, params: FinetuneParams
    ) -> Iterator[tuple[TrainingSet, Teacher | None]]:
        encoded = encode(model, data, 32)
        questions, chunks = list(encoded.questions), sorted(encoded.chunks)
        fused = np.array(list(fuse(encoded.lines(), _bm25(data, questions, chunks), [weight], "score")))
        negatives = _first_wrong(data, questions, chunks, fused)
        yield replace(data, negatives=negatives), _teacher(questions, chunks, fused / temperature)

    return change


@contextmanager
def batches_of_alike(
    model: SentenceTransformer, data: TrainingSet, params: FinetuneParams
) -> Iterator[tuple[TrainingSet, Teacher | None]]:
    """Chunks come into a batch with those that the base model finds most similar, four by four."""
    encoded = encode(model, data, 32)
    vectors = torch.nn.functional.normalize(encoded.chunk_vectors, dim=1)
    place = {chunk: number for number, chunk in enumerate(encoded.chunks)}

    def plan(data: TrainingSet, epochs: int, batch_size: int, per_chunk: int | None, seed: int) -> list[list[Batch]]:
        return [
            _regrouped(data, epoch, vectors, place, seed + number)
            for number, epoch in enumerate(plan_batches(data, epochs, batch_size, per_chunk, seed))
        ]

    with patch("attune.training.loop.trainer.plan_batches", plan):
        yield data, None


def _regrouped(
    data: TrainingSet, epoch: Sequence[Batch], vectors: Tensor, place: dict[str, int], seed: int
) -> list[Batch]:
    of_chunk: dict[str, list[str]] = {}
    for batch in epoch:
        inside = set(batch.chunks)
        for question in batch.questions:
            of_chunk.setdefault(next(c for c in data.relevant[question] if c in inside), []).append(question)
    left = sorted(of_chunk)
    left = [left[number] for number in np.random.default_rng(seed).permutation(len(left))]
    free = torch.ones(len(vectors), dtype=torch.bool)
    free[[number for chunk, number in place.items() if chunk not in of_chunk]] = False
    names = {number: chunk for chunk, number in place.items()}
    fours: list[list[str]] = []
    for chunk in left:
        if free[place[chunk]]:
            scores = (vectors @ vectors[place[chunk]]).masked_fill(~free, -2)
            near = scores.topk(min(ALIKE, int(free.sum()))).indices.tolist()
            free[near] = False
            fours.append([names[number] for number in near])
    order = np.random.default_rng(seed + 1).permutation(len(fours))
    row = [chunk for number in order for chunk in fours[number]]
    bounds = [len(row) * number // len(epoch) for number in range(len(epoch) + 1)]
    return [
        Batch(
            tuple(sorted((q for c in row[a:b] for q in of_chunk[c]), key=lambda text: (-len(text), text))),
            tuple(sorted(row[a:b], key=lambda chunk: (-len(data.passages[chunk]), chunk))),
        )
        for a, b in pairwise(bounds)
    ]


def _asked(data: TrainingSet) -> tuple[list[str], list[str]]:
    return list(data.relevant), sorted({chunk for ids in data.relevant.values() for chunk in ids})


def _bm25(data: TrainingSet, questions: Sequence[str], chunks: Sequence[str]) -> Iterator[Any]:
    index = LexicalIndex([data.passages[chunk] for chunk in chunks])
    return index.lines(questions, order_by_id(chunks))


def _teacher(questions: Sequence[str], chunks: Sequence[str], scores: Scores) -> Teacher:
    row = {question: place for place, question in enumerate(questions)}
    column = {chunk: place for place, chunk in enumerate(chunks)}

    def teacher(asked: Sequence[str], among: Sequence[str]) -> Tensor:
        return torch.tensor(scores[np.ix_([row[q] for q in asked], [column[c] for c in among])], dtype=torch.float32)

    return teacher


def _first_wrong(
    data: TrainingSet, questions: Sequence[str], chunks: Sequence[str], scores: Scores
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[float, str]] = {}
    for question, line in zip(questions, scores, strict=True):
        for number in np.argsort(-line, kind="stable")[:50]:
            if line[number] > 0 and not data.may_answer(question, chunks[number]):
                for chunk in data.relevant[question]:
                    found[chunk] = max(found.get(chunk, (0.0, "")), (float(line[number]), chunks[number]))
                break
    return {chunk: (other,) for chunk, (_, other) in found.items()}
