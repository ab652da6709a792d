"""The same base model, stored in float32, bfloat16 and float16: how much it learns from each file.

Trains on the first chunks of Lyft's annual report and their published questions, and asks the 790 on Uber's, before and
after (see `benchmarks.seed` for the data). Rows with "as stored" train in the precision of the file, as happens where
nothing is done about it.

Usage: python -m benchmarks.precision FOLDER [--chunks 334] [--window 256] [--epochs 3]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from attune.choice.interpolation import snapshot
from attune.core.params import PARAMS_FILE, BaseModelParams, load_params
from attune.models.encode import set_up_torch
from attune.models.load import load_embedder
from attune.parts.assign import SplitParams
from attune.search.ask import ask
from attune.search.measures import ndcg
from attune.text.near_duplicates import near_duplicate_groups
from attune.training.data.training_set import TrainingSet, training_set
from attune.training.loop.precision import narrow, precision_of, widen
from attune.training.loop.trainer import train
from attune.training.params import FinetuneParams
from benchmarks.seed import load

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

ROOT = Path(__file__).parents[1]
STORED = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def training_data(folder: Path, count: int) -> TrainingSet:
    """Return the first N chunks of Lyft's report with their questions."""
    chunks, questions = load(folder / "train_dataset.json", "lyft.pdf")
    chunks = chunks[:count]
    names = {chunk.id for chunk in chunks}
    relevant = {question.id: question.chunks for question in questions if set(question.chunks) <= names}
    similarity = load_params("split", SplitParams, ROOT / PARAMS_FILE).near_duplicate_similarity
    groups = near_duplicate_groups((chunk.text for chunk in chunks), similarity)
    return training_set(chunks, [question for question in questions if question.id in relevant], relevant, groups)


def measure(model: SentenceTransformer, folder: Path) -> float:
    """Return nDCG@10 of the questions on Uber's report."""
    chunks, questions = load(folder / "val_dataset.json", "uber.pdf")
    passages = {chunk.id: chunk.passage for chunk in chunks}
    found = ask(model, [question.text for question in questions], passages, 32, depth=10)
    return float(ndcg(found.hits([question.chunks for question in questions]), 10).mean())


def moved(model: SentenceTransformer, before: dict[str, torch.Tensor]) -> float:
    """Return the share of the weights that are not what they were, without the table of words."""
    pairs = [(tensor, before[name]) for name, tensor in model.state_dict().items() if "word_embeddings" not in name]
    changed = sum(int((now.float() != then.float()).sum()) for now, then in pairs)
    return float(changed / sum(now.numel() for now, _ in pairs))


def main() -> None:
    """Train from each file, print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chunks", type=int, default=334)
    parser.add_argument("--window", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=3)
    arguments = parser.parse_args()
    data = training_data(arguments.folder, arguments.chunks)
    knobs = load_params("finetune", FinetuneParams, ROOT / PARAMS_FILE).model_copy(update={"epochs": arguments.epochs})
    own = load_embedder(BaseModelParams(name="all-MiniLM-L6-v2", revision=None, max_tokens=arguments.window))
    print("| file | trained in | weights moved | last losses | nDCG@10 before | after |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, dtype in STORED.items():
            own.to(dtype).save_pretrained(f"{folder}/{name}", create_model_card=False)
            own.float()
        for name in STORED:
            for wide in (True, False) if name != "float32" else (True,):
                set_up_torch(0, knobs.seed)
                model = load_embedder(BaseModelParams(name=f"{folder}/{name}", revision=None, max_tokens=None))
                before, start, stored = measure(model, arguments.folder), snapshot(model), precision_of(model)
                if wide:
                    widen(model)
                losses = [loss for _, loss in train(model, data, knobs)][-5:]
                narrow(model, stored)
                after, kind = measure(model, arguments.folder), "float32" if wide else "as stored"
                print(
                    f"| {name} | {kind} | {moved(model, start):.0%} | {sum(losses) / len(losses):.3f} | {before:.3f} | "
                    f"{after:.3f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
