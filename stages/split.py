"""Divide the questions into train, dev and test, by whole documents.

Reads data/beir/corpus.jsonl and data/beir/queries.jsonl; writes data/beir/qrels/{train,dev,test}.tsv and
results/split/metrics.json. A document's part follows from a hash of its path, so adding documents moves none
of the others. The test questions are later asked of *all* chunks, as users would ask them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from stages.lib.beir import Chunk, Question, read_corpus, read_queries, write_qrels
from stages.lib.duplicates import near_duplicate_groups
from stages.lib.errors import UserError, run
from stages.lib.files import write_json
from stages.lib.params import Section, load_params

CORPUS = Path("data/beir/corpus.jsonl")
QUERIES = Path("data/beir/queries.jsonl")
TRAIN = Path("data/beir/qrels/train.tsv")
DEV = Path("data/beir/qrels/dev.tsv")
TEST = Path("data/beir/qrels/test.tsv")
METRICS = Path("results/split/metrics.json")

Part = Literal["train", "dev", "test", "gap"]
FEW_DOCUMENTS = 2  # so few cannot be divided as wholes
PROTECTION: tuple[Part, ...] = ("gap", "train", "dev", "test")  # near-duplicates follow the part furthest right


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


def position(document: str, seed: int) -> float:
    """Return a number from 0 to 1 that depends on the document's path and the seed alone."""
    return int.from_bytes(hashlib.sha256(f"{seed}\0{document}".encode()).digest()[:7]) / 2**56


def pinned_documents(documents: Sequence[str], patterns: Sequence[str]) -> set[str]:
    """Return the documents that `split.test_documents` names, by shell patterns (`*`, `?`, `[...]`).

    Raises:
        UserError: a pattern matches no document, or together they leave none to train on.
    """
    pinned: set[str] = set()
    for pattern in patterns:
        matches = {document for document in documents if fnmatchcase(document, pattern)}
        if not matches:
            raise UserError(f"split.test_documents: '{pattern}' matches none of {_some(documents)}")
        pinned |= matches
    if len(pinned) == len(documents):
        raise UserError("split.test_documents matches every document; leave at least one to train on")
    return pinned


def assign_documents(documents: Sequence[str], params: SplitParams, test: bool) -> dict[str, Part]:
    """Assign three or more documents by the hash of their paths; `test` says whether a test part is wanted.

    Where chance leaves a part empty, the document nearest to that part's range of hashes goes there.
    """
    ordered = sorted(documents, key=lambda document: (position(document, params.seed), document))
    to_test = params.test_fraction if test else 0.0
    parts: dict[str, Part] = {}
    for document in ordered:
        place = position(document, params.seed)
        parts[document] = "test" if place < to_test else "dev" if place < to_test + params.dev_fraction else "train"
    if "train" not in parts.values():
        parts[ordered[-1]] = "train"
    if to_test and "test" not in parts.values():
        parts[ordered[0]] = "test"
    if params.dev_fraction and "dev" not in parts.values():
        parts[next((d for d in ordered[:-1] if parts[d] == "train"), ordered[-2])] = "dev"
    return parts


def contiguous_parts(chunks: int, params: SplitParams, test: bool) -> list[Part]:
    """Assign the chunks of one document: first train, then dev, then test, with a chunk of gap between.

    Consecutive chunks overlap; the gap keeps text of one part out of the next.
    """
    in_test = max(1, round(chunks * params.test_fraction)) if test else 0
    in_dev = max(1, round(chunks * params.dev_fraction)) if params.dev_fraction else 0
    parts: list[Part] = []
    sizes: tuple[tuple[Part, int], ...] = (("test", in_test), ("dev", in_dev))
    for part, count in sizes:
        if count:
            parts = ["gap", *[part] * count, *parts]
    train = chunks - len(parts)
    training: list[Part] = ["train"] * (train if train > 0 else chunks)
    return training + parts if train > 0 else training


def assign_chunks(chunks: Sequence[Chunk], params: SplitParams) -> dict[str, Part]:
    """Assign every chunk to a part: by documents, or by contiguous parts where there are one or two.

    Raises:
        UserError: `split.test_documents` does not fit the documents.
    """
    documents = sorted({chunk.metadata["document"] for chunk in chunks})
    pinned = pinned_documents(documents, params.test_documents)
    free = [document for document in documents if document not in pinned]
    if len(free) > FEW_DOCUMENTS:
        by_document = assign_documents(free, params, test=not pinned)
        by_document |= dict.fromkeys(pinned, "test")
        # a text that stands in several documents counts for the most protected of them
        return {
            chunk.id: max((by_document.get(d, "train") for d in chunk.documents), key=PROTECTION.index)
            for chunk in chunks
        }
    parts: dict[str, Part] = {}
    ordered = sorted(chunks, key=lambda chunk: (chunk.metadata["document"], chunk.metadata["start"]))
    for document, group in groupby(ordered, key=lambda chunk: chunk.metadata["document"]):
        ids = [chunk.id for chunk in group]
        one: list[Part] = ["test"] * len(ids) if document in pinned else contiguous_parts(len(ids), params, not pinned)
        parts |= dict(zip(ids, one, strict=True))
    return parts | {chunk.id: "test" for chunk in chunks if pinned.intersection(chunk.documents)}


def keep_together(parts: dict[str, Part], groups: dict[str, int]) -> dict[str, Part]:
    """Move near-duplicate chunks into the most protected part that one of their group is in."""
    strongest: dict[int, Part] = {}
    for chunk, part in parts.items():
        strongest[groups[chunk]] = max(strongest.get(groups[chunk], part), part, key=PROTECTION.index)
    return {chunk: strongest[groups[chunk]] for chunk in parts}


def assign_questions(questions: Sequence[Question], parts: dict[str, Part]) -> dict[str, Part]:
    """Assign each question to the part of its chunk, or the most protected part of its chunks.

    Raises:
        UserError: a question names a chunk that is not in the corpus.
    """
    assigned: dict[str, Part] = {}
    for question in questions:
        unknown = [chunk for chunk in question.metadata["chunks"] if chunk not in parts]
        if unknown:
            raise UserError(f"{QUERIES}: question {question.id} names the unknown chunk {unknown[0]}; run `dvc repro`")
        assigned[question.id] = max((parts[chunk] for chunk in question.metadata["chunks"]), key=PROTECTION.index)
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


def _some(documents: Sequence[str]) -> str:
    return ", ".join(documents[:5]) + (f" and {len(documents) - 5} more" if len(documents) > 5 else "")


def main() -> None:
    """Load, divide, write."""
    params = load_params("split", SplitParams)
    chunks, questions = read_corpus(CORPUS), read_queries(QUERIES)
    before = assign_chunks(chunks, params)
    groups = near_duplicate_groups([chunk.text for chunk in chunks], params.near_duplicate_similarity)
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
