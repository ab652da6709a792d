"""Divide the questions into train, dev and test, by whole documents.

Reads data/beir/corpus.jsonl, data/beir/queries.jsonl and data/human; writes data/beir/qrels/{train,dev,test}.tsv,
data/beir/groups.csv (which chunks are near-duplicates, for the stages after this one) and results/split/metrics.json.
A document's part follows from a hash of its path, so adding documents moves none of the others; what shares text with
a more protected part is in none. The test questions are later asked of *all* chunks, as users would ask them. What
people typed (data/queries) and what data/human tests with, or nearly, is in no part.
"""

from __future__ import annotations

from pathlib import Path

from attune.core.beir import chunks_in, read_places, read_queries, write_groups, write_qrels
from attune.core.errors import run
from attune.core.files import write_json
from attune.core.params import load_params
from attune.parts.apart import keep_apart
from attune.parts.assign import Part, SplitParams, assign_chunks, keep_together
from attune.parts.questions import answers, assign_questions, counts, keep_untested, refuse_empty_parts
from attune.people.queries.tested import human_texts, near
from attune.text.near_duplicates import near_duplicate_groups

CORPUS = Path("data/beir/corpus.jsonl")
QUERIES = Path("data/beir/queries.jsonl")
HUMAN = Path("data/human")
TRAIN = Path("data/beir/qrels/train.tsv")
DEV = Path("data/beir/qrels/dev.tsv")
TEST = Path("data/beir/qrels/test.tsv")
GROUPS = Path("data/beir/groups.csv")
METRICS = Path("results/split/metrics.json")
PARTS: dict[Path, Part] = {TRAIN: "train", DEV: "dev", TEST: "test"}


def main() -> None:
    """Load, divide, write."""
    params = load_params("split", SplitParams)
    chunks, questions = read_places(CORPUS), read_queries(QUERIES)
    divided = assign_chunks(chunks, params)
    texts = (chunk.text for chunk in chunks_in(CORPUS))
    groups = near_duplicate_groups(texts, params.near_duplicate_similarity, params.compare_all_up_to)
    group_of = {chunk.id: group for chunk, group in zip(chunks, groups, strict=True)}
    together = keep_together(divided, group_of)
    parts = keep_apart(chunks, questions, together, group_of)
    asked, peoples = keep_untested(
        questions,
        assign_questions(questions, parts),
        lambda typed, tests: near(typed, [*human_texts(HUMAN), *tests], params.near_duplicate_similarity).tolist(),
    )
    refuse_empty_parts(asked)
    for path, part in PARTS.items():
        write_qrels(path, answers(questions, asked, parts, part))
    write_groups(GROUPS, chunks, groups)
    metrics = counts(chunks, divided, together, parts, asked)
    write_json(METRICS, metrics | ({"people": peoples} if peoples else {}))
    print("questions: " + ", ".join(f"{n} {part}" for part, n in metrics["questions"].items()))
    if len(chunks) > params.compare_all_up_to:
        print("near-duplicates were found by hashing, which misses a few pairs (split.compare_all_up_to)")
    if peoples:
        print("of these, typed by people: " + ", ".join(f"{n} {part}" for part, n in peoples.items()))
    if metrics["overlapping_left_out"]:
        print(f"left out: {metrics['overlapping_left_out']} chunks that share text with a more protected part")
    if metrics["chunks_without_place"]:
        print(f"{metrics['chunks_without_place']} chunks do not say where they stand: whether they overlap is unknown")


if __name__ == "__main__":
    run(main)
