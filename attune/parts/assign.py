"""Which part of the data a chunk belongs to, by its document and its near-duplicates; and the section `split`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from itertools import groupby
from typing import Literal, Self

from pydantic import Field, model_validator

from attune.core.errors import UserError, listed
from attune.core.params import Section
from attune.core.records import Chunk

Part = Literal["train", "dev", "test", "gap"]
PROTECTION: tuple[Part, ...] = ("gap", "train", "dev", "test")  # text that stands in several parts goes furthest right
FEW_DOCUMENTS = 2  # no more than that cannot be divided as wholes


class SplitParams(Section):
    """The section `split` of params.yaml."""

    dev_fraction: float = Field(ge=0, lt=1)
    test_fraction: float = Field(gt=0, lt=1)
    test_documents: list[str]
    near_duplicate_similarity: float = Field(gt=0, le=1)
    compare_all_up_to: int = Field(ge=0)
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
            raise UserError(f"split.test_documents: '{pattern}' matches none of {listed(documents, 5)}")
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

    The gap keeps the parts from touching; whatever else overlaps, `apart.keep_apart` takes out. A document too short
    for that is all train.
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
