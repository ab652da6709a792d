"""How to train: the knobs, and what they make of the questions and of the model before training begins."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from attune.core.errors import UserError
from attune.core.params import Section
from attune.training.adapters import add_adapters, freeze_embeddings
from attune.training.data.batches import TrainingSet
from attune.training.data.encoded import Encoded
from attune.training.data.hard_negatives import hard_negatives, round_trip
from attune.training.data.teachers import BASE, Teacher, base_teacher, cross_encoder_teacher
from attune.training.loop.trainer import TrainSettings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class FinetuneParams(Section):
    """The section `finetune` of params.yaml."""

    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=2)  # a batch of one has no negatives
    questions_per_chunk: int | None = Field(ge=1)
    learning_rate: float = Field(gt=0, lt=1)
    warmup_fraction: float = Field(ge=0, le=1)
    weight_decay: float = Field(ge=0)
    temperature: float = Field(gt=0)
    symmetric: bool
    dropout: bool
    max_tokens: int | None = Field(ge=16)
    near_duplicate_similarity: float = Field(gt=0, le=1)
    gradient_accumulation: int = Field(ge=1)
    mini_batch: int | None = Field(ge=1)
    bf16: bool
    round_trip: int | None = Field(ge=1)
    hard_negatives: int = Field(ge=0)
    negative_margin: float = Field(gt=0, le=1)
    teacher: str | None = Field(min_length=1)
    teacher_revision: str | None
    teacher_weight: float = Field(gt=0, le=1)
    dimensions: list[Annotated[int, Field(ge=1)]]
    lora_rank: int | None = Field(ge=1)
    freeze_embeddings: bool
    patience: int | None = Field(ge=1)
    interpolate: list[float] = Field(min_length=1)
    keep_general: bool
    dev_chunks: int = Field(ge=10)
    seed: int = Field(ge=0)

    @property
    def settings(self) -> TrainSettings:
        """What the trainer takes."""
        values = {name: getattr(self, name) for name in TrainSettings.__dataclass_fields__}
        return TrainSettings(**values | {"dimensions": tuple(self.dimensions)})


def prepare(
    model: SentenceTransformer, data: TrainingSet, params: FinetuneParams, batch_size: int
) -> tuple[TrainingSet, Teacher | None]:
    """Filter the questions, look for hard negatives and ask for a teacher, as far as the knobs say.

    Raises:
        UserError: no question passes the filter, or there is no such teacher.
    """
    given = data

    @cache
    def encoded() -> Encoded:  # once, and only where something needs it
        return Encoded.of(model, given, batch_size)

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


def adapt(model: SentenceTransformer, params: FinetuneParams) -> Callable[[], None]:
    """Choose which weights are trained; return what puts the model into its own form again.

    Raises:
        UserError: the model is not of a kind that the knobs are for.
    """
    if max(params.dimensions, default=0) > (model.get_embedding_dimension() or 0):
        raise UserError(
            f"finetune.dimensions has {max(params.dimensions)}, but the base model's vectors have "
            f"{model.get_embedding_dimension()} numbers"
        )
    if params.freeze_embeddings:
        freeze_embeddings(model)
    if params.lora_rank is not None:
        return add_adapters(model, params.lora_rank)
    return lambda: None
