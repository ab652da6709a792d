"""Exact search: every question against every chunk, in blocks that fit into memory.

A line is what a system says of one question: its score of every chunk, in the order of the chunks' ids. Whatever gives
lines can be ranked, and lines of two systems can be put together before (`fusion.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

Similarity = Callable[[Tensor, Tensor], Tensor]  # (questions, d) x (chunks, d) -> (questions, chunks)
Line = NDArray[np.floating[Any]]  # of shape (chunks,)
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
    order = order_by_id(chunk_ids)
    return rank_lines(similarity_lines(similarity, questions, chunks, order), order, depth)


def order_by_id(chunk_ids: Sequence[str]) -> NDArray[np.int64]:
    """Return the places of the chunks, sorted by their ids: the order of every line."""
    return np.array(sorted(range(len(chunk_ids)), key=chunk_ids.__getitem__), dtype=np.int64)


def similarity_lines(
    similarity: Similarity, questions: Tensor, chunks: Tensor, order: NDArray[np.int64]
) -> Iterator[Line]:
    """Yield the line of each question.

    A cosine scales all chunks to length 1 for every block of questions. Of a large corpus a block holds few questions,
    so this would take longer than the products: here they are scaled once, which gives the same numbers.

    Args:
        similarity: the model's own similarity function.
        questions: vectors of shape (questions, dimensions).
        chunks: vectors of shape (chunks, dimensions).
        order: what `order_by_id` says of the chunks.
    """
    from sentence_transformers.util import cos_sim  # with all that it imports; here, where a model is loaded anyway

    ordered = chunks[torch.from_numpy(order)]  # a copy, which may be changed
    if similarity is cos_sim:
        functional.normalize(ordered, dim=-1, out=ordered)
    rows = max(1, SCORES_PER_BLOCK // len(chunks))
    for start in range(0, len(questions), rows):
        block = questions[start : start + rows]
        scores = (
            functional.normalize(block, dim=-1) @ ordered.T if similarity is cos_sim else similarity(block, ordered)
        )
        yield from scores.numpy(force=True)


def rank_lines(lines: Iterable[Line], order: NDArray[np.int64], depth: int) -> NDArray[np.int64]:
    """Return the best chunks of each line as `rank` does.

    Args:
        lines: the scores of the chunks, whatever gave them.
        order: what `order_by_id` says of the chunks.
        depth: how many chunks to return for a line.

    Returns:
        Of shape (lines, min(depth, chunks)); -1 where no chunk is left whose score is above -inf.
    """
    depth = min(depth, len(order))
    best = ((line, _best(line, depth)) for line in lines)
    ranked = [np.where(np.isneginf(line[places]), -1, order[places]) for line, places in best]
    return np.array(ranked, dtype=np.int64).reshape(-1, depth)


def _best(scores: Line, depth: int) -> NDArray[np.int64]:
    """Return the positions of the `depth` highest scores, the lower position first where scores are equal."""
    threshold = np.partition(scores, len(scores) - depth)[len(scores) - depth]
    candidates = np.flatnonzero(scores >= threshold)  # ascending, so a stable sort keeps the order by id
    return candidates[np.argsort(-scores[candidates], kind="stable")][:depth]
