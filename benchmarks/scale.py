"""What each stage costs for a chunk, in time and memory, as the collection grows.

Documents are generated: words of the tokenizer as unevenly common as those of a language (Zipf's law), and every tenth
paragraph an earlier one with some words exchanged. Questions come from a server on this machine that answers at once.
The model has one layer of 32 numbers and random weights, so that what is measured is the pipeline: what a real model
adds to training and encoding is proportional to the tokens (docs/many-machines.md). Each stage is a process of its own
with one thread; its seconds are those of the processor, children included, its peak that of its largest process.

The cost of a chunk is the increase from one size to the next, so that imports and fixed work drop out. `grows` is the
exponent by which the seconds grow from there to there: 1 is linear, 2 quadratic.

Usage: python -m benchmarks.scale [--chunks 1000 10000 100000] [--stages chunk split ...] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from attune.models.locate import locate
from benchmarks.server import served
from stages.chunk import METRICS

ROOT = Path(__file__).parents[1]
STAGES = ("chunk", "synthesize_questions", "split", "finetune", "evaluate", "report")
PARAGRAPH = 60  # words
PARAGRAPHS = 120  # of a document: some 30 chunks of 256 tokens
PARAGRAPHS_OF_A_CHUNK = 4.0
MOST_EXCHANGED = 15  # words of a repeated paragraph
KNOBS: dict[str, dict[str, Any]] = {
    "chunk": {"overlap_tokens": 0},
    "synthesize_questions": {"provider": "openai", "model": "scripted"},
    "finetune": {"epochs": 1},
    "runtime": {"workers": 1, "threads": 1, "document_cache_gib": 0.0, "concurrency": 32},
}


@dataclass(frozen=True)
class Cost:
    """What a stage took: chunks of the collection, seconds of the processor, seconds of the clock, peak in MiB."""

    chunks: int
    seconds: float
    clock: float
    peak: float


def documents(count: int) -> Iterator[str]:
    """Yield the texts of documents that make about so many chunks."""
    chance = np.random.default_rng(0)
    tokens = json.loads((locate("all-MiniLM-L6-v2", None) / "tokenizer.json").read_text(encoding="utf-8"))
    words = np.array(sorted(token for token in tokens["model"]["vocab"] if token.isalpha() and token.isascii()))
    chance.shuffle(words)
    common = np.cumsum(1 / np.arange(1, len(words) + 1))
    for _ in range(math.ceil(count / (PARAGRAPHS / PARAGRAPHS_OF_A_CHUNK))):
        drawn = np.searchsorted(common / common[-1], chance.random((PARAGRAPHS, PARAGRAPH)))
        for number in range(10, PARAGRAPHS, 10):
            kept = drawn[number].copy()
            drawn[number] = drawn[number - chance.integers(1, 10)]
            places = chance.choice(PARAGRAPH, chance.integers(MOST_EXCHANGED + 1), replace=False)
            drawn[number][places] = kept[places]
        yield "\n\n".join(" ".join(row).capitalize() + "." for row in words[drawn])


def write_project(folder: Path, url: str, count: int, changes: dict[str, dict[str, Any]]) -> None:
    """Write a project with generated documents, asking a server and training a tiny model."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    # the kernel counts this process's memory towards the peak of those it starts, so torch must not come into it
    maker = multiprocessing.get_context("spawn").Process(target=_make_model, args=(folder / "base",))
    maker.start()
    maker.join()
    params["base_model"] |= {"name": str(folder / "base" / "model"), "revision": None}
    for section, knobs in [*KNOBS.items(), *changes.items()]:
        params[section] |= knobs
    params["synthesize_questions"] |= {"base_url": url}
    (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    for name in ("prompts", "data/general"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).symlink_to(ROOT / name)
    (folder / "data/human").mkdir()
    for number, text in enumerate(documents(count)):
        path = folder / f"data/documents/{number // 1000:04d}/document-{number:07d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _make_model(folder: Path) -> None:
    from tests.support.models import make_model

    folder.mkdir()
    make_model(folder, "bert", limit=512, max_position_embeddings=512)


def measure(folder: Path, stage: str) -> Cost:
    """Run a stage in a process of its own, and return what it took.

    Raises:
        SystemExit: it failed.
    """
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
    start = time.perf_counter()
    with (folder / "said.txt").open("w", encoding="utf-8") as said:
        command = [sys.executable, "-m", f"stages.{stage}"]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said)
        _, status, used = os.wait4(process.pid, 0)  # of this process and all that it waited for
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{stage} failed:\n{(folder / 'said.txt').read_text(encoding='utf-8')[-3000:]}")
    chunks = json.loads((folder / METRICS).read_text(encoding="utf-8"))["chunks"]
    return Cost(chunks, used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1024)


def growth(costs: Sequence[Cost]) -> float | None:
    """Return by which power of the chunks the seconds grow, as far as three sizes or more tell.

    The slope of a line through log(added seconds / added chunks) over the log of the chunks (their geometric mean, of
    the two sizes between which they were added), by least squares, and 1 for the chunks themselves.
    """
    pairs = list(pairwise(costs))
    rates = [(b.seconds - a.seconds) / (b.chunks - a.chunks) for a, b in pairs]
    if len(rates) < 2 or min(rates) <= 0:
        return None
    sizes = [math.log(a.chunks * b.chunks) / 2 for a, b in pairs]
    return 1 + float(np.polyfit(sizes, np.log(rates), 1)[0])


def row(stage: str, costs: Sequence[Cost]) -> str:
    """Return the line of a table for the largest size so far."""
    last = costs[-1]
    line = f"{last.chunks:>9,}  {stage:<20} {last.seconds:>9.1f} {last.clock:>8.1f} {last.peak:>8.0f}"
    if len(costs) > 1:
        added = last.chunks - costs[-2].chunks
        seconds, peak = last.seconds - costs[-2].seconds, last.peak - costs[-2].peak
        line += f" {1000 * seconds / added:>9.2f} {1024 * peak / added:>9.2f}"
        line += "" if (power := growth(costs)) is None else f" {power:>7.2f}"
    return line


def main() -> None:
    """Measure each stage at each size, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--stages", nargs="+", default=list(STAGES), choices=STAGES)
    parser.add_argument("--params", type=yaml.safe_load, default={}, help="knobs, such as '{finetune: {epochs: 2}}'")
    parser.add_argument("--keep", type=Path, help="make the projects here, or go on with those that are here")
    arguments = parser.parse_args()
    costs: dict[str, list[Cost]] = {stage: [] for stage in arguments.stages}
    print("   chunks  stage                  seconds    clock MiB peak  ms/chunk KiB/chunk   grows")
    with served() as url, tempfile.TemporaryDirectory() as scratch:
        for count in sorted(arguments.chunks):
            folder = (arguments.keep or Path(scratch)).resolve() / str(count)
            if not folder.exists():
                folder.mkdir(parents=True)
                write_project(folder, url, count, arguments.params)
            for stage in arguments.stages:
                costs[stage].append(measure(folder, stage))
                print(row(stage, costs[stage]), flush=True)


if __name__ == "__main__":
    main()
