"""Training on a `TrainingSet` with sentence-transformers' trainer: its loop, optimizer, checkpoints and processes.

The trainer asks for batches, a collator and a loss; here they are a plan that is made before training, a collator that
tokenizes the questions and the chunks of a batch apart, and `ContrastiveLoss`. Under `torchrun` every process gets the
same plan and encodes its share of each batch.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from safetensors.torch import load_model, save_model
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from torch.utils.data import DataLoader
from transformers import PrinterCallback, TrainerCallback

from attune.core.errors import UserError
from attune.training.data.batches import Batch, plan_batches
from attune.training.data.teachers import Teacher
from attune.training.data.training_set import TrainingSet
from attune.training.loop.checkpoints import Checkpoints, latest
from attune.training.loop.loader import Collator, _Loader, _Order
from attune.training.loop.loss import ContrastiveLoss
from attune.training.loop.modes import _dropout, _window
from attune.training.loop.params import LoopParams
from attune.training.loop.processes import processes

WEIGHTS = "model.safetensors"  # of a checkpoint
EXPLOSION, STEPS = 2.0, 10  # a loss that is, over so many steps, so many times what it was, or what guessing gives


def train(
    model: SentenceTransformer,
    data: TrainingSet,
    params: LoopParams,
    callbacks: Sequence[TrainerCallback] = (),
    checkpoints: Path | None = None,
    checkpoint_steps: int = 0,
    teacher: Teacher | None = None,
) -> list[tuple[int, float]]:
    """Train a model in place and return the loss of each step; the same bytes each time on the same machine.

    Args:
        model: the model to train.
        data: what to train on.
        params: how to train.
        callbacks: see every step that this run makes. A resumed run begins with `state.global_step` above 0, and
            finds what they had put into `state.log_history` before the last checkpoint.
        checkpoints: folder for checkpoints (see `checkpoint_folder`); one that is there is gone on from. None keeps
            none.
        checkpoint_steps: optimizer steps from one checkpoint to the next; there is one after each epoch as well.
        teacher: what to learn from beside the labels, as far as `params.teacher_weight` says.

    Raises:
        UserError: there is too little to train on, too many processes for a batch, or the loss diverges.
    """
    plan = plan_batches(data, params.epochs, params.batch_size, params.questions_per_chunk, params.seed)
    batches = [batch for epoch in plan for batch in epoch]
    guard = _Guard(guessing=math.log(max(len(batch.chunks) for batch in batches)))
    savers = [] if checkpoints is None else [Checkpoints(checkpoint_steps)]
    with (
        _window(model, params.max_tokens),
        _dropout(model, params.dropout),
        tempfile.TemporaryDirectory() if checkpoints is None else nullcontext(checkpoints) as folder,
    ):
        arguments = _arguments(params, Path(folder), -(-len(plan[0]) // params.gradient_accumulation))
        smallest = min(min(len(batch.questions), len(batch.chunks)) for batch in batches)
        if smallest < processes().num_processes:
            raise UserError(
                f"{processes().num_processes} processes cannot share a batch of {smallest} texts; "
                "lower runtime.processes or raise finetune.batch_size"
            )
        trainer = _Trainer(
            batches,
            len(plan[0]),
            model=model,
            args=arguments,
            data_collator=Collator(model, data, teacher),
            loss=ContrastiveLoss(model, params),
            callbacks=[guard, *callbacks, *savers],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train(resume_from_checkpoint=None if checkpoints is None else latest(checkpoints))
        processes().wait_for_everyone()  # another one may still write a checkpoint
    return [(int(entry["step"]), entry["loss"]) for entry in trainer.state.log_history if "loss" in entry]


class _Trainer(SentenceTransformerTrainer):
    """The trainer, with batches that are made beforehand, and without what is not wanted here."""

    def __init__(self, batches: Sequence[Batch], batches_per_epoch: int, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._batches, self._batches_per_epoch = batches, batches_per_epoch

    def get_train_dataloader(self) -> DataLoader[Batch]:
        """Not handed to accelerate, which would deal out whole batches to the processes."""
        return _Loader(
            self._batches,  # type: ignore[arg-type]  # any sequence is a data set
            batch_sampler=_Order(self._batches_per_epoch),
            collate_fn=self.data_collator,
            pin_memory=self.args.dataloader_pin_memory,
        )

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        """The library's card holds times and samples of the data; this project writes its own."""

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        """Weights alone: with adapters in it, a model could not be loaded from a folder."""
        folder = Path(str(output_dir))
        folder.mkdir(parents=True, exist_ok=True)
        save_model(self.model, str(folder / WEIGHTS))

    def _load_from_checkpoint(self, checkpoint_path: str) -> None:  # type: ignore[override]
        load_model(self.model, str(Path(checkpoint_path) / WEIGHTS), device=str(self.model.device))


class _Guard(TrainerCallback):
    """Stops where the loss is no number any more, or grows out of bounds."""

    def __init__(self, guessing: float) -> None:
        self._guessing = guessing

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        if not logs or "loss" not in logs:
            return
        first, last = (
            [entry["loss"] for entry in entries if "loss" in entry]
            for entries in (state.log_history[:STEPS], state.log_history[-STEPS:])
        )
        if not math.isfinite(logs["loss"]) or fmean(last) > EXPLOSION * max(fmean(first), self._guessing):
            raise UserError(
                f"the loss is {logs['loss']:.4g} at step {state.global_step}: training has diverged; "
                "lower finetune.learning_rate or raise finetune.warmup_fraction"
            )


def _arguments(params: LoopParams, folder: Path, steps_per_epoch: int) -> SentenceTransformerTrainingArguments:
    return SentenceTransformerTrainingArguments(
        output_dir=str(folder),
        num_train_epochs=params.epochs,
        per_device_train_batch_size=params.batch_size,
        gradient_accumulation_steps=params.gradient_accumulation,
        learning_rate=params.learning_rate,
        warmup_steps=math.ceil(params.warmup_fraction * params.epochs * steps_per_epoch),
        weight_decay=params.weight_decay,
        bf16=params.bf16,
        use_cpu=not torch.accelerator.is_available(),  # on a CPU, bf16 and several processes work only if this is said
        seed=params.seed,
        full_determinism=True,
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="no",  # `Checkpoints` decides
        save_total_limit=1,
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
    )
