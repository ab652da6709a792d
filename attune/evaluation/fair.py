"""Fair gold: a ranking judged without punishing what is as good as a relevant chunk, or part of one.

Only one chunk is known to answer a question: the one that it was written about. Where a document repeats itself, or
neighbouring chunks share text, another chunk can answer as well, and a model that finds it is not wrong. So:

- a near-duplicate of a relevant chunk counts as that chunk. The first of them in the ranking is the find; the others
  are taken out of the ranking, as a second find of the same thing is worth nothing and no mistake either;
- a chunk that overlaps a relevant one in the document, without being relevant, is taken out as well: what they share
  may or may not hold the answer, so it is neither found nor missed.

What is taken out leaves no gap. The strict figures stand beside the fair ones: those are too hard on a model, these
can be too kind to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from attune.core.beir import Chunk
from attune.search.measures import Counts, Hits

Indices = NDArray[np.int64]


def fair_hits(
    ranked: Indices, chunks: Sequence[Chunk], relevant: Sequence[Sequence[str]], groups: Sequence[int]
) -> tuple[Hits, Counts]:
    """Mark the finds in a ranking by the rules above, and count what there is to find.

    Args:
        ranked: indices into `chunks`, best first, of shape (questions, depth).
        chunks: all chunks.
        relevant: the ids of the relevant chunks of each question.
        groups: the number of the group of near-duplicates that each chunk belongs to, from `near_duplicate_groups`.

    Returns:
        Whether there is a find at each rank, of shape (questions, depth), with misses at the end in place of what was
        taken out; and how many groups of near-duplicates hold a relevant chunk, of shape (questions,).
    """
    place = {chunk.id: index for index, chunk in enumerate(chunks)}
    group_of = np.unique(np.asarray(groups), return_inverse=True)[1]
    # pairs of a question and a relevant chunk
    asked = np.repeat(np.arange(len(relevant)), [len(ids) for ids in relevant])
    answers = np.array([place[chunk] for ids in relevant for chunk in ids], dtype=np.int64)
    # a pair (question, chunk) or (question, group) as one number
    rows = np.arange(len(ranked))[:, None] * len(chunks)
    found = rows + group_of[ranked]
    wanted = np.unique(asked * len(chunks) + group_of[answers])
    is_wanted = np.isin(found, wanted)
    is_first = np.zeros(found.size, dtype=np.bool_)
    is_first[np.unique(found, return_index=True)[1]] = True
    hits = is_wanted & is_first.reshape(found.shape)
    removed = (is_wanted & ~hits) | (~is_wanted & np.isin(rows + ranked, _passed_over(asked, answers, chunks)))
    condensed = np.argsort(removed, axis=1, kind="stable")  # what stays keeps its order, what is removed goes last
    return np.take_along_axis(hits, condensed, axis=1), np.bincount(wanted // len(chunks), minlength=len(relevant))


def _passed_over(asked: Indices, answers: Indices, chunks: Sequence[Chunk]) -> Indices:
    """Return the pairs of a question and a chunk that overlaps one of its relevant chunks, each as one number."""
    neighbours = overlapping(chunks, np.unique(answers))
    pairs = [q * len(chunks) + neighbours[a] for q, a in zip(asked.tolist(), answers.tolist(), strict=True)]
    return np.concatenate(pairs) if pairs else np.empty(0, dtype=np.int64)


def overlapping(chunks: Sequence[Chunk], wanted: Indices) -> dict[int, Indices]:
    """Return, for each of the wanted chunks, the chunks that share characters of a document with it.

    A chunk stands at the place in its metadata and at those in `also_in`; one that does not say where overlaps none.
    """
    by_document: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for index, chunk in enumerate(chunks):
        for document, start, end in _places(chunk):
            by_document[document].append((start, end, index))
    tables = {document: np.array(sorted(places), dtype=np.int64).T for document, places in by_document.items()}
    latest = {document: np.maximum.accumulate(table[1]) for document, table in tables.items()}
    found: dict[int, Indices] = {}
    for index in wanted.tolist():
        near = [np.empty(0, dtype=np.int64)]
        for document, start, end in _places(chunks[index]):
            starts, ends, indices = tables[document]
            # of places sorted by start, those before `first` end too early, those from `last` on start too late
            first, last = np.searchsorted(latest[document], start, "right"), np.searchsorted(starts, end, "left")
            near.append(indices[first:last][ends[first:last] > start])
        found[index] = np.setdiff1d(np.concatenate(near), [index])
    return found


def _places(chunk: Chunk) -> Iterator[tuple[str, int, int]]:
    for place in (chunk.metadata, *chunk.metadata.get("also_in", [])):
        if {"document", "start", "end"} <= place.keys():
            yield place["document"], place["start"], place["end"]
