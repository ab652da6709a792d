"""How to train: the knobs of the loop."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainSettings:
    """How to train.

    Attributes:
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
        dimensions: how many first numbers of a vector shall stand alone as well; see `ContrastiveLoss`.
        teacher_weight: how much a teacher has to say, from 0 to 1; see `info_nce`.
        seed: of the batches and the dropout.
    """

    epochs: int
    batch_size: int
    questions_per_chunk: int | None
    learning_rate: float
    warmup_fraction: float
    weight_decay: float
    temperature: float
    symmetric: bool
    max_tokens: int | None
    dropout: bool
    gradient_accumulation: int
    mini_batch: int | None
    bf16: bool
    dimensions: tuple[int, ...]
    teacher_weight: float
    seed: int
