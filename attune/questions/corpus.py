"""The chunks of a corpus, read from disk when they are looked at: memory holds where their lines begin."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

import numpy as np

from attune.core.beir import chunk_of, none_in
from attune.core.files import JsonlReader, read_jsonl_from
from attune.core.records import Chunk
from attune.questions.compact import fingerprint


class Corpus(Sequence[Chunk]):
    """The chunks of corpus.jsonl, those of a document one after the other; the file must not change meanwhile.

    Memory holds 24 bytes a chunk: where its line begins, and, in the order of their fingerprints, the fingerprint of
    its id and its place.
    """

    def __init__(self, path: Path) -> None:
        """Look through the file.

        Raises:
            UserError: the file is missing, empty or malformed.
        """
        self._path, self._reader, self._starts = path, JsonlReader(path), array("q")
        fingerprints = array("Q")
        for start, row in read_jsonl_from(path):
            fingerprints.append(fingerprint(chunk_of(path, row).id))
            self._starts.append(start)
        if not self._starts:
            raise none_in(path)
        self._order = np.argsort(np.frombuffer(fingerprints, np.uint64))
        self._fingerprints = np.frombuffer(fingerprints, np.uint64)[self._order]

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
        return chunk_of(self._path, self._reader.read(self._starts[place]))

    def find(self, chunk_id: str) -> Chunk:
        """Return the chunk with an id.

        Raises:
            KeyError: there is none.
        """
        wanted = np.uint64(fingerprint(chunk_id))
        first, end = (int(np.searchsorted(self._fingerprints, wanted, side)) for side in ("left", "right"))
        for place in self._order[first:end]:
            if (chunk := self[int(place)]).id == chunk_id:
                return chunk
        raise KeyError(chunk_id)
