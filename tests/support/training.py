"""What is trained on, how, and how it is interrupted, in the tests of training."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from torch import Tensor
from transformers import TrainerCallback

from attune.core.params import PARAMS_FILE, load_params
from attune.core.records import Chunk
from attune.training.data.batches import BatchLabels
from attune.training.data.training_set import TrainingSet
from attune.training.loop.params import LoopParams
from attune.training.params import FinetuneParams
from tests.conftest import ROOT

SUBJECTS = "pump fan oven lamp door lock wheel mirror bottle carpet engine candle radio".split()


def knobs(**changes: Any) -> LoopParams:
    """How to train in a second; what is not said here is as in params.yaml. Changes may go beyond the ranges."""
    values: dict[str, Any] = {
        "side": "both", "epochs": 3, "batch_size": 5, "questions_per_chunk": None, "learning_rate": 3e-3,
        "warmup_fraction": 0.1, "weight_decay": 0.01, "temperature": 0.05, "symmetric": False, "max_tokens": 32,
        "gradient_accumulation": 1, "mini_batch": None, "bf16": False, "dropout": True, "dimensions": [],
        "teacher_weight": 0.5, "seed": 7,
    }  # fmt: skip
    return _committed().model_copy(update=values | changes)


@cache
def _committed() -> FinetuneParams:
    return load_params("finetune", FinetuneParams, ROOT / PARAMS_FILE)


def examples() -> TrainingSet:
    """13 chunks with two questions each, and one question of two chunks: 3 batches of 4 or 5 chunks."""
    chunks = [Chunk(f"c{i:02d}", "", f"The {name} number {i} is blue.", {}) for i, name in enumerate(SUBJECTS)]
    relevant = {f"{word} colour has {name} {i}?": [f"c{i:02d}"] for i, name in enumerate(SUBJECTS) for word in "ab"}
    relevant |= {"What is blue?": ["c00", "c07"]}
    return TrainingSet.build(chunks, {q: q for q in relevant}, relevant, list(range(13)), [("c01", "c02")])


def training_set_of(
    relevant: dict[str, list[str]],
    chunks: str = "abcdefgh",
    groups: list[int] | None = None,
    overlaps: Any = (),
    negatives: Any = None,
    texts: dict[str, str] | None = None,
) -> TrainingSet:
    """A training set whose chunks have one letter as id and whose questions are their own ids."""
    data = TrainingSet.build(
        [Chunk(name, "", f"text {name}", {}) for name in chunks],
        {question: question for question in relevant} | (texts or {}),
        relevant,
        groups if groups is not None else list(range(len(chunks))),
        overlaps,
    )
    return replace(data, negatives=negatives or {})


def labelled(relevant: Tensor, masked: Tensor | None = None) -> BatchLabels:
    """BatchLabels without a teacher; without `masked`, nothing is."""
    return {"relevant": relevant, "masked": torch.zeros_like(relevant) if masked is None else masked}


def sentence_transformers_loss(model: Any, symmetric: bool) -> MultipleNegativesRankingLoss:
    """What `info_nce` is compared with: its scale is 20 as well."""
    if not symmetric:
        return MultipleNegativesRankingLoss(model)
    return MultipleNegativesRankingLoss(
        model, directions=("query_to_doc", "doc_to_query"), partition_mode="per_direction"
    )


def saved(model: SentenceTransformer, folder: Path) -> bytes:
    """Save a model; return its file of weights."""
    model.save_pretrained(str(folder), create_model_card=False)
    return (folder / "model.safetensors").read_bytes()


class Stop(TrainerCallback):
    """Ends the process at the end of a step, or raises; keeps a note of every step for a resumed run."""

    def __init__(self, step: int, kill: bool = False) -> None:
        self._step, self._kill = step, kill

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        state.log_history.append({"note": state.global_step})
        if state.global_step == self._step:
            if self._kill:
                os.kill(os.getpid(), signal.SIGKILL)
            raise KeyboardInterrupt
