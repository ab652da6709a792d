"""The section `finetune` of params.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from attune.training.data.teachers import BASE
from attune.training.loop.params import QUESTION, LoopParams


class FinetuneParams(LoopParams):
    """`finetune`: how the loop trains, and what is done with the questions and the model before and after it.

    Attributes:
        round_trip: a question must find its chunk among the first N; None keeps all. See `round_trip`.
        hard_negatives: of a chunk at most; see `hard_negatives`.
        negative_margin: share of the right chunk's similarity that a hard negative must stay below.
        teacher: `base`, a folder or a model of the hub; see `attune.training.data.teachers`.
        teacher_revision: commit hash of a model of the hub.
        lora_rank: of adapters that are trained instead of the weights; None trains the weights.
        freeze_embeddings: whether the word embeddings stay as they are.
        keep_epoch: which of the epochs goes on to the ways between the models.
        patience: stop after N epochs without a better one; None goes through all.
        interpolate: how far to go from the base model (0) to the trained one (1), all of which are tried.
        keep_general: go no way that makes the model worse on general questions.
        dev_chunks: the dev questions are asked of at most N chunks.
    """

    round_trip: int | None = Field(ge=1)
    hard_negatives: int = Field(ge=0)
    negative_margin: float = Field(gt=0, le=1)
    teacher: str | None = Field(min_length=1)
    teacher_revision: str | None
    lora_rank: int | None = Field(ge=1)
    freeze_embeddings: bool
    keep_epoch: Literal["last", "best"]
    patience: int | None = Field(ge=1)
    interpolate: list[float] = Field(min_length=1)
    keep_general: bool
    dev_chunks: int = Field(ge=10)

    @field_validator("patience")
    @classmethod
    def _for_the_best(cls, patience: int | None, info: ValidationInfo) -> int | None:
        if patience is not None and info.data.get("keep_epoch") == "last":
            raise ValueError(
                "it ends the training some epochs after the best one; set finetune.keep_epoch to best, or it to null"
            )
        return patience

    @field_validator("hard_negatives")
    @classmethod
    def _all_are_there(cls, count: int, info: ValidationInfo) -> int:
        if count and info.data.get("side") == QUESTION:
            raise ValueError(f"with finetune.side: {QUESTION} all chunks are in every step already; set it to 0")
        return count

    @field_validator("teacher")
    @classmethod
    def _not_pair_by_pair(cls, teacher: str | None, info: ValidationInfo) -> str | None:
        if teacher not in (None, BASE) and info.data.get("side") == QUESTION:
            raise ValueError(
                f"with finetune.side: {QUESTION} a cross-encoder would read every question with every chunk; "
                f"set it to {BASE} or null"
            )
        return teacher
