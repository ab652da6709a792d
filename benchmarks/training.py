"""Training on the classic experiment, beside the classic recipe and LlamaIndex: how good, how fast, how much memory.

Trains on the 668 published questions about Lyft's annual report, tests with the 790 about Uber's (see
`benchmarks.seed`). Every training is a process of its own. All models are asked with a window of 512 tokens, which is
kinder to the peers than the 256 that they train with, but for those that are taught to read more.

Speed is measured apart, at the same window, questions in a batch and epochs for all, in rounds in which the sides take
turns. LlamaIndex runs in an environment of its own:
`pip install sentence-transformers[train] llama-index-finetuning llama-index-llms-openai 'mistralai<2'`.

Usage: python -m benchmarks.training FOLDER [--peer PYTHON] [--seeds 1] [--rounds 3] [--rows NAME ...]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer

from attune.models.load import load_folder
from attune.models.locate import locate
from attune.search.ask import ask
from attune.search.measures import DEPTH, Values, per_question
from attune.statistics.mean import interval
from benchmarks.seed import SHOWN, load

BASE = "all-MiniLM-L6-v2"
SAME = {"window": 256, "epochs": 2, "batch": 10, "batch_size": 5}  # five chunks with two questions each are ten pairs
FIRST = 200  # questions in a round of the measurement of speed
LAYERS, WIDTH, WEIGHTS = 6, 384, 10_646_784  # of the model's layers: what multiplies each token
ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "classic": ("classic", SAME),
    "llamaindex": ("llamaindex", SAME),
    "ours, the same": ("ours", SAME),
    "ours": ("ours", {"window": 512}),
    "ours, window 1024": ("ours", {"window": 1024}),
    "ours, window 1024, larger steps": ("ours", {"window": 1024, "batch_size": 32, "learning_rate": 6e-5}),
}
PEER = """
import json, resource, sys, time
from llama_index.finetuning import EmbeddingQAFinetuneDataset, SentenceTransformersFinetuneEngine
data, model, out, settings = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
rows = json.load(open(data + "/train_dataset.json"))
rows["queries"] = dict(list(rows["queries"].items())[:settings.get("first")])
rows["relevant_docs"] = {name: rows["relevant_docs"][name] for name in rows["queries"]}
engine = SentenceTransformersFinetuneEngine(
    EmbeddingQAFinetuneDataset(**rows), model_id=model, model_output_path=out, batch_size=settings["batch"],
    epochs=settings["epochs"], evaluation_steps=0, show_progress_bar=False)
engine.model.max_seq_length = settings["window"]
start = time.perf_counter()
engine.finetune()
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def run_one(kind: str, data: Path, out: Path, settings: Mapping[str, Any], peer: str | None) -> dict[str, float]:
    """Train in a process of its own; return its seconds and its peak of memory in MiB."""
    given = json.dumps(settings)
    if kind == "llamaindex":
        assert peer is not None
        command = [peer, "-c", PEER, str(data), str(locate(BASE, None)), str(out), given]
    else:
        command = [sys.executable, "-m", "benchmarks.train_one", kind, str(data), str(out), given]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise SystemExit(f"{kind} failed:\n{done.stderr[-3000:]}")
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def test(model_folder: Path, data: Path, window: int) -> dict[str, Values]:
    """Ask a model the 790 questions; return each measure of each question."""
    chunks, questions = load(data / "val_dataset.json", "uber.pdf")
    model = load_folder(model_folder)
    model.max_seq_length = window
    passages = {chunk.id: chunk.passage for chunk in chunks}
    found = ask(model, [question.text for question in questions], passages, 16, DEPTH)
    return per_question(found.hits([question.chunks for question in questions]), [1, 5, 10])


def clusters(data: Path) -> list[str]:
    """Return the chunk of each of the 790 questions: questions on the same chunk succeed and fail together."""
    return [question.chunks[0] for question in load(data / "val_dataset.json", "uber.pdf")[1]]


def multiplications(kind: str, data: Path, settings: Mapping[str, Any]) -> float:
    """Return the floating-point operations of a training, padding not counted: three times those of encoding.

    Two for each weight and token, and four for each pair of tokens and number of the width in each layer (Kaplan et
    al. 2020, arXiv 2001.08361, section 2.1); the pair format encodes a chunk once for each of its questions.
    """
    chunks, questions = load(data / "train_dataset.json", "lyft.pdf")
    questions = questions[: settings.get("first")]
    tokenizer = AutoTokenizer.from_pretrained(locate(BASE, None))
    passages = {chunk.id: chunk.text for chunk in chunks}
    read = [question.chunks[0] for question in questions]
    texts = [question.text for question in questions] + [
        passages[name] for name in (read if kind != "ours" else set(read))
    ]
    lengths = np.array([min(len(ids), settings["window"]) for ids in tokenizer(texts, verbose=False)["input_ids"]])
    once = 2 * WEIGHTS * lengths.sum() + 4 * LAYERS * WIDTH * (lengths**2).sum()
    return float(3 * settings["epochs"] * once)


def matrix_peak() -> float:
    """Return the floating-point operations in a second of a large product of matrices in float32, the best of ten."""
    a, b = torch.randn(2048, 2048), torch.randn(2048, 2048)
    seconds = []
    for _ in range(10):
        start = time.perf_counter()
        torch.mm(a, b)
        seconds.append(time.perf_counter() - start)
    return float(2 * 2048**3 / min(seconds))


def speed(data: Path, peer: str | None, rounds: int) -> None:
    """Print questions per second of each side at the same window, batch and epochs, and the ratio of ours to each."""
    kinds = ["ours", "classic", *(["llamaindex"] if peer else [])]
    settings = SAME | {"seed": 42, "first": FIRST}
    asked = FIRST * SAME["epochs"]
    took: dict[str, list[float]] = {kind: [] for kind in kinds}
    shares: dict[str, list[float]] = {kind: [] for kind in kinds}
    peaks: dict[str, float] = {}
    for _ in range(rounds):
        for kind in kinds:
            best = matrix_peak()
            with tempfile.TemporaryDirectory() as out:
                found = run_one(kind, data, Path(out) / "model", settings, peer)
            took[kind].append(found["seconds"])
            shares[kind].append(multiplications(kind, data, settings) / found["seconds"] / best)
            peaks[kind] = max(found["peak_mib"], peaks.get(kind, 0))
    print(f"{FIRST} questions, {SAME['epochs']} epochs, window {SAME['window']}, {SAME['batch']} questions in a batch")
    for kind in kinds:
        rate = [asked / seconds for seconds in took[kind]]
        ratio = [theirs / mine for theirs, mine in zip(took[kind], took["ours"], strict=True)]
        print(
            f"{kind:<12} {statistics.median(rate):6.2f} questions/s ({min(rate):.2f} to {max(rate):.2f}); ours is "
            f"{statistics.median(ratio):.2f} times as fast ({min(ratio):.2f} to {max(ratio):.2f}); peak "
            f"{peaks[kind]:.0f} MiB; {statistics.median(shares[kind]):.0%} of the peak of matrix products"
        )


def show(name: str, tables: list[dict[str, Values]], took: list[dict[str, float]], groups: list[str]) -> None:
    """Print a row: the median of the seeds, their range where there are several, and the first one's interval."""
    cells = []
    for measure in SHOWN:
        values = [float(table[measure].mean()) for table in tables]
        low, high = interval(tables[0][measure], groups)
        spread = f", {min(values):.3f} to {max(values):.3f}" if len(values) > 1 else ""
        cells.append(f"{measure} {statistics.median(values):.3f} (95 % {low:.3f} to {high:.3f}{spread})")
    if took:
        cells.append(f"{statistics.median(t['seconds'] for t in took):.0f} s")
        cells.append(f"peak {max(t['peak_mib'] for t in took):.0f} MiB")
    print(f"{name}: " + "; ".join(cells), flush=True)


def main() -> None:
    """Parse the arguments, train, test, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where train_dataset.json and val_dataset.json lie")
    parser.add_argument("--peer", help="the Python of an environment with LlamaIndex")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3, help="of the measurement of speed; 0 leaves it out")
    parser.add_argument("--rows", nargs="*", default=list(ROWS), choices=list(ROWS))
    parser.add_argument(
        "--params",
        default="{}",
        help='further knobs of ours, as JSON: {"window": 256, "hard_negatives": 1, "weight": 0.5}',
    )
    arguments = parser.parse_args()
    data, groups = arguments.folder, clusters(arguments.folder)
    if arguments.rounds:
        speed(data, arguments.peer, arguments.rounds)
    show("base", [test(locate(BASE, None), data, 512)], [], groups)
    for name in arguments.rows:
        kind, settings = ROWS[name]
        if kind == "llamaindex" and arguments.peer is None:
            continue
        tables, took = [], []
        for seed in range(42, 42 + arguments.seeds):
            with tempfile.TemporaryDirectory() as out:
                given = {**settings, "seed": seed, **(json.loads(arguments.params) if kind == "ours" else {})}
                took.append(run_one(kind, data, Path(out) / "model", given, arguments.peer))
                tables.append(test(Path(out) / "model", data, max(512, given["window"])))
        show(name, tables, took, groups)


if __name__ == "__main__":
    main()
