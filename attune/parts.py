"""Which part of the data a chunk belongs to: train, dev, test, or a gap between them; and the section `split`."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from itertools import groupby
from typing import Any, Literal, Self, get_args

from pydantic import Field, model_validator

from attune.core.errors import UserError
from attune.core.params import Section
from attune.core.records import HEADINGS, Chunk, Question

Part = Literal["train", "dev", "test", "gap"]
PROTECTION: tuple[Part, ...] = ("gap", "train", "dev", "test")  # text that stands in several parts goes furthest right
FEW_DOCUMENTS = 2  # no more than that cannot be divided as wholes


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
            shown = ", ".join(documents[:5]) + (f" and {len(documents) - 5} more" if len(documents) > 5 else "")
            raise UserError(f"split.test_documents: '{pattern}' matches none of {shown}")
        pinned |= matches
    if len(pinned) == len(documents):
        raise UserError("split.test_documents matches every document; leave at least one to train on")
    return pinned


def assign_documents(documents: Sequence[str], params: SplitParams) -> dict[str, Part]:
    """Assign three or more documents by the hash of their paths, so that adding documents moves none of them.

    Where chance leaves a part empty, the document nearest to that part's range of hashes goes there.
    """
    dev, test = params.dev_fraction, params.test_fraction
    ordered = sorted(documents, key=lambda document: (position(document, params.seed), document))
    parts: dict[str, Part] = {}
    for document in ordered:
        place = position(document, params.seed)
        parts[document] = "test" if place < test else "dev" if place < test + dev else "train"
    if "train" not in parts.values():
        parts[ordered[-1]] = "train"
    if test and "test" not in parts.values():
        parts[ordered[0]] = "test"
    if dev and "dev" not in parts.values():
        parts[next((d for d in ordered[:-1] if parts[d] == "train"), ordered[-2])] = "dev"
    return parts


def contiguous_parts(chunks: int, params: SplitParams) -> list[Part]:
    """Assign the chunks of one document: first train, then dev, then test, with a chunk of gap between.

    Consecutive chunks overlap; the gap keeps text of one part out of the next. A document too short for that is
    all train.
    """
    shares: dict[Part, float] = {"dev": params.dev_fraction, "test": params.test_fraction}
    held_out: list[Part] = []
    for part, share in shares.items():
        held_out += ["gap", *[part] * max(1, round(chunks * share))] if share else []
    train: list[Part] = ["train"]
    return train * (chunks - len(held_out)) + held_out if len(held_out) < chunks else train * chunks


def assign_chunks(chunks: Sequence[Chunk], params: SplitParams) -> dict[str, Part]:
    """Return chunk id -> part: by documents, or by contiguous parts where there are one or two.

    Raises:
        UserError: `split.test_documents` does not fit the documents.
    """
    documents = sorted({chunk.document for chunk in chunks})
    pinned = pinned_documents(documents, params.test_documents)
    if pinned:
        params = params.model_copy(update={"test_fraction": 0.0})
    free = [document for document in documents if document not in pinned]
    parts: dict[str, Part] = {}
    if len(free) > FEW_DOCUMENTS:
        by_document = assign_documents(free, params)
        for chunk in chunks:
            # a text that stands in several documents counts for the most protected of them
            found = (by_document.get(place.document, "train") for place in chunk.places)
            parts[chunk.id] = max(found, key=PROTECTION.index)
    else:
        ordered = sorted(chunks, key=lambda chunk: (chunk.document, chunk.places[0].start))
        for _, group in groupby(ordered, key=lambda chunk: chunk.document):
            ids = [chunk.id for chunk in group]
            parts |= dict(zip(ids, contiguous_parts(len(ids), params), strict=True))
    return parts | {chunk.id: "test" for chunk in chunks if any(place.document in pinned for place in chunk.places)}


def keep_together(parts: dict[str, Part], groups: dict[str, int]) -> dict[str, Part]:
    """Move near-duplicate chunks into the most protected part that one of their group is in."""
    strongest: dict[int, Part] = {}
    for chunk, part in parts.items():
        strongest[groups[chunk]] = max(strongest.get(groups[chunk], part), part, key=PROTECTION.index)
    return {chunk: strongest[groups[chunk]] for chunk in parts}


def assign_questions(questions: Sequence[Question], parts: dict[str, Part]) -> dict[str, Part]:
    """Assign each question to the part of its chunk, or the most protected part of its chunks.

    Headings are trained on and never tested with: they stand in their chunk word for word, so any model finds them.

    Raises:
        UserError: a question names a chunk that is not in the corpus.
    """
    assigned: dict[str, Part] = {}
    for question in questions:
        unknown = [chunk for chunk in question.chunks if chunk not in parts]
        if unknown:
            raise UserError(
                f"queries.jsonl: question {question.id} names the unknown chunk {unknown[0]}; run `dvc repro`"
            )
        part = max((parts[chunk] for chunk in question.chunks), key=PROTECTION.index)
        assigned[question.id] = "gap" if part != "train" and question.kind in HEADINGS else part
    return assigned


def counts(
    chunks: Sequence[Chunk], before: dict[str, Part], parts: dict[str, Part], asked: dict[str, Part]
) -> dict[str, Any]:
    """Count documents, chunks and questions of each part, and the chunks that went where their near-duplicates are."""
    tables = {
        "documents": Counter(part for _, part in {(chunk.document, parts[chunk.id]) for chunk in chunks}),
        "chunks": Counter(parts.values()),
        "questions": Counter(asked.values()),
    }
    counted: dict[str, Any] = {name: {part: table[part] for part in get_args(Part)} for name, table in tables.items()}
    return counted | {"near_duplicates_moved": sum(before[chunk] != parts[chunk] for chunk in parts)}


def refuse_empty_parts(asked: dict[str, Part]) -> None:
    """Raise a UserError where there is nothing to train on or nothing to test with."""
    for part in ("train", "test"):
        if part not in asked.values():
            raise UserError(
                f"no {part} questions among {len(asked)}: add documents, ask more questions per chunk, "
                "or change split.test_fraction, split.test_documents or split.seed"
            )
