"""Exact search: every question against every chunk, in blocks that fit into memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Similarity = Callable[[Tensor, Tensor], Tensor]  # (questions, d) x (chunks, d) -> (questions, chunks)
SCORES_PER_BLOCK = 2**24  # 64 MiB of float32


def rank(
    similarity: Similarity, questions: Tensor, chunks: Tensor, chunk_ids: Sequence[str], depth: int
) -> NDArray[np.int64]:
    """Return the chunks that are most similar to each question, best first.

    Equal scores are ordered by chunk id, so the result depends neither on the order of the chunks nor on the
    block size; sentence-transformers' InformationRetrievalEvaluator orders them the same way.

    Args:
        similarity: the model's own similarity function.
        questions: vectors of shape (questions, dimensions).
        chunks: vectors of shape (chunks, dimensions).
        chunk_ids: the id of each chunk.
        depth: how many chunks to return for a question.

    Returns:
        Indices into `chunk_ids`, of shape (questions, min(depth, chunks)).
    """
    depth = min(depth, len(chunk_ids))
    by_id = np.array(sorted(range(len(chunk_ids)), key=chunk_ids.__getitem__), dtype=np.int64)
    ordered = chunks[by_id]
    rows = max(1, SCORES_PER_BLOCK // len(chunk_ids))
    ranked = np.empty((len(questions), depth), dtype=np.int64)
    for start in range(0, len(questions), rows):
        scores = similarity(questions[start : start + rows], ordered).numpy(force=True)
        for row, line in enumerate(scores, start=start):
            ranked[row] = by_id[_best(line, depth)]
    return ranked


def _best(scores: NDArray[np.float32], depth: int) -> NDArray[np.int64]:
    """Return the positions of the `depth` highest scores, the lower position first where scores are equal."""
    threshold = np.partition(scores, len(scores) - depth)[len(scores) - depth]
    candidates = np.flatnonzero(scores >= threshold)  # ascending, so a stable sort keeps the order by id
    return candidates[np.argsort(-scores[candidates], kind="stable")][:depth]
