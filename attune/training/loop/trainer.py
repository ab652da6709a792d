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
from dataclasses import dataclass
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
from sentence_transformers.sentence_transformer.data_collator import SentenceTransformerDataCollator
from torch.utils.data import DataLoader, Sampler
from transformers import PrinterCallback, TrainerCallback

from attune.core.errors import UserError
from attune.training.data.batches import Batch, TrainingSet
from attune.training.data.teachers import Teacher
from attune.training.loop.checkpoints import Checkpoints, latest
from attune.training.loop.loss import ContrastiveLoss, share
from attune.training.loop.processes import processes

WEIGHTS = "model.safetensors"  # of a checkpoint
EXPLOSION, STEPS = 2.0, 10  # a loss that is, over so many steps, so many times what it was, or what guessing gives


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


def train(
    model: SentenceTransformer,
    data: TrainingSet,
    settings: TrainSettings,
    callbacks: Sequence[TrainerCallback] = (),
    checkpoints: Path | None = None,
    checkpoint_steps: int = 0,
    teacher: Teacher | None = None,
) -> list[tuple[int, float]]:
    """Train a model in place and return the loss of each step; the same bytes each time on the same machine.

    Args:
        model: the model to train.
        data: what to train on.
        settings: how to train.
        callbacks: see every step that this run makes. A resumed run begins with `state.global_step` above 0, and
            finds what they had put into `state.log_history` before the last checkpoint.
        checkpoints: folder for checkpoints (see `checkpoint_folder`); one that is there is gone on from. None keeps
            none.
        checkpoint_steps: optimizer steps from one checkpoint to the next; there is one after each epoch as well.
        teacher: what to learn from beside the labels, as far as `settings.teacher_weight` says.

    Raises:
        UserError: there is too little to train on, too many processes for a batch, or the loss diverges.
    """
    plan = data.plan(settings.epochs, settings.batch_size, settings.questions_per_chunk, settings.seed)
    batches = [batch for epoch in plan for batch in epoch]
    guard = _Guard(guessing=math.log(max(len(batch.chunks) for batch in batches)))
    savers = [] if checkpoints is None else [Checkpoints(checkpoint_steps)]
    with (
        _window(model, settings.max_tokens),
        _dropout(model, settings.dropout),
        tempfile.TemporaryDirectory() if checkpoints is None else nullcontext(checkpoints) as folder,
    ):
        arguments = _arguments(settings, Path(folder), -(-len(plan[0]) // settings.gradient_accumulation))
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
            loss=ContrastiveLoss(
                model,
                1 / settings.temperature,
                settings.symmetric,
                settings.mini_batch,
                settings.dimensions,
                settings.teacher_weight,
            ),
            callbacks=[guard, *callbacks, *savers],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train(resume_from_checkpoint=None if checkpoints is None else latest(checkpoints))
        processes().wait_for_everyone()  # another one may still write a checkpoint
    return [(int(entry["step"]), entry["loss"]) for entry in trainer.state.log_history if "loss" in entry]


class Collator:
    """Turns a batch into what the model reads, with the prompts of `encode_query` and `encode_document`.

    Keys are `question_…`, `passage_…` for each thing the tokenizer returns, of this process's share, and `label`.
    """

    def __init__(self, model: SentenceTransformer, data: TrainingSet, teacher: Teacher | None = None) -> None:
        self._data, self._teacher = data, teacher
        prompts = {"question": _prompt(model, "query"), "passage": _prompt(model, "document", "passage", "corpus")}
        self._tokenize = SentenceTransformerDataCollator(
            preprocess_fn=model.preprocess,
            router_mapping={"question": "query", "passage": "document"},
            prompts={kind: prompt for kind, prompt in prompts.items() if prompt is not None},
        )

    def __call__(self, batches: Sequence[Batch]) -> dict[str, Any]:
        """Return the features of the one batch that the loader hands over."""
        (batch,) = batches
        questions = [{"question": text} for text in share(batch.questions)]
        passages = [{"passage": self._data.passages[chunk]} for chunk in share(batch.chunks)]
        labels = self._data.labels(batch)
        if self._teacher is not None:
            labels["teacher"] = self._teacher(batch.questions, batch.chunks)
        return self._tokenize(questions) | self._tokenize(passages) | {"label": labels}


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


class _Order(Sampler[list[int]]):
    """The numbers of an epoch's batches."""

    def __init__(self, batches: int) -> None:
        self._batches, self._epoch = batches, 0

    def set_epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def __iter__(self) -> Iterator[list[int]]:
        return ([self._epoch * self._batches + number] for number in range(self._batches))

    def __len__(self) -> int:
        return self._batches


class _Loader(DataLoader[Batch]):
    def set_epoch(self, epoch: int) -> None:
        self.batch_sampler.set_epoch(epoch)  # type: ignore[union-attr]


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


@contextmanager
def _window(model: SentenceTransformer, tokens: int | None) -> Iterator[None]:
    """Let the model read at most so many tokens in the block."""
    window = model.max_seq_length
    if tokens is not None and window is not None:
        model.max_seq_length = min(tokens, window)
    try:
        yield
    finally:
        model.max_seq_length = window


@contextmanager
def _dropout(model: SentenceTransformer, keep: bool) -> Iterator[None]:
    """Let dropout layers pass everything in the block, unless they are to be kept."""
    layers = {} if keep else {module: module.p for module in model.modules() if isinstance(module, torch.nn.Dropout)}
    for layer in layers:
        layer.p = 0.0
    try:
        yield
    finally:
        for layer, dropped in layers.items():
            layer.p = dropped


def _arguments(settings: TrainSettings, folder: Path, steps_per_epoch: int) -> SentenceTransformerTrainingArguments:
    return SentenceTransformerTrainingArguments(
        output_dir=str(folder),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.gradient_accumulation,
        learning_rate=settings.learning_rate,
        warmup_steps=math.ceil(settings.warmup_fraction * settings.epochs * steps_per_epoch),
        weight_decay=settings.weight_decay,
        bf16=settings.bf16,
        use_cpu=not torch.accelerator.is_available(),  # on a CPU, bf16 and several processes work only if this is said
        seed=settings.seed,
        full_determinism=True,
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="no",  # `Checkpoints` decides
        save_total_limit=1,
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def _prompt(model: SentenceTransformer, *names: str) -> str | None:
    """Return the first prompt that the model has by one of the names, else its default one."""
    found = next((name for name in names if name in model.prompts), model.default_prompt_name)
    return None if found is None else model.prompts.get(found)
