"""The chunks of a corpus, read from disk when they are looked at: memory holds where their lines begin."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import overload

import numpy as np

from attune.core.beir import chunk_of, none_in
from attune.core.files import read_jsonl_from
from attune.core.records import Chunk
from attune.questions.fingerprints import fingerprint


class Corpus(Sequence[Chunk]):
    """The chunks of corpus.jsonl, those of a document one after the other; the file must not change meanwhile."""

    def __init__(self, path: Path) -> None:
        """Look through the file.

        Raises:
            UserError: the file is missing, empty or malformed.
        """
        self._path, self._starts = path, array("q")
        for start, row in read_jsonl_from(path):
            chunk_of(path, row)
            self._starts.append(start)
        if not self._starts:
            raise none_in(path)

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[Chunk]:
        return (chunk_of(self._path, row) for _, row in read_jsonl_from(self._path))

    @overload
    def __getitem__(self, place: int) -> Chunk: ...

    @overload
    def __getitem__(self, place: slice) -> list[Chunk]: ...

    def __getitem__(self, place: int | slice) -> Chunk | list[Chunk]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        with self._path.open("rb") as file:
            file.seek(self._starts[place])
            return chunk_of(self._path, json.loads(file.readline()))


def finder(chunks: Sequence[Chunk]) -> Callable[[str], Chunk]:
    """Return what finds a chunk by its id, and raises a KeyError where there is none; memory holds 16 bytes a chunk."""
    fingerprints = np.fromiter((fingerprint(chunk.id) for chunk in chunks), np.uint64, len(chunks))
    order = np.argsort(fingerprints)
    fingerprints = fingerprints[order]

    def find(name: str) -> Chunk:
        wanted = np.uint64(fingerprint(name))
        first, end = (int(np.searchsorted(fingerprints, wanted, side)) for side in ("left", "right"))
        found = (chunks[int(place)] for place in order[first:end])
        chunk = next((chunk for chunk in found if chunk.id == name), None)
        if chunk is None:
            raise KeyError(name)
        return chunk

    return find
