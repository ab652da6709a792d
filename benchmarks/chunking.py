"""Are other chunks of the same documents found as well? Questions asked of each corpus, without any training.

FOLDER holds `val_dataset.json` of the public repository run-llama/finetune-embedding (2023): 790 questions on Uber's
Form 10-K of 2021, each about a published chunk. A chunk of a corpus is right where at least half of its letters, as
sequences of 24, stand in that published chunk. Or it holds people's `questions.csv` in the form of data/human, with the
passages that answer them. Intervals are of the difference to the first corpus, by resampling the published chunks, or
the documents.

Usage: python -m benchmarks.chunking FOLDER CORPUS.jsonl [CORPUS.jsonl ...]
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attune.core.beir import read_corpus
from attune.core.params import BaseModelParams, load_params
from attune.core.records import Chunk
from attune.models.load import load_embedder
from attune.people.human.questions import read_human

LONG, STEP = 24, 12  # letters of a sequence, and from one that is looked up to the next
SHARE = 0.5
DEPTH = 10
ROUNDS = 1000
Vectors = NDArray[np.float32]


def main() -> None:
    """Print a line for each corpus."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("corpora", type=Path, nargs="+")
    args = parser.parse_args()
    model = load_embedder(load_params("base_model", BaseModelParams))
    published = (args.folder / "val_dataset.json").exists()
    first: NDArray[np.float64] | None = None
    for path in args.corpora:
        asked = from_published(args.folder, path) if published else from_people(args.folder, path)
        questions = np.asarray(model.encode(asked.questions, normalize_embeddings=True))
        vectors = np.asarray(model.encode([chunk.passage for chunk in asked.chunks], normalize_embeddings=True))
        scores = reciprocal_ranks(questions @ vectors.T, asked.relevant)
        hits = " ".join(f"hit rate@{k} {np.mean(scores >= 1 / k):.3f}" for k in (1, 5, 10))
        print(f"{path}: {len(asked.chunks)} chunks, {hits}, mrr@10 {scores.mean():.3f}", end="")
        if first is None:
            first = scores
            print(flush=True)
        else:
            low, high = interval(scores - first, asked.clusters)
            print(f", difference {np.mean(scores - first):+.3f} ({low:+.3f} to {high:+.3f})", flush=True)


class Asked(NamedTuple):
    """Chunks of a corpus, and questions, each with the places of the chunks that answer it and its cluster."""

    chunks: list[Chunk]
    questions: list[str]
    relevant: list[set[int]]
    clusters: list[str]


def from_published(folder: Path, corpus: Path) -> Asked:
    """Return the published questions on Uber's report, with the chunks of a corpus that answer them."""
    data = json.loads((folder / "val_dataset.json").read_text(encoding="utf-8"))
    places: defaultdict[str, set[str]] = defaultdict(set)
    for name, text in data["corpus"].items():
        for sequence in sequences(text, 1):
            places[sequence].add(name)
    chunks = [chunk for chunk in read_corpus(corpus) if "uber" in chunk.document]
    holds = [right(chunk, places) for chunk in chunks]
    wanted = [data["relevant_docs"][question][0] for question in data["queries"]]
    relevant = [{place for place, names in enumerate(holds) if name in names} for name in wanted]
    return Asked(chunks, list(data["queries"].values()), relevant, wanted)


def from_people(folder: Path, corpus: Path) -> Asked:
    """Return people's questions, with the chunks of a corpus that hold the passages they name."""
    chunks = read_corpus(corpus)
    with tempfile.TemporaryDirectory() as human:
        shutil.copy(folder / "questions.csv", human)
        found = read_human(Path(human), chunks)
    place = {chunk.id: number for number, chunk in enumerate(chunks)}
    relevant = [{place[chunk] for chunk in ids} for ids in found.relevant]
    return Asked(chunks, found.texts, relevant, [chunks[min(places)].document for places in relevant])


def sequences(text: str, step: int) -> Iterator[str]:
    """Yield sequences of letters and digits of a text, whatever its blanks and marks are."""
    letters = re.sub(r"[\W_]+", "", text.lower())
    for start in range(0, max(1, len(letters) - LONG + 1), step):
        yield letters[start : start + LONG]


def right(chunk: Chunk, places: Mapping[str, set[str]]) -> set[str]:
    """Return the published chunks that hold enough of a chunk."""
    looked_up = list(sequences(chunk.text, STEP))
    found = Counter(name for sequence in looked_up for name in places.get(sequence, ()))
    return {name for name, number in found.items() if number >= SHARE * len(looked_up)}


def reciprocal_ranks(similarity: Vectors, relevant: Sequence[set[int]]) -> NDArray[np.float64]:
    """Return one over the rank of the first chunk that is right, for each question; 0 beyond the first 10."""
    ranked = np.argsort(-similarity, axis=1, kind="stable")[:, :DEPTH]
    scores = np.zeros(len(relevant))
    for number, (places, row) in enumerate(zip(relevant, ranked, strict=True)):
        ranks = [rank for rank, chunk in enumerate(row, start=1) if chunk in places]
        scores[number] = 1 / ranks[0] if ranks else 0.0
    return scores


def interval(differences: NDArray[np.float64], clusters: Sequence[str]) -> tuple[float, float]:
    """Return the 95 % interval of a mean over questions, by resampling what they are about."""
    groups = defaultdict(list)
    for number, name in enumerate(clusters):
        groups[name].append(number)
    members = [np.array(group) for group in groups.values()]
    chance = np.random.default_rng(0)
    means = [
        differences[np.concatenate([members[i] for i in chance.integers(0, len(members), len(members))])].mean()
        for _ in range(ROUNDS)
    ]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


if __name__ == "__main__":
    main()
