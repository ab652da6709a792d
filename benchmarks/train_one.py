"""Train once, in a process of its own, so that its time and its memory are its own: ours, or the classic recipe.

The classic recipe is the published one (run-llama/finetune-embedding, 2023): batches of 10 pairs in the order of the
document, MultipleNegativesRankingLoss, two epochs, the learning rate that sentence-transformers' `fit` has by default.

Usage: python -m benchmarks.train_one {ours,classic} DATA OUT '{"window": 256, "epochs": 2, "batch": 10, ...}'
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from sentence_transformers import InputExample, SentenceTransformer
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from torch.utils.data import DataLoader

from attune.choice.interpolation import interpolate, snapshot
from attune.core.params import PARAMS_FILE, BaseModelParams, load_params
from attune.models.encode import set_up_torch
from attune.models.load import load_embedder
from attune.models.positions import lengthen_window
from attune.parts.assign import SplitParams
from attune.text.near_duplicates import near_duplicate_groups
from attune.training.data.training_set import training_set
from attune.training.loop.trainer import train
from attune.training.params import FinetuneParams
from attune.training.prepare import prepare
from benchmarks.seed import load

ROOT = Path(__file__).parents[1]
WARMUP = 0.1  # share of the steps, as published


def classic(model: SentenceTransformer, pairs: list[tuple[str, str]], batch: int, epochs: int) -> None:
    """Train as the notebooks do."""
    # with this collation the loader hands over what `fit` expects; no shuffling, as published
    loader: Any = DataLoader([InputExample(texts=list(pair)) for pair in pairs], batch_size=batch)  # type: ignore[arg-type]
    model.fit(
        train_objectives=[(loader, MultipleNegativesRankingLoss(model))],
        epochs=epochs,
        warmup_steps=int(len(loader) * epochs * WARMUP),
        show_progress_bar=False,
    )


def main() -> None:
    """Train, save, print seconds and memory as JSON."""
    kind, data, out, settings = sys.argv[1], Path(sys.argv[2]), sys.argv[3], json.loads(sys.argv[4])
    set_up_torch(0, settings["seed"])
    chunks, questions = load(data / "train_dataset.json", "lyft.pdf")
    questions = questions[: settings.get("first")]
    relevant = {question.id: question.chunks for question in questions}
    base = BaseModelParams(name="all-MiniLM-L6-v2", revision=None, max_tokens=settings["window"])
    model = load_embedder(base)
    if settings["window"] > model.max_seq_length:
        lengthen_window(model, settings["window"])
    loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if kind == "classic":
        texts = {chunk.id: chunk.text for chunk in chunks}
        pairs = [(question.text, texts[relevant[question.id][0]]) for question in questions]
        start = time.perf_counter()
        classic(model, pairs, settings["batch"], settings["epochs"])
    else:
        knobs = load_params("finetune", FinetuneParams, ROOT / PARAMS_FILE)
        changes = {name: settings[name] for name in FinetuneParams.model_fields if name in settings}
        knobs = knobs.model_copy(update=changes)
        similarity = load_params("split", SplitParams, ROOT / PARAMS_FILE).near_duplicate_similarity
        groups = near_duplicate_groups((chunk.text for chunk in chunks), similarity)
        before, joined = snapshot(model), training_set(chunks, questions, relevant, groups)
        start = time.perf_counter()
        joined, teacher, fixed = prepare(model, joined, knobs, 16)
        train(model, joined, knobs, teacher=teacher, fixed=fixed)
        model.load_state_dict(interpolate(before, snapshot(model), settings.get("weight", 1.0)))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    model.save_pretrained(out, create_model_card=False)
    print(json.dumps({"seconds": seconds, "peak_mib": peak / 1024, "loaded_mib": loaded / 1024}))


if __name__ == "__main__":
    main()
