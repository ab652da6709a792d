"""How to train: the knobs, and what they make of the questions and of the model before training begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from attune.core.params import Section
from attune.training.loop.params import TrainSettings

if TYPE_CHECKING:
    pass


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
