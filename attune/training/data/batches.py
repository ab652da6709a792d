"""Which chunks stand in a batch with which questions, and which pairs of them say nothing.

A batch holds different chunks, each with all of its questions, so that a chunk is encoded once however many questions
it has. Everything is decided before training starts: the same data and seed give the same batches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NotRequired, TypedDict

import numpy as np
import torch
from torch import Tensor

from attune.core.errors import UserError
from attune.training.data.training_set import TrainingSet


@dataclass(frozen=True)
class Batch:
    """The questions and the chunks of one batch, longest first, so that parts of it hold little padding."""

    questions: tuple[str, ...]  # texts
    chunks: tuple[str, ...]  # ids


class BatchLabels(TypedDict):
    """What the questions of a batch shall find: tensors of shape (questions, chunks)."""

    relevant: Tensor  # bools: the chunk answers the question
    masked: Tensor  # bools: the chunk counts neither as relevant nor as a negative
    teacher: NotRequired[Tensor]  # a teacher's scores before its softmax


def plan_batches(
    data: TrainingSet, epochs: int, batch_size: int, questions_per_chunk: int | None, seed: int
) -> list[list[Batch]]:
    """Return the batches of each epoch: equally many in each, of even size, without a small one at the end.

    Args:
        data: the questions and their chunks.
        epochs: how often every chunk is shown.
        batch_size: chunks of a batch at most, hard negatives not counted.
        questions_per_chunk: at most N questions of a chunk in an epoch, the next N in the next; None for all.
        seed: of the order, which is another one in each epoch.

    Raises:
        UserError: fewer than two chunks have a question, so that there is nothing to tell apart.
    """
    places = [_place(data, epoch) for epoch in range(epochs)]
    batches = -(-max(map(len, places)) // batch_size)
    if min(map(len, places)) < 2 * batches:  # questions crowd at few chunks in an epoch: leave them where they were
        places = places[:1] * epochs
        batches = -(-len(places[0]) // batch_size)
    if min(map(len, places)) < 2:
        raise UserError(
            f"{len(data.relevant)} training questions on {len(places[0])} chunks: too few to train on; "
            "add documents or questions per chunk"
        )
    plans = []
    for epoch, placed in enumerate(places):
        asked = {chunk: _in_turn(placed[chunk], questions_per_chunk, epoch) for chunk in sorted(placed)}
        names = list(asked)
        order = [names[number] for number in np.random.default_rng([seed, epoch]).permutation(len(names))]
        bounds = [len(order) * number // batches for number in range(batches + 1)]
        plans.append([_batch(data, order[a:b], asked) for a, b in pairwise(bounds)])
    return plans


def label_batch(data: TrainingSet, batch: Batch) -> BatchLabels:
    """Return which chunks of a batch answer its questions, and which must not count as wrong for them.

    Masked is what is not relevant itself, but plausible, or a near-duplicate or an overlapping neighbour of a relevant
    chunk, wherever that chunk is.
    """
    column = {chunk: place for place, chunk in enumerate(batch.chunks)}
    of_group: dict[int, list[int]] = defaultdict(list)
    for chunk, place in column.items():
        of_group[data.groups[chunk]].append(place)
    relevant = torch.zeros(len(batch.questions), len(batch.chunks), dtype=torch.bool)
    alike = torch.zeros_like(relevant)
    for row, question in enumerate(batch.questions):
        plausible = data.plausible.get(question, frozenset())
        alike[row, [column[chunk] for chunk in plausible if chunk in column]] = True
        for chunk in data.relevant[question]:
            if chunk in column:
                relevant[row, column[chunk]] = True
            overlapping = [column[other] for other in data.neighbours.get(chunk, ()) if other in column]
            alike[row, of_group[data.groups[chunk]] + overlapping] = True
    return {"relevant": relevant, "masked": alike & ~relevant}


def _place(data: TrainingSet, epoch: int) -> dict[str, list[str]]:
    """Give each question to one of its chunks, in turn over the epochs, and return the questions of the chunks."""
    placed: dict[str, list[str]] = defaultdict(list)
    for number, (question, chunks) in enumerate(data.relevant.items()):
        placed[chunks[(number + epoch) % len(chunks)]].append(question)
    return placed


def _in_turn(questions: Sequence[str], most: int | None, epoch: int) -> Sequence[str]:
    if most is None or len(questions) <= most:
        return questions
    return [questions[(epoch * most + number) % len(questions)] for number in range(most)]


def _batch(data: TrainingSet, chunks: Sequence[str], asked: Mapping[str, Sequence[str]]) -> Batch:
    questions = [question for chunk in chunks for question in asked[chunk]]
    columns = dict.fromkeys([*chunks, *(other for chunk in chunks for other in data.negatives.get(chunk, ()))])
    return Batch(
        tuple(sorted(questions, key=lambda text: (-len(text), text))),
        tuple(sorted(columns, key=lambda chunk: (-len(data.passages[chunk]), chunk))),
    )
