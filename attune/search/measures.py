"""Measures of a ranking, one number per question.

All take `hits`, of shape (questions, depth): whether the chunk at each rank is relevant; and, where the number of
relevant chunks matters, `relevant`, of shape (questions,). All return shape (questions,), between 0 and 1.
Definitions and names follow sentence-transformers' InformationRetrievalEvaluator, where hit rate is `accuracy`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Hits = NDArray[np.bool_]
Counts = NDArray[np.int64]
Values = NDArray[np.float64]

MRR_DEPTH, NDCG_DEPTH, MAP_DEPTH = 10, 10, 100


def find_hits(
    ranked: NDArray[np.int64], chunk_ids: Sequence[str], relevant: Sequence[Sequence[str]]
) -> tuple[Hits, Counts]:
    """Mark the relevant chunks in a ranking of shape (questions, depth), and count the relevant ones."""
    place = {chunk: index for index, chunk in enumerate(chunk_ids)}
    wanted = [np.array([place[chunk] for chunk in chunks], dtype=np.int64) for chunks in relevant]
    hits = np.array([np.isin(row, chunks) for row, chunks in zip(ranked, wanted, strict=True)], dtype=np.bool_)
    return hits, np.array([len(chunks) for chunks in wanted], dtype=np.int64)


def first_ranks(hits: Hits) -> Counts:
    """Return the rank of the first relevant chunk, counted from 1; 0 where none is within the depth."""
    found: Counts = np.where(hits.any(axis=1), hits.argmax(axis=1) + 1, 0)
    return found


def hit_rate(hits: Hits, k: int) -> Values:
    """1 where one of the first k chunks is relevant (`success` of trec_eval)."""
    return np.asarray(hits[:, :k].any(axis=1), dtype=np.float64)


def precision(hits: Hits, k: int) -> Values:
    """Share of relevant chunks among the first k (Manning, Raghavan, Schütze 2008, section 8.4)."""
    return np.asarray(hits[:, :k].sum(axis=1) / k)


def recall(hits: Hits, relevant: Counts, k: int) -> Values:
    """Share of the relevant chunks that are among the first k (Manning, Raghavan, Schütze 2008, section 8.3)."""
    return np.asarray(hits[:, :k].sum(axis=1) / relevant)


def reciprocal_rank(hits: Hits, k: int) -> Values:
    """1 / rank of the first relevant chunk among the first k, else 0 (Voorhees 1999, TREC-8 QA track)."""
    ranks = first_ranks(hits[:, :k])
    return np.where(ranks > 0, 1 / np.maximum(ranks, 1), 0.0)


def ndcg(hits: Hits, relevant: Counts, k: int) -> Values:
    """Discounted gain sum(1 / log2(rank + 1)) over the ideal one (Järvelin, Kekäläinen 2002, section 2.2)."""
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.cumsum(discounts)[np.minimum(relevant, k) - 1]
    depth = min(k, hits.shape[1])
    gains: Values = hits[:, :depth] @ discounts[:depth] / ideal
    return gains


def average_precision(hits: Hits, relevant: Counts, k: int) -> Values:
    """Mean of the precision at each relevant chunk, cut at k (Manning, Raghavan, Schütze 2008, section 8.4).

    Divided by min(k, relevant), so that a perfect ranking scores 1 however many chunks are relevant.
    """
    top = hits[:, :k]
    precisions = np.cumsum(top, axis=1) / np.arange(1, top.shape[1] + 1)
    means: Values = (precisions * top).sum(axis=1) / np.minimum(relevant, k)
    return means


def per_question(hits: Hits, relevant: Counts, ks: Sequence[int]) -> dict[str, Values]:
    """Return all measures by the name that they have in metrics.json."""
    values = {f"hit_rate@{k}": hit_rate(hits, k) for k in ks}
    values |= {f"recall@{k}": recall(hits, relevant, k) for k in ks}
    values |= {f"precision@{k}": precision(hits, k) for k in ks}
    values[f"mrr@{MRR_DEPTH}"] = reciprocal_rank(hits, MRR_DEPTH)
    values[f"ndcg@{NDCG_DEPTH}"] = ndcg(hits, relevant, NDCG_DEPTH)
    values[f"map@{MAP_DEPTH}"] = average_precision(hits, relevant, MAP_DEPTH)
    return values


def means(values: Mapping[str, Values]) -> dict[str, float]:
    """Return the mean over the questions of each measure."""
    return {name: float(numbers.mean()) for name, numbers in values.items()}
