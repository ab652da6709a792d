"""Does what helps on questions of a language model help people? Collections with people's queries and judgements.

FOLDER holds a BEIR collection: corpus.jsonl, queries.jsonl and qrels.tsv, the queries asked and judged by people. The
pipeline writes its own questions about the corpus, trains on them, and is tested with people's queries, which it has
never seen. The documents are searched and asked about whole, as they are.

Usage: python -m benchmarks.people FOLDER [--seeds 3] [--params KEY=VALUE ...] [--keep WORK]
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from attune.core.beir import write_corpus
from attune.core.records import Chunk
from scripts.pipeline import CORPUS, lay_out, metrics, read_knobs, set_knobs, stage

SHOWN = ("ndcg@10", "hit_rate@5", "mrr@10")


def load(path: Path) -> list[Chunk]:
    """Load the documents of a collection, each as one chunk."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Chunk(row["_id"], row["title"], row["text"],
              {"document": row["_id"], "title": row["title"], "start": 0, "end": len(row["text"]), "pages": None})
        for row in rows
    ]  # fmt: skip


def experiment(data: Path, work: Path, knobs: dict[str, Any], seeds: int) -> list[dict[str, Any]]:
    """Run the stages in `work`, training once for each seed; return the metrics of each."""
    lay_out(work, knobs)
    write_corpus(work / CORPUS, load(data / "corpus.jsonl"))
    human = work / "data/human"
    human.mkdir(parents=True, exist_ok=True)
    for name in ("queries.jsonl", "qrels.tsv"):
        shutil.copy(data / name, human / name)
    print(f"writing questions: {stage(work, 'synthesize_questions'):.0f} s")
    stage(work, "split")
    results = []
    for seed in range(42, 42 + seeds):
        set_knobs(work, {"finetune.seed": seed})
        print(f"seed {seed}: training {stage(work, 'finetune'):.0f} s")
        stage(work, "evaluate")
        results.append(metrics(work, "evaluate"))
    return results


def report(results: list[dict[str, Any]]) -> str:
    """Return a table of people's queries and of the pipeline's own test questions, a line for each seed."""
    lines = []
    for name, tables in (("people", [r["human"] for r in results]), ("written", results)):
        lines.append(f"{name}: {tables[0]['questions']} questions")
        for measure in SHOWN:
            changes = [
                f"{tuned:.3f} ({d['difference']:+.3f}: {d['low']:+.3f} to {d['high']:+.3f})"
                for table in tables
                for tuned, d in [(table["systems"]["finetuned"][measure], table["verdict"]["against"]["base"][measure])]
            ]
            lines.append(
                f"  {measure:<11} base {tables[0]['systems']['base'][measure]:.3f}  fine-tuned {', '.join(changes)}"
            )
    return "\n".join(lines)


def main() -> None:
    """Parse the arguments, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where corpus.jsonl, queries.jsonl and qrels.tsv lie")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--params", nargs="*", default=[], metavar="KEY=VALUE")
    parser.add_argument("--keep", type=Path, help="work in this folder and keep it: replies are used again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = arguments.keep or Path(temporary)
        print(report(experiment(arguments.folder, work, read_knobs(arguments.params), arguments.seeds)))


if __name__ == "__main__":
    main()
