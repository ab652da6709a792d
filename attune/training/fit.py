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

from attune.core.params import BaseModelParams, RuntimeParams
from attune.models.load import load_embedder
from attune.models.positions import lengthen_window
from attune.models.prompts import set_prompts
from attune.models.trainable import check_trainable
from attune.models.window import window_of
from attune.search.ask import ask
from attune.search.general_set import load_set
from attune.search.measures import Values, means, ndcg
from attune.statistics.difference import compare, verdict_word
from attune.training.adapters import adapt
from attune.training.best_epoch import BestEpoch, Epoch
from attune.training.data.training_set import TrainingSet
from attune.training.dev import NDCG, DevSet
from attune.training.interpolation import Choice, choose, snapshot
from attune.training.loop.checkpoints import SaveCheckpoints, checkpoint_folder, checkpoint_key
from attune.training.loop.precision import narrow, precision_of, widen
from attune.training.loop.processes import group
from attune.training.loop.trainer import StepLoss, train
from attune.training.params import FinetuneParams
from attune.training.prepare import prepare
from attune.training.saving.fingerprint import fingerprint

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CHECKPOINTS = ".attune/checkpoints"  # no output: they are gone when the stage is done
NOISE = 0.2  # a gain on the dev questions counts when equal models show as much in less than a tenth of cases


@dataclass(frozen=True)
class Trained:
    """What came of a training."""

    model: SentenceTransformer  # with the weights that were chosen
    base_fingerprint: str
    questions: int  # that passed the filter
    pairs: int  # of those with a chunk
    losses: list[StepLoss]
    curve: list[Epoch]  # before training, and of each epoch; empty without dev questions
    epochs: int  # of the training
    best: int  # epoch
    choice: Choice | None  # of a way between the models; None without dev questions

    @property
    def weight(self) -> float:
        """How far from the base model (0) to the best epoch (1) the chosen weights are."""
        return 1.0 if self.choice is None else self.choice.weight

    @property
    def metrics(self) -> dict[str, Any]:
        """How training went on the dev questions, as it stands in metrics.json."""
        if self.choice is None:
            return {"epoch": self.best, "weight": self.weight}
        by_weight = {f"{weight:g}": float(values.mean()) for weight, values in self.choice.values.items()}
        measured = dict(self.curve)
        dev = {"before": measured[0], "after": measured[self.best], "ndcg@10_by_weight": by_weight}
        return {"epoch": self.best, "weight": self.weight, "dev": dev}


def fit(
    base: BaseModelParams,
    data: TrainingSet,
    dev: DevSet,
    params: FinetuneParams,
    runtime: RuntimeParams,
    general: str | None,
) -> Trained | None:
    """Train the base model, and choose how much is kept of what it learned.

    Args:
        base: the model to train, and how many tokens it shall be able to read.
        data: what to train on.
        dev: what to choose by.
        params: how to train.
        runtime: the knobs that change no result.
        general: the set of questions that the model must not do worse on; None for no such condition.

    Returns:
        What came of it; None in all processes but the first, which alone has the chosen weights.

    Raises:
        UserError: there is no such model, it is not of a kind that the knobs are for, or it cannot be trained on this.
    """
    batch_size, first = runtime.encode_batch_size, group().is_main_process
    watched = bool(dev.asked) and first
    check_trainable(base)
    model = load_embedder(base)
    print(f"{base.name}: {set_prompts(model, base.name)}")
    made_of = fingerprint(model)
    data, teacher = prepare(model, data, params, batch_size)
    before = dev.measure(model, batch_size) if watched else {}
    harmless = keeps_general(model, general, batch_size) if watched and general is not None else None

    _lengthen(model, base.max_tokens)
    start, stored = snapshot(model), precision_of(model)
    widen(model)
    merge = adapt(model, params)
    kinds = sorted({str(kind) for kind in stored.values()})
    key = checkpoint_key(model, data, params, dev.asked.texts, dev.asked.relevant, kinds)
    with checkpoint_folder(Path(CHECKPOINTS), key) as folder:
        epochs = BestEpoch(model, dev, batch_size, folder, params.patience, stored)
        losses = train(model, data, params, [epochs], SaveCheckpoints(folder, runtime.checkpoint_steps), teacher)
        if not first:
            return None
        best, choice = epochs.take(), None
        merge()
        narrow(model, stored)
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

    if choice is not None and choice.weight == 0:  # the very base model, with its own window
        model = load_embedder(base)
        set_prompts(model, base.name)
    pairs = sum(map(len, data.relevant.values()))
    curve = [Epoch(0, means(before)), *epochs.measured] if watched else []
    return Trained(model, made_of, len(data.relevant), pairs, losses, curve, epochs.last, best, choice)


def _lengthen(model: SentenceTransformer, window: int | None) -> None:
    """Let the model read as many tokens as are asked for; None leaves it as it is."""
    if window is not None and window > (reads := window_of(model) or window):
        print(f"the window grows from {reads} to {window} tokens")
        lengthen_window(model, window)


def beats_noise(values: Values, base: Values) -> bool:
    """Tell whether a model beats the base model on the dev questions by more than noise."""
    found = compare(values, base, np.arange(len(values)))
    return found.difference > 0 and found.p < NOISE


def keeps_general(base: SentenceTransformer, name: str, batch_size: int) -> Callable[[SentenceTransformer], bool]:
    """Return a test whether a model is as good as the base model on a general set, as far as can be seen."""
    general = load_set(name)
    passages = {chunk.id: chunk.passage for chunk in general.chunks}

    def measured(model: SentenceTransformer) -> Values:
        found = ask(model, general.asked.texts, passages, batch_size, depth=10, description="general questions")
        return ndcg(found.hits(general.asked.relevant), 10)

    before = measured(base)

    def keeps(model: SentenceTransformer) -> bool:
        return verdict_word(compare(measured(model), before, general.clusters)) != "worse"

    return keeps
