"""The vectors that a server was paid for: one file for each model, so that no text is paid for twice."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attune.servers.ledger import Ledger
from attune.servers.rows import LedgerRow

Matrix = NDArray[np.float32]
ROWS_AT_A_TIME = 4096
STORED = np.dtype("<f4")  # base64 of it takes a third of the decimals, reads five times as fast, and loses nothing


def vector_key(model: str, dimensions: int | None, text: str) -> str:
    """Return the hash of all that shapes a vector: the model, the dimensions asked for, the text; not the server.

    Args:
        model: the name of the model.
        dimensions: how many numbers were asked for; None is as many as the model gives.
        text: what was to be embedded, prompt included.
    """
    content = json.dumps({"model": model, "dimensions": dimensions, "text": text})
    return hashlib.sha256(content.encode()).hexdigest()


def vectors_file(folder: Path, model: str, dimensions: int | None) -> Path:
    """Return the file of a model, whose name may hold slashes and colons; no two models share one."""
    plain = re.sub(r"[^a-z0-9._-]", "-", model.lower())
    mark = "" if plain == model else "-" + hashlib.sha256(model.encode()).hexdigest()[:8]
    return folder / f"{plain}{mark}{'' if dimensions is None else f'@{dimensions}'}.jsonl"


class Vectors(Ledger):
    """The vectors of one model, by the key of their text: all finite, none zero, all of the same dimension.

    A row is `{"key": ..., "vector": ...}`, the vector as the server sent it, as base64 of little-endian float32. Where
    the model could not read the whole text, `characters` tells how many of them it did read.
    """

    kind = "vector"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.dimensions: int | None = None  # unknown as long as there is none
        self.cut: set[str] = set()  # keys of the texts that were not read whole

    def admit(self, row: LedgerRow) -> None:
        """Check a vector; see `Ledger`."""
        vector = _decode(row)
        if problem := check_vectors(vector[np.newaxis], self.dimensions):
            raise ValueError(problem)
        self.dimensions = len(vector)
        if "characters" in row:
            self.cut.add(row["key"])

    def keep(self, keys: Sequence[str], vectors: Matrix, characters: Mapping[str, int]) -> None:
        """Keep vectors of shape (keys, dimensions); `characters` of a key is what was read of a text that was cut."""
        rows: list[LedgerRow] = []
        for key, vector in zip(keys, vectors, strict=True):
            cut = {"characters": characters[key]} if key in characters else {}
            encoded = base64.b64encode(vector.astype(STORED).tobytes()).decode()
            rows.append({"key": key, **cut, "vector": encoded})
        self.append(rows)

    def take(self, keys: Sequence[str]) -> Matrix:
        """Return the vectors of keys, of shape (keys, dimensions), in their order; zeros for keys that have none."""
        wanted: dict[str, list[int]] = {}
        for place, key in enumerate(keys):
            if key in self:
                wanted.setdefault(key, []).append(place)
        vectors = np.zeros((len(keys), self.dimensions or 0), dtype=np.float32)
        for key, row in self.rows(wanted):
            vectors[wanted[key]] = _decode(row)
        return vectors


def make_unit(vectors: Matrix) -> None:
    """Make vectors of shape (count, dimensions) of length 1, in place; zeros stay."""
    for start in range(0, len(vectors), ROWS_AT_A_TIME):
        rows = vectors[start : start + ROWS_AT_A_TIME]
        lengths = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
        np.divide(rows, lengths, out=rows, where=lengths > 0, casting="same_kind")


def check_vectors(vectors: Matrix, dimensions: int | None) -> str:
    """Say what is wrong with vectors of shape (count, dimensions); nothing where they can be compared with others.

    Args:
        vectors: what a server sent or a file holds.
        dimensions: how many numbers each is to have; None takes any.
    """
    if dimensions is not None and vectors.shape[1] != dimensions:
        return f"a vector has {vectors.shape[1]} numbers where {dimensions} were expected"
    if not np.isfinite(vectors).all():
        return "a vector holds a number that is not finite"
    if not vectors.any(axis=1).all():
        return "a vector is all zeros"
    return ""


def _decode(row: LedgerRow) -> Matrix:
    return np.frombuffer(base64.b64decode(row["vector"], validate=True), dtype=STORED).astype(np.float32)
