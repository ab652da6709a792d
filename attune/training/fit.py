"""A training and what is kept of it: the best epoch, as far from the base model as is better on the dev questions.

What is better by no more than noise does not count, nor what loses general knowledge; so the base model may be what is
kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from attune.core.params import RuntimeParams
from attune.evaluation.general import ask
from attune.models.window import lengthen_window
from attune.search.general_set import load_set
from attune.search.measures import Values, means
from attune.statistics.difference import compare, verdict_word
from attune.training.adapters import adapt
from attune.training.best_epoch import Course
from attune.training.data.training_set import TrainingSet
from attune.training.dev import NDCG, DevSet
from attune.training.interpolation import Choice, choose, snapshot
from attune.training.loop.checkpoints import checkpoint_folder, checkpoint_key
from attune.training.loop.processes import processes
from attune.training.loop.trainer import train
from attune.training.params import FinetuneParams
from attune.training.prepare import prepare

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CHECKPOINTS = ".attune/checkpoints"  # no output: they are gone when the stage is done
NOISE = 0.2  # a gain on the dev questions counts when equal models show as much in less than a tenth of cases


@dataclass(frozen=True)
class Fitted:
    """What came of a training."""

    questions: int  # that passed the filter
    pairs: int  # of those with a chunk
    loss: list[tuple[int, float]]
    before: dict[str, float]  # the base model on the dev questions; empty without any
    course: Course
    best: int  # epoch
    choice: Choice | None  # of a way between the models; None without dev questions

    @property
    def curve(self) -> list[tuple[int, dict[str, float]]]:
        """The dev measures before training and after each epoch."""
        return [(0, self.before), *self.course.epochs] if self.before else []

    @property
    def metrics(self) -> dict[str, Any]:
        """How training went on the dev questions, as it stands in metrics.json."""
        if self.choice is None:
            return {"epoch": self.best, "weight": 1.0}
        by_weight = {f"{weight:g}": float(values.mean()) for weight, values in self.choice.values.items()}
        dev = {"before": self.before, "after": dict(self.course.epochs)[self.best], "ndcg@10_by_weight": by_weight}
        return {"epoch": self.best, "weight": self.choice.weight, "dev": dev}


def fit(
    model: SentenceTransformer,
    data: TrainingSet,
    dev: DevSet,
    params: FinetuneParams,
    runtime: RuntimeParams,
    window: int | None,
    general: Path | None,
) -> Fitted | None:
    """Train a model, and leave it with the weights that were chosen.

    Args:
        model: the base model.
        data: what to train on.
        dev: what to choose by.
        params: how to train.
        runtime: the knobs that change no result.
        window: tokens that the model shall be able to read; None for as many as it does.
        general: the questions that the model must not do worse on; None for no such condition.

    Returns:
        What came of it; None in all processes but the first, which alone has the chosen weights.
    """
    batch_size, watched = runtime.encode_batch_size, bool(dev.questions) and processes().is_main_process
    data, teacher = prepare(model, data, params, batch_size)
    before = dev.measure(model, batch_size) if watched else {}
    harmless = keeps_general(model, general, batch_size) if watched and general is not None else None
    if window is not None and window > (model.max_seq_length or window):
        print(f"the window grows from {model.max_seq_length} to {window} tokens")
        lengthen_window(model, window)
    start = snapshot(model)
    merge = adapt(model, params)
    key = checkpoint_key(model, data, params.settings, params.model_dump(), dev.questions, dev.relevant)
    with checkpoint_folder(Path(CHECKPOINTS), key) as folder:
        course = Course(model, dev, batch_size, folder, params.patience)
        loss = train(model, data, params.settings, [course], folder, runtime.checkpoint_steps, teacher)
        if not processes().is_main_process:
            return None
        best, choice = course.take_best(), None
        merge()
        if watched:
            choice = choose(
                model,
                start,
                params.interpolate,
                measure=lambda model: dev.measure(model, batch_size)[NDCG],
                beats=beats_noise,
                harmless=harmless,
                known={0.0: before[NDCG]},
            )
    pairs = sum(map(len, data.relevant.values()))
    return Fitted(len(data.relevant), pairs, loss, means(before), course, best, choice)


def beats_noise(values: Values, base: Values) -> bool:
    """Tell whether a model beats the base model on the dev questions by more than noise."""
    found = compare(values, base, np.arange(len(values)))
    return found.difference > 0 and found.p < NOISE


def keeps_general(base: SentenceTransformer, folder: Path, batch_size: int) -> Callable[[SentenceTransformer], bool]:
    """Return a test whether a model is as good as the base model on general questions, as far as can be seen."""
    general = load_set(str(folder))
    before = ask(base, general, batch_size, [1], "general questions, before")[0][NDCG]

    def keeps(model: SentenceTransformer) -> bool:
        after = ask(model, general, batch_size, [1], "general questions, after")[0][NDCG]
        return verdict_word(compare(after, before, general.clusters)) != "worse"

    return keeps
