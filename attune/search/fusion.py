"""Hybrid search: what compares meanings and what compares words, fused into one ranking.

For each question, a chunk's fused score is w · f(dense) + (1 - w) · f(BM25). The function f makes the two comparable:

- `score`: (s - lowest) / (highest - lowest) over all chunks, so that the sum is the convex combination that Bruch, Gai
  and Ingber (2023, "An Analysis of Fusion Functions for Hybrid Retrieval", ACM TOIS 42) find better than ranks;
- `rank`: 1 / (60 + r), reciprocal rank fusion (Cormack, Clarke and Büttcher 2009, SIGIR), with r counted from 1 and up
  to 100; what stands further down counts 0. Without a preference, w is 0.5.

Where every chunk has the same score, f is 0 (`score`), as nothing can be learned from it. A chunk that shares no word
with the question has nothing from BM25, under either, and one without a vector (-inf) nothing from the model. Every
other chunk is scored by both, so none is missing from one list; search engines fuse the first N of each, which comes to
the same from some hundred on (docs/hybrid.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from attune.search.ask import EncodedSet, Ranking
from attune.search.bm25 import LexicalIndex
from attune.search.measures import DEPTH
from attune.search.ranking import Line, order_by_id, rank_lines

FusionKind = Literal["score", "rank"]
Fused = NDArray[np.float64]  # of shape (chunks,)
RRF_K = 60


def rank_fused(
    encoded: EncodedSet,
    lexical: LexicalIndex,
    weights: Sequence[float],
    kind: FusionKind,
    depth: int,
    name: str,
    dimensions: int | None = None,
) -> list[Ranking]:
    """Ask a model and BM25 together; return what they find with each weight.

    Question after question, so that beside the vectors there is one block of scores in memory.

    Args:
        encoded: questions and chunks as the model sees them.
        lexical: the same chunks as BM25 sees them.
        weights: of the model, from 0 (BM25 alone) to 1 (the model alone).
        kind: how scores are made comparable.
        depth: how many chunks to return for a question.
        name: of the hybrid, for the progress bar.
        dimensions: as in `EncodedSet.lines`.
    """
    order = order_by_id(encoded.chunks)
    lines = fuse(encoded.lines(dimensions), lexical.lines(encoded.questions, order, name), weights, kind)
    ranked = rank_lines(lines, order, depth)
    return [Ranking(encoded.chunks, ranked[place :: len(weights)]) for place in range(len(weights))]


def fuse(dense: Iterable[Line], lexical: Iterable[Line], weights: Sequence[float], kind: FusionKind) -> Iterator[Fused]:
    """Yield the fused line of each question for each weight: all weights of the first question, then of the next."""
    comparable = FUNCTIONS[kind]
    for by_meaning, by_words in zip(dense, lexical, strict=True):
        meaning, matches = comparable(by_meaning), np.where(by_words > 0, comparable(by_words), 0.0)
        for weight in weights:
            yield weight * meaning + (1 - weight) * matches


def scaled(line: Line) -> Fused:
    """Scale scores to 0 for the lowest and 1 for the highest; equal ones are all 0, and so is -inf."""
    scores = line.astype(np.float64)
    finite = scores[np.isfinite(scores)]
    lowest, highest = (finite.min(), finite.max()) if len(finite) else (0.0, 0.0)
    return np.maximum((scores - lowest) / (highest - lowest), 0.0) if highest > lowest else np.zeros_like(scores)


def reciprocal_ranks(line: Line) -> Fused:
    """Return 1 / (60 + rank) of the first 100; equal scores have the same rank, that of the first of them."""
    depth = min(DEPTH, len(line))
    inside = (line >= np.partition(line, len(line) - depth)[len(line) - depth]) & np.isfinite(line)
    best = np.sort(line[inside])
    found = np.zeros(len(line))
    found[inside] = 1 / (RRF_K + 1 + len(best) - np.searchsorted(best, line[inside], side="right"))
    return found


FUNCTIONS: dict[FusionKind, Callable[[Line], Fused]] = {"score": scaled, "rank": reciprocal_ranks}
