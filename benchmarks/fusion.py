"""Ways to fuse BM25 with an untrained model, on questions of people and on written ones: how, and with which weight?

Each FOLDER is one that `benchmarks.people` takes, or one of `benchmarks.seed`, of which the 790 questions on Uber's
report are asked. The ways: min-max scaled scores over all chunks, or over the first N of each search as search engines
fuse them (what is not among them counts as the worst of them); reciprocal ranks; and scores over the highest one alone,
whose lower end is the lowest possible (-1 for a cosine, 0 for BM25), which no choice of candidates changes. Nothing is
trained. Folders of people's questions are pooled.

Usage: python -m benchmarks.fusion FOLDER [FOLDER ...] [--weights 0.5 0.7 0.9] [--windows 10 20 100 1000]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from attune.core.beir import read_corpus
from attune.core.params import BaseModelParams, load_params
from attune.core.records import Chunk
from attune.evaluation.systems import search_bm25
from attune.models.encode import set_up_torch
from attune.models.load import load_embedder
from attune.models.prompts import set_prompts
from attune.people.human.questions import read_human
from attune.search.ask import EncodedSet, Ranking
from attune.search.bm25 import LexicalIndex
from attune.search.fusion import fuse
from attune.search.measures import Values, hit_rate, ndcg
from attune.search.ranking import Line, order_by_id, rank_lines
from attune.statistics.clusters import clusters_of
from attune.statistics.difference import compare
from benchmarks import people, seed
from scripts.pipeline import CORPUS, ROOT

PARAMS = ROOT / "params.yaml"
DEPTH = 10
Lines = Callable[[], Iterable[Line]]  # of all questions, as often as they are wanted


@dataclass(frozen=True)
class Collection:
    """Chunks, questions, the chunks that answer each, its cluster, and whether a language model wrote them."""

    chunks: list[Chunk]
    questions: list[str]
    relevant: list[list[str]]
    clusters: list[str]
    written: bool


def read(folder: Path) -> Collection:
    """Read a collection in one of its forms."""
    if (folder / "val_dataset.json").exists():
        chunks, questions = seed.load(folder / "val_dataset.json", "uber.pdf")
        relevant = [question.chunks for question in questions]
        return Collection(chunks, [q.text for q in questions], relevant, [ids[0] for ids in relevant], True)
    with tempfile.TemporaryDirectory() as work:
        people.prepare(folder, Path(work), {})
        chunks = read_corpus(Path(work) / CORPUS)
        human = read_human(Path(work) / "data/human", chunks)
    document = {chunk.id: chunk.document for chunk in chunks}
    firsts = [ids[0] for ids in human.relevant]
    clusters, _ = clusters_of([document[chunk] for chunk in firsts], firsts)
    return Collection(chunks, human.texts, human.relevant, list(clusters), False)


def first(lines: Iterable[Line], count: int) -> Iterator[Line]:
    """Yield lines in which whatever is not among the first N is as the last of them."""
    for line in lines:
        yield np.maximum(line, np.sort(line)[-min(count, len(line))])


def over_highest(lines: Iterable[Line], lowest: float) -> Iterator[Line]:
    """Yield lines scaled to 0 for the lowest possible score and 1 for the highest there is."""
    for line in lines:
        yield (line - lowest) / max(float(line.max()) - lowest, 1e-12)


def ways(
    dense: Lines, lexical: Lines, weights: Sequence[float], windows: Sequence[int]
) -> Iterator[tuple[str, Iterator[Line]]]:
    """Yield each way to fuse with its name, as lines: all weights of a question, then of the next."""
    yield "scores of all", fuse(dense(), lexical(), weights, "score")
    for window in windows:
        yield f"scores of first {window}", fuse(first(dense(), window), first(lexical(), window), weights, "score")
    yield "ranks of first 100", fuse(dense(), lexical(), weights, "rank")
    pairs = zip(over_highest(dense(), -1.0), over_highest(lexical(), 0.0), strict=True)
    yield "scores over highest", (w * d + (1 - w) * b for d, b in pairs for w in weights)


def measure(found: Collection, weights: Sequence[float], windows: Sequence[int]) -> dict[str, tuple[Values, Values]]:
    """Return nDCG@10 and hit rate@5 of each question, by what was asked."""
    base = load_params("base_model", BaseModelParams, PARAMS)
    model = load_embedder(base)
    set_prompts(model, base.name)
    passages = {chunk.id: chunk.passage for chunk in found.chunks}
    batch = 32
    encoded = EncodedSet.of(model, found.questions, passages, batch)
    index, ids = LexicalIndex(list(passages.values())), list(passages)
    order = order_by_id(ids)

    def judged(ranking: Ranking) -> tuple[Values, Values]:
        hits = ranking.hits(found.relevant)
        return ndcg(hits, 10), hit_rate(hits, 5)

    rows = {"bm25": judged(search_bm25(index, found.questions, found.chunks)), "base": judged(encoded.ranking(DEPTH))}
    for name, lines in ways(encoded.lines, lambda: index.lines(found.questions, order), weights, windows):
        ranked = rank_lines(lines, order, DEPTH)
        for place, weight in enumerate(weights):
            rows[f"{name}, {weight:g}"] = judged(Ranking(ids, ranked[place :: len(weights)]))
    return rows


def table(title: str, rows: dict[str, tuple[Values, Values]], clusters: list[str]) -> str:
    """Return means and the differences from the base model, with 95 % intervals."""
    lines = [f"{title}: {len(clusters)} questions"]
    for name, (values, hits) in rows.items():
        d = compare(values, rows["base"][0], clusters)
        told = f"{d.difference:+.3f} ({d.low:+.3f} to {d.high:+.3f})"
        lines.append(f"  {name:<27} nDCG@10 {values.mean():.3f}  {told:<27}  hit rate@5 {hits.mean():.3f}")
    return "\n".join(lines)


def main() -> None:
    """Read, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--weights", type=float, nargs="+", default=[0.5, 0.7, 0.8, 0.9])
    parser.add_argument("--windows", type=int, nargs="+", default=[10, 20, 100, 1000])
    arguments = parser.parse_args()
    set_up_torch(0, seed=0)
    asked: list[tuple[Collection, dict[str, tuple[Values, Values]]]] = []
    for folder in arguments.folders:
        found = read(folder)
        rows = measure(found, arguments.weights, arguments.windows)
        print(table(f"{folder.name}, {len(found.chunks)} chunks", rows, found.clusters), flush=True)
        asked.append((found, rows))
    pooled = [(found, rows) for found, rows in asked if not found.written]
    if len(pooled) > 1:
        clusters = [f"{place} {cluster}" for place, (found, _) in enumerate(pooled) for cluster in found.clusters]
        joined = {
            name: (
                np.concatenate([rows[name][0] for _, rows in pooled]),
                np.concatenate([rows[name][1] for _, rows in pooled]),
            )
            for name in pooled[0][1]
        }
        print(table("people, pooled", joined, clusters))


if __name__ == "__main__":
    main()
