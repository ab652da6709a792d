"""A training and what is kept of it: its last or best epoch, as far from the base model as dev questions say is better.

What is better by no more than luck does not count, nor what loses general knowledge; so the base model may be what is
kept. Without dev questions it is the last epoch, as far from the base model as loses no general knowledge.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from attune.choice.guards import keeps_general, luck_of
from attune.choice.interpolation import choose, choose_unseen, snapshot
from attune.core.errors import UserError
from attune.core.params import BaseModelParams, RuntimeParams
from attune.models.device import Device, check_bf16, idle_gpus
from attune.models.load import load_embedder
from attune.models.positions import lengthen_window
from attune.models.prompts import set_prompts
from attune.models.trainable import check_trainable
from attune.models.window import window_of
from attune.search.measures import means
from attune.training.adapters import adapt
from attune.training.best_epoch import BestEpoch, Epoch
from attune.training.data.training_set import TrainingSet
from attune.training.dev import NDCG, DevSet
from attune.training.loop.checkpoints import SaveCheckpoints, checkpoint_folder, checkpoint_key
from attune.training.loop.params import QUESTION
from attune.training.loop.precision import narrow, precision_of, widen
from attune.training.loop.processes import group, local_processes
from attune.training.loop.trainer import train
from attune.training.outcome import Trained
from attune.training.params import FinetuneParams
from attune.training.prepare import prepare
from attune.training.saving.fingerprint import fingerprint

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CHECKPOINTS = ".attune/checkpoints"  # no output: they are gone when the stage is done


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
    watched, device = bool(dev.asked), Device.here()
    check_trainable(base)
    if params.bf16:
        check_bf16(device)
    if told := idle_gpus(device, local_processes()):
        print(told)
    model = load_embedder(base)
    print(f"{base.name}: {set_prompts(model, base.name)}")
    made_of = fingerprint(model)
    is_fixed = params.side == QUESTION  # the passages keep the base model's vectors, and `model` is for questions alone
    if is_fixed:
        _refuse_longer(model, base)
    data, teacher, fixed = prepare(model, data, params, batch_size)
    if is_fixed and watched and first:
        dev = dev.fixed(model, batch_size)
    before = dev.measure(model, batch_size) if watched and first else {}
    harmless = keeps_general(model, general, batch_size, is_fixed) if first and general is not None else None

    _lengthen(model, base.max_tokens)
    start, stored = snapshot(model), precision_of(model)
    widen(model)
    merge = adapt(model, params)
    kinds = sorted({str(kind) for kind in stored.values()})
    chunks = fixed.ids if fixed else ()
    key = checkpoint_key(model, data, params, dev.asked.texts, dev.asked.relevant, kinds, chunks)
    with checkpoint_folder(Path(CHECKPOINTS), key) as folder:
        epochs = BestEpoch(model, dev, batch_size, folder, params.keep_epoch == "best", params.patience, stored)
        saves = SaveCheckpoints(folder, runtime.checkpoint_steps)
        losses = train(model, data, params, [epochs], saves, teacher, fixed)
        if not first:
            return None
        best = epochs.take()
        merge()
        narrow(model, stored)
        if watched:
            known = {0.0: before[NDCG]}
            if params.lora_rank is None and params.max_tokens is None:  # else it was not quite this model
                known[1.0] = next(np.array(epoch.ndcg) for epoch in epochs.measured if epoch.number == best)
            choice = choose(
                model,
                start,
                params.interpolate,
                measure=lambda model: dev.measure(model, batch_size)[NDCG],
                lucky=luck_of([np.array(epoch.ndcg) for epoch in epochs.candidates], dev.clusters),
                harmless=harmless,
                known=known,
            )
        else:
            choice = choose_unseen(model, start, params.interpolate, harmless)

    if choice.weight == 0:  # the very base model, with its own window
        model = _load(base)
    passages = _load(base) if is_fixed else None
    pairs = sum(map(len, data.relevant.values()))
    curve = [Epoch(0, means(before), before[NDCG].tolist()), *epochs.measured] if watched else []
    guards = tuple(name for name, there in (("dev", watched), ("general", harmless is not None)) if there)
    clusters = len(set(dev.clusters))
    asked = len(data.relevant)
    return Trained(model, passages, made_of, asked, pairs, losses, curve, epochs.last, best, choice, guards, clusters)


def _load(base: BaseModelParams) -> SentenceTransformer:
    model = load_embedder(base)
    set_prompts(model, base.name)
    return model


def _refuse_longer(model: SentenceTransformer, base: BaseModelParams) -> None:
    """Refuse a window that the base model, which makes the vectors of the passages, does not have.

    Raises:
        UserError: it is longer.
    """
    reads = window_of(model)
    if base.max_tokens is not None and reads is not None and base.max_tokens > reads:
        raise UserError(
            f"base_model.max_tokens is {base.max_tokens}, but with finetune.side: {QUESTION} passages are read by "
            f"{base.name} as it is, which reads {reads} tokens; set base_model.max_tokens to {reads} or less"
        )


def _lengthen(model: SentenceTransformer, window: int | None) -> None:
    """Let the model read as many tokens as are asked for; None leaves it as it is."""
    if window is not None and window > (reads := window_of(model) or window):
        print(f"the window grows from {reads} to {window} tokens")
        lengthen_window(model, window)
