"""Divide the questions into train, dev and test, by whole documents.

Reads data/beir/corpus.jsonl and data/beir/queries.jsonl; writes data/beir/qrels/{train,dev,test}.tsv,
data/beir/groups.csv (which chunks are near-duplicates, for the stages after this one) and results/split/metrics.json.
A document's part follows from a hash of its path, so adding documents moves none of the others. The test questions are
later asked of *all* chunks, as users would ask them.
"""

from __future__ import annotations

from pathlib import Path

from attune.core.beir import read_corpus, read_queries, write_groups, write_qrels
from attune.core.errors import run
from attune.core.files import write_json
from attune.core.params import load_params
from attune.parts import SplitParams, assign_chunks, assign_questions, counts, keep_together, refuse_empty_parts
from attune.text.near_duplicates import near_duplicate_groups

CORPUS = Path("data/beir/corpus.jsonl")
QUERIES = Path("data/beir/queries.jsonl")
TRAIN = Path("data/beir/qrels/train.tsv")
DEV = Path("data/beir/qrels/dev.tsv")
TEST = Path("data/beir/qrels/test.tsv")
GROUPS = Path("data/beir/groups.csv")
METRICS = Path("results/split/metrics.json")


def main() -> None:
    """Load, divide, write."""
    params = load_params("split", SplitParams)
    chunks, questions = read_corpus(CORPUS), read_queries(QUERIES)
    before = assign_chunks(chunks, params)
    groups = near_duplicate_groups((chunk.text for chunk in chunks), params.near_duplicate_similarity)
    parts = keep_together(before, {chunk.id: group for chunk, group in zip(chunks, groups, strict=True)})
    asked = assign_questions(questions, parts)
    refuse_empty_parts(asked)
    for path, part in ((TRAIN, "train"), (DEV, "dev"), (TEST, "test")):
        write_qrels(path, ((q.id, chunk) for q in questions if asked[q.id] == part for chunk in q.chunks))
    write_groups(GROUPS, chunks, groups)
    metrics = counts(chunks, before, parts, asked)
    write_json(METRICS, metrics)
    print("questions: " + ", ".join(f"{n} {part}" for part, n in metrics["questions"].items()))


if __name__ == "__main__":
    run(main)
