"""The classic experiment through this project's own stages: train on Lyft's annual report, test on Uber's.

The data are the files `train_dataset.json` and `val_dataset.json` of the public repository
run-llama/finetune-embedding (2023): 334 chunks of Lyft's Form 10-K of 2021 with 668 questions, and 395 chunks of
Uber's with 790, both written by gpt-3.5-turbo. Here the questions on Lyft are written anew by the pipeline
(`--questions written`) or taken as published; the 790 on Uber are always the published ones.

Usage: python -m benchmarks.seed FOLDER [--questions published] [--seeds 3] [--params KEY=VALUE ...] [--keep WORK]
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from attune.core.beir import read_corpus, read_groups, read_qrels, read_queries, write_corpus, write_groups, write_qrels
from attune.core.beir import write_queries as write_questions
from attune.core.records import Chunk, Question
from benchmarks.differences import side_by_side
from scripts.pipeline import CORPUS, GROUPS, QRELS, QUERIES, lay_out, metrics, read_knobs, set_knobs, stage

SHOWN = ("hit_rate@1", "hit_rate@5", "hit_rate@10", "mrr@10", "ndcg@10")


def load(path: Path, document: str) -> tuple[list[Chunk], list[Question]]:
    """Load a data set in LlamaIndex's format as chunks and questions of one document."""
    data = json.loads(path.read_text(encoding="utf-8"))
    chunks = [
        Chunk(name, "", text, {"document": document, "title": document, "start": place, "end": place, "pages": None})
        for place, (name, text) in enumerate(data["corpus"].items())
    ]
    questions = [
        Question(name, text, {"chunks": data["relevant_docs"][name]}) for name, text in data["queries"].items()
    ]
    return chunks, questions


def experiment(data: Path, work: Path, written: bool, knobs: dict[str, Any], seeds: int) -> list[dict[str, Any]]:
    """Run the stages in `work` once for each training seed; return the metrics of each."""
    lay_out(work, {"split.test_documents": ["uber.pdf"], **knobs})
    lyft, asked = load(data / "train_dataset.json", "lyft.pdf")
    uber, test = load(data / "val_dataset.json", "uber.pdf")
    if written:
        write_corpus(work / CORPUS, lyft)
        print(f"writing questions: {stage(work, 'synthesize_questions'):.0f} s")
        asked = read_queries(work / QUERIES)
    write_questions(work / QUERIES, [*asked, *test])
    results = []
    for seed in range(42, 42 + seeds):
        set_knobs(work, {"finetune.seed": seed})
        write_corpus(work / CORPUS, [*lyft, *uber])
        stage(work, "split")
        print(f"seed {seed}: training {stage(work, 'finetune'):.0f} s")
        write_corpus(work / CORPUS, uber)  # as published: asked of Uber's chunks alone
        write_groups(work / GROUPS, uber, read_groups(work / GROUPS, [*lyft, *uber])[len(lyft) :])
        known = {chunk.id for chunk in read_corpus(work / CORPUS)}
        relevant = read_qrels(work / QRELS / "test.tsv")
        write_qrels(work / QRELS / "test.tsv", [(q, c) for q, ids in relevant.items() for c in ids if c in known])
        stage(work, "evaluate")
        results.append(metrics(work, "evaluate"))
    return results


def report(results: list[dict[str, Any]]) -> str:
    """Return tables: BM25, base, the median of the seeds with their spread; each seed's verdict; the hybrids."""
    first = results[0]
    lines = [f"{first['questions']} questions, {first['chunks']} chunks, {len(results)} seeds"]
    lines.append(f"{'':<12} {'bm25':>8} {'base':>8} {'finetuned':>10} {'lowest':>8} {'highest':>8}")
    for name in SHOWN:
        values = [result["systems"]["finetuned"][name] for result in results]
        bm25, base = (first["systems"][system][name] for system in ("bm25", "base"))
        numbers = bm25, base, statistics.median(values), min(values), max(values)
        lines.append("{:<12} {:>8.4f} {:>8.4f} {:>10.4f} {:>8.4f} {:>8.4f}".format(name, *numbers))
    for system in ("bm25", "base"):
        intervals = ", ".join(
            f"{name} {low:.3f} to {high:.3f}" for name, (low, high) in first["intervals"][system].items()
        )
        lines.append(f"95 % of {system}: {intervals}")
    for result in results:
        found = ", ".join(
            f"{name} {d['difference']:+.3f} ({d['low']:+.3f} to {d['high']:+.3f})"
            for name, d in result["verdict"]["against"]["base"].items()
        )
        lines.append(f"{result['verdict']['word']}: {found}; general: {result['general']['verdict']['word']}")
    return "\n".join([*lines, side_by_side("written", results)])


def main() -> None:
    """Parse the arguments, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where train_dataset.json and val_dataset.json lie")
    parser.add_argument("--questions", choices=["written", "published"], default="written")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--params", nargs="*", default=[], metavar="KEY=VALUE")
    parser.add_argument("--keep", type=Path, help="work in this folder and keep it: replies are used again")
    arguments = parser.parse_args()
    knobs = read_knobs(arguments.params)
    with tempfile.TemporaryDirectory() as temporary:
        work = arguments.keep or Path(temporary)
        print(report(experiment(arguments.folder, work, arguments.questions == "written", knobs, arguments.seeds)))


if __name__ == "__main__":
    main()
