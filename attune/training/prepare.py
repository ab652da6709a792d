"""What the knobs make of the training questions before training begins."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from attune.search.ask import EncodedSet
from attune.training.data.hard_negatives import hard_negatives
from attune.training.data.round_trip import round_trip
from attune.training.data.teachers import BASE, Teacher, base_teacher, cross_encoder_teacher
from attune.training.data.training_set import TrainingSet
from attune.training.params import FinetuneParams

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def prepare(
    model: SentenceTransformer, data: TrainingSet, params: FinetuneParams, batch_size: int
) -> tuple[TrainingSet, Teacher | None]:
    """Filter the questions, look for hard negatives and ask for a teacher, as far as the knobs say.

    Raises:
        UserError: no question passes the filter, or there is no such teacher.
    """
    given = data

    @cache
    def encoded() -> EncodedSet:  # once, and only where something needs it
        return encode(model, given, batch_size)

    teacher = None
    if params.teacher == BASE:
        teacher = base_teacher(encoded(), params.temperature)
    elif params.teacher is not None:
        teacher = cross_encoder_teacher(params.teacher, params.teacher_revision, given)
    if params.round_trip:
        data = round_trip(data, encoded(), params.round_trip)
    if params.hard_negatives:
        data = hard_negatives(data, encoded(), params.hard_negatives, params.negative_margin)
    return data, teacher


def encode(model: SentenceTransformer, data: TrainingSet, batch_size: int) -> EncodedSet:
    """Return the training questions, and the chunks that have some in ascending order, as the model sees them."""
    asked = sorted({chunk for ids in data.relevant.values() for chunk in ids})
    passages = {chunk: data.passages[chunk] for chunk in asked}
    return EncodedSet.of(model, list(data.relevant), passages, batch_size, "before training")
