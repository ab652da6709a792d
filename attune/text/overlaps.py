"""Which chunks share text of a document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attune.core.records import Chunk

Indices = NDArray[np.int64]


def overlapping(chunks: Sequence[Chunk], wanted: Indices) -> dict[int, Indices]:
    """Return, for each of the wanted chunks, the chunks that share characters of a document with it.

    A chunk stands at each of its places; one that does not say where overlaps none.
    """
    by_document: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for index, chunk in enumerate(chunks):
        for place in chunk.places:
            by_document[place.document].append((place.start, place.end, index))
    tables = {document: np.array(sorted(places), dtype=np.int64).T for document, places in by_document.items()}
    latest = {document: np.maximum.accumulate(table[1]) for document, table in tables.items()}
    found: dict[int, Indices] = {}
    for index in wanted.tolist():
        near = [np.empty(0, dtype=np.int64)]
        for place in chunks[index].places:
            starts, ends, indices = tables[place.document]
            # of places sorted by start, those before `first` end too early, those from `last` on start too late
            first = np.searchsorted(latest[place.document], place.start, "right")
            last = np.searchsorted(starts, place.end, "left")
            near.append(indices[first:last][ends[first:last] > place.start])
        found[index] = np.setdiff1d(np.concatenate(near), [index])
    return found
