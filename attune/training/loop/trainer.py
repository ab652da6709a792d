"""Training on a `TrainingSet` with sentence-transformers' trainer: its loop, optimizer, checkpoints and processes.

The trainer asks for batches, a collator and a loss; here they are a plan that is made before training, a collator that
tokenizes the questions and the chunks of a batch apart, and `ContrastiveLoss`. Under `torchrun` every process gets the
same plan and encodes its share of each batch.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

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
from attune.training.data.fixed_chunks import FixedChunks
from attune.training.data.teachers import Teacher
from attune.training.data.training_set import TrainingSet
from attune.training.loop.checkpoints import SaveCheckpoints
from attune.training.loop.divergence import StopOnDivergence
from attune.training.loop.loader import Collator, planned_loader
from attune.training.loop.loss import ContrastiveLoss
from attune.training.loop.params import LoopParams
from attune.training.loop.precision import AttentionInFloat32, without_autocast
from attune.training.loop.processes import group, use_one_gpu

WEIGHTS = "model.safetensors"  # of a checkpoint


class StepLoss(NamedTuple):
    """The loss of an optimizer step; the first step is 1."""

    step: int
    loss: float


def train(
    model: SentenceTransformer,
    data: TrainingSet,
    params: LoopParams,
    callbacks: Sequence[TrainerCallback] = (),
    checkpoints: SaveCheckpoints | None = None,
    teacher: Teacher | None = None,
    fixed: FixedChunks | None = None,
) -> list[StepLoss]:
    """Train a model in place and return the loss of each step; the same bytes each time on the same machine.

    Args:
        model: the model to train.
        data: what to train on.
        params: how to train.
        callbacks: see every step that this run makes. A resumed run begins with `state.global_step` above 0, and
            finds what they had put into `state.log_history` before the last checkpoint.
        checkpoints: when and where they are written; the run goes on from the newest that is there. None writes none.
        teacher: what to learn from beside the labels, as far as `params.teacher_weight` says.
        fixed: chunks that keep their vectors, which all questions are compared with in every step; None encodes the
            chunks of a batch, and compares with these.

    Raises:
        UserError: there is too little to train on, too many processes for a batch, or the loss diverges.
    """
    plan = plan_batches(data, params.epochs, params.batch_size, params.questions_per_chunk, params.seed)
    if fixed is not None:
        plan = [[replace(batch, chunks=fixed.ids) for batch in epoch] for epoch in plan]
    batches = [batch for epoch in plan for batch in epoch]
    _check_share(batches)
    guard = StopOnDivergence(chunks=max(len(batch.chunks) for batch in batches))
    with _in_training(model, params), tempfile.TemporaryDirectory() as unused:
        trainer = _Trainer(
            plan,
            params.dropout,
            model=model,
            args=_arguments(params, checkpoints.folder if checkpoints else Path(unused), len(plan[0])),
            data_collator=Collator(model, data, teacher, fixed is not None),
            loss=ContrastiveLoss(model, params, fixed.vectors if fixed else None),
            callbacks=[guard, *callbacks, *([checkpoints] if checkpoints else [])],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train(resume_from_checkpoint=checkpoints.latest() if checkpoints else None)
        group().wait_for_everyone()  # another one may still write a checkpoint
    return [StepLoss(int(entry["step"]), entry["loss"]) for entry in trainer.state.log_history if "loss" in entry]


class _Trainer(SentenceTransformerTrainer):
    """The trainer, with batches that are made beforehand, and without what is not wanted here."""

    def __init__(self, plan: Sequence[Sequence[Batch]], dropout: bool, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._plan, self._dropout = plan, dropout

    def get_train_dataloader(self) -> DataLoader[Batch]:
        """Not handed to accelerate, which would deal out whole batches to the processes."""
        return planned_loader(self._plan, self.data_collator, self.args.dataloader_pin_memory)

    def compute_loss(self, model: Any, *arguments: Any, **named: Any) -> Any:
        """Without dropout the model works as in use.

        Many models drop by a number in their config and not by a layer, and only so all of them leave it. Nothing else
        in them looks at whether they are in training.
        """
        if not self._dropout:
            model.eval()  # each step sets it to training
        return super().compute_loss(model, *arguments, **named)

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        """The library's card holds times and samples of the data; this project writes its own."""

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        """Weights alone: with adapters in it, a model could not be loaded from a folder."""
        folder = Path(str(output_dir))
        folder.mkdir(parents=True, exist_ok=True)
        save_model(self.model, str(folder / WEIGHTS))

    def _load_from_checkpoint(self, checkpoint_path: str) -> None:  # type: ignore[override]
        load_model(self.model, str(Path(checkpoint_path) / WEIGHTS), device=str(self.model.device))


def _check_share(batches: Sequence[Batch]) -> None:
    """Refuse so large a group that a process would have no question or no chunk of a batch to encode."""
    processes, smallest = group().num_processes, min(min(len(b.questions), len(b.chunks)) for b in batches)
    if smallest < processes:
        raise UserError(
            f"{processes} processes cannot share a batch of {smallest} texts; "
            "lower runtime.processes or raise finetune.batch_size"
        )


@contextmanager
def _in_training(model: SentenceTransformer, params: LoopParams) -> Iterator[None]:
    """Let the model read as many tokens as in training and compute as is fastest there, for the block alone."""
    window = model.max_seq_length
    if params.max_tokens is not None and isinstance(window, int):  # static embeddings say infinity, and stay so
        model.max_seq_length = min(params.max_tokens, window)
    on_processor = params.bf16 and model.device.type == "cpu"
    try:
        with AttentionInFloat32() if on_processor else nullcontext():
            yield
    finally:
        if isinstance(window, int):
            model.max_seq_length = window
        without_autocast(model)


def _arguments(params: LoopParams, folder: Path, batches_per_epoch: int) -> SentenceTransformerTrainingArguments:
    steps_per_epoch = -(-batches_per_epoch // params.gradient_accumulation)
    arguments = SentenceTransformerTrainingArguments(
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
        save_strategy="no",  # `SaveCheckpoints` decides
        save_total_limit=1,
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    return use_one_gpu(arguments)
