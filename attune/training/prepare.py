"""What the knobs make of the training questions before training begins."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from attune.search.ask import EncodedSet
from attune.training.data.fixed_chunks import FixedChunks
from attune.training.data.hard_negatives import hard_negatives
from attune.training.data.round_trip import round_trip
from attune.training.data.teachers import BASE, Teacher, base_teacher, cross_encoder_teacher
from attune.training.data.training_set import TrainingSet
from attune.training.loop.params import QUESTION
from attune.training.params import FinetuneParams

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class Prepared(NamedTuple):
    """What is trained on, a teacher where there is one, and the chunks where they keep their vectors."""

    data: TrainingSet
    teacher: Teacher | None
    fixed: FixedChunks | None


def prepare(model: SentenceTransformer, data: TrainingSet, params: FinetuneParams, batch_size: int) -> Prepared:
    """Filter the questions, look for hard negatives, ask for a teacher and fix the chunks, as far as the knobs say.

    Raises:
        UserError: no question passes the filter, or there is no such teacher.
    """
    given, is_fixed = data, params.side == QUESTION

    @cache
    def encoded() -> EncodedSet:  # once, and only where something needs it
        return encode(model, given, batch_size, all_chunks=is_fixed)

    teacher = None
    if params.teacher == BASE:
        teacher = base_teacher(encoded(), params.temperature)
    elif params.teacher is not None:
        teacher = cross_encoder_teacher(params.teacher, params.teacher_revision, given)
    if params.round_trip:
        data = round_trip(data, encoded(), params.round_trip)
    if params.hard_negatives:
        data = hard_negatives(data, encoded(), params.hard_negatives, params.negative_margin)
    return Prepared(data, teacher, FixedChunks.of(encoded()) if is_fixed else None)


def encode(model: SentenceTransformer, data: TrainingSet, batch_size: int, all_chunks: bool = False) -> EncodedSet:
    """Return the training questions, and chunks in ascending order of their ids, as the model sees them.

    The chunks are those that have a question, or all that training may see.
    """
    asked = {chunk for ids in data.relevant.values() for chunk in ids}
    chosen = data.passages.keys() - data.reserved if all_chunks else asked
    passages = {chunk: data.passages[chunk] for chunk in sorted(chosen)}
    return EncodedSet.of(model, list(data.relevant), passages, batch_size, "before training")
