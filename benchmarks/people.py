"""Does what helps on questions of a language model help people? Collections with people's queries and judgements.

FOLDER holds a BEIR collection: corpus.jsonl, queries.jsonl and qrels.tsv, the queries asked and judged by people; its
documents are searched and asked about whole, as they are. Or it holds documents/ and questions.csv (the form of
data/human), and the documents go through the stage `chunk`. The pipeline writes its own questions about the chunks,
trains on them, and is tested with people's, which it has never seen.

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
from benchmarks.differences import side_by_side
from scripts.pipeline import CORPUS, lay_out, metrics, read_knobs, set_knobs, stage


def load(path: Path) -> list[Chunk]:
    """Load the documents of a collection, each as one chunk."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Chunk(row["_id"], row["title"], row["text"],
              {"document": row["_id"], "title": row["title"], "start": 0, "end": len(row["text"]), "pages": None})
        for row in rows
    ]  # fmt: skip


def prepare(data: Path, work: Path, knobs: dict[str, Any]) -> None:
    """Lay out `work` with the chunks of a collection, and people's questions in data/human."""
    lay_out(work, knobs)
    human = work / "data/human"
    human.mkdir(parents=True, exist_ok=True)
    if (data / "documents").is_dir():
        shutil.copytree(data / "documents", work / "data/documents", dirs_exist_ok=True)
        shutil.copy(data / "questions.csv", human)
        stage(work, "chunk")
        return
    write_corpus(work / CORPUS, load(data / "corpus.jsonl"))
    for name in ("queries.jsonl", "qrels.tsv"):
        shutil.copy(data / name, human)


def experiment(data: Path, work: Path, knobs: dict[str, Any], seeds: int) -> list[dict[str, Any]]:
    """Run the stages in `work`, training once for each seed; return the metrics of each."""
    prepare(data, work, knobs)
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
    """Return tables of people's queries and of the pipeline's own test questions."""
    lines = [side_by_side("people", [result["human"] for result in results]), side_by_side("written", results)]
    return "\n".join([*lines, "general: " + ", ".join(result["general"]["verdict"]["word"] for result in results)])


def main() -> None:
    """Parse the arguments, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where corpus.jsonl or documents/ lie")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--params", nargs="*", default=[], metavar="KEY=VALUE")
    parser.add_argument("--keep", type=Path, help="work in this folder and keep it: replies are used again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = arguments.keep or Path(temporary)
        print(report(experiment(arguments.folder, work, read_knobs(arguments.params), arguments.seeds)))


if __name__ == "__main__":
    main()
