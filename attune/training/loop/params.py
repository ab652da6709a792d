"""How to train: those knobs of the section `finetune` that the loop obeys."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from attune.core.params import Section

QUESTION = "question"  # of `side`: the passages keep the base model's vectors


class LoopParams(Section):
    """How to train.

    Attributes:
        side: what is trained: one model for questions and chunks, or one for the questions alone; see `FixedChunks`.
        epochs: passes over the chunks.
        batch_size: chunks of a batch, of all processes together.
        questions_per_chunk: questions of a chunk in an epoch, others in the next; None for all.
        learning_rate: the highest, after the warm-up; it falls to 0 in a straight line.
        warmup_fraction: share of the steps in which the learning rate rises.
        weight_decay: of AdamW.
        temperature: of the softmax.
        symmetric: whether chunks also have to find their questions.
        max_tokens: tokens read of a text in training; None for the model's window.
        dropout: whether the model's dropout layers work; without them a processor saves a sixth of the time.
        gradient_accumulation: batches of an optimizer step; a batch has no negatives in the others.
        mini_batch: texts in memory at a time, at the price of encoding them twice; None for the whole batch.
        bf16: compute in bfloat16 where that is precise enough.
        dimensions: for each d, the first d numbers of a vector shall stand alone as well; see `ContrastiveLoss`.
        teacher_weight: how much a teacher has to say, from 0 to 1; see `info_nce`.
        seed: of the batches and the dropout.
    """

    side: Literal["both", "question"]
    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=2)  # a batch of one has no negatives
    questions_per_chunk: int | None = Field(ge=1)
    learning_rate: float = Field(gt=0, lt=1)
    warmup_fraction: float = Field(ge=0, le=1)
    weight_decay: float = Field(ge=0)
    temperature: float = Field(gt=0)
    symmetric: bool
    max_tokens: int | None = Field(ge=16)
    dropout: bool
    gradient_accumulation: int = Field(ge=1)
    mini_batch: int | None = Field(ge=1)
    bf16: bool
    dimensions: list[Annotated[int, Field(ge=1)]]
    teacher_weight: float = Field(gt=0, le=1)
    seed: int = Field(ge=0)
