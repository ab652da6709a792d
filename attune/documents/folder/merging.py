"""A corpus in which a text that stands in several places is one chunk, written without holding texts in memory."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from attune.core.beir import chunk_row
from attune.core.files import atomic_file, jsonl_line
from attune.core.records import Chunk, Place


class Corpus:
    """Chunks on their way to corpus.jsonl, each text once. Only their ids are in memory."""

    def __init__(self, spool: TextIO) -> None:
        self._spool = spool
        self._numbers: dict[int, int] = {}  # id: number of its line
        self._also_in: dict[int, list[dict[str, Any]]] = {}  # number of a line: further places of its text
        self.merged = 0

    def __len__(self) -> int:
        """Count the chunks."""
        return len(self._numbers)

    def add(self, id: str, line: str) -> None:
        """Add a chunk by its id and the line that `line_of` makes of it."""
        number = self._numbers.setdefault(int(id, 16), new := len(self._numbers))
        if number == new:
            self._spool.write(line)
        else:
            place = Place.of(json.loads(line)["metadata"], id).row
            self._also_in.setdefault(number, []).append(place)
            self.merged += 1

    def lines(self) -> Iterator[str]:
        """Yield the lines of corpus.jsonl, each with all places of its text."""
        self._spool.seek(0)
        for number, line in enumerate(self._spool):
            if number in self._also_in:
                row = json.loads(line)
                row["metadata"]["also_in"] = self._also_in[number]
                yield jsonl_line(row)
            else:
                yield line


@contextmanager
def merged_corpus(path: Path) -> Iterator[Corpus]:
    """Give a corpus to add chunks to; `path` has them when the block succeeds, and else stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    spool_path = path.with_name(f".{path.name}.{os.getpid()}.spool.tmp")
    try:
        with spool_path.open("w+", encoding="utf-8", newline="\n") as spool:
            corpus = Corpus(spool)
            yield corpus
            with atomic_file(path) as file:
                file.writelines(corpus.lines())
    finally:
        spool_path.unlink(missing_ok=True)


def line_of(chunk: Chunk) -> str:
    """Return the line of a chunk in corpus.jsonl, as long as it has one place."""
    return jsonl_line(chunk_row(chunk))
