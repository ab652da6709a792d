"""Divide the questions into train, dev and test, by whole documents.

Reads data/beir/corpus.jsonl and data/beir/queries.jsonl; writes data/beir/qrels/{train,dev,test}.tsv and
results/split/metrics.json. A document's part follows from a hash of its path, so adding documents moves none
of the others. The test questions are later asked of *all* chunks, as users would ask them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from attune.core.beir import Chunk, Question, read_corpus, read_queries, write_qrels
from attune.core.errors import UserError, run
from attune.core.files import write_json
from attune.core.params import Section, load_params
from attune.parts import PROTECTION, Part, Shares, assign_chunks, keep_together
from attune.questions.cleaning.headings import KINDS as HEADINGS
from attune.text.near_duplicates import near_duplicate_groups

CORPUS = Path("data/beir/corpus.jsonl")
QUERIES = Path("data/beir/queries.jsonl")
TRAIN = Path("data/beir/qrels/train.tsv")
DEV = Path("data/beir/qrels/dev.tsv")
TEST = Path("data/beir/qrels/test.tsv")
METRICS = Path("results/split/metrics.json")


class SplitParams(Section):
    """The section `split` of params.yaml."""

    dev_fraction: float = Field(ge=0, lt=1)
    test_fraction: float = Field(gt=0, lt=1)
    test_documents: list[str]
    near_duplicate_similarity: float = Field(gt=0, le=1)
    seed: int

    @model_validator(mode="after")
    def _leave_some_for_training(self) -> Self:
        if self.dev_fraction + self.test_fraction >= 1:
            raise ValueError("dev_fraction and test_fraction together leave nothing to train on; lower one of them")
        return self


def assign_questions(questions: Sequence[Question], parts: dict[str, Part]) -> dict[str, Part]:
    """Assign each question to the part of its chunk, or the most protected part of its chunks.

    Headings are trained on and never tested with: they stand in their chunk word for word, so any model finds them.

    Raises:
        UserError: a question names a chunk that is not in the corpus.
    """
    assigned: dict[str, Part] = {}
    for question in questions:
        unknown = [chunk for chunk in question.metadata["chunks"] if chunk not in parts]
        if unknown:
            raise UserError(f"{QUERIES}: question {question.id} names the unknown chunk {unknown[0]}; run `dvc repro`")
        part = max((parts[chunk] for chunk in question.metadata["chunks"]), key=PROTECTION.index)
        assigned[question.id] = "gap" if part != "train" and question.metadata.get("kind") in HEADINGS else part
    return assigned


def metrics(chunks: Sequence[Chunk], before: dict[str, Part], parts: dict[str, Part], asked: dict[str, Part]) -> Any:
    """Count documents, chunks and questions of each part."""
    documents = {(chunk.metadata["document"], parts[chunk.id]) for chunk in chunks}
    tables = {
        "documents": Counter(part for _, part in documents),
        "chunks": Counter(parts.values()),
        "questions": Counter(asked.values()),
    }
    return {name: {part: table[part] for part in ("train", "dev", "test", "gap")} for name, table in tables.items()} | {
        "near_duplicates_moved": sum(before[chunk] != parts[chunk] for chunk in parts)
    }


def check(asked: dict[str, Part]) -> None:
    """Raise a UserError where there is nothing to train on or nothing to test with."""
    counts = Counter(asked.values())
    for part in ("train", "test"):
        if not counts[part]:
            raise UserError(
                f"no {part} questions among {len(asked)}: add documents, ask more questions per chunk, "
                "or change split.test_fraction, split.test_documents or split.seed"
            )


def main() -> None:
    """Load, divide, write."""
    params = load_params("split", SplitParams)
    chunks, questions = read_corpus(CORPUS), read_queries(QUERIES)
    shares = Shares(params.dev_fraction, params.test_fraction, params.seed)
    before = assign_chunks(chunks, shares, params.test_documents)
    groups = near_duplicate_groups((chunk.text for chunk in chunks), params.near_duplicate_similarity)
    parts = keep_together(before, {chunk.id: group for chunk, group in zip(chunks, groups, strict=True)})
    asked = assign_questions(questions, parts)
    check(asked)
    for path, part in ((TRAIN, "train"), (DEV, "dev"), (TEST, "test")):
        write_qrels(path, ((q.id, chunk) for q in questions if asked[q.id] == part for chunk in q.metadata["chunks"]))
    counts = metrics(chunks, before, parts, asked)
    write_json(METRICS, counts)
    print("questions: " + ", ".join(f"{n} {part}" for part, n in counts["questions"].items()))


if __name__ == "__main__":
    run(main)
