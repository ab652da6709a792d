"""Measures of a ranking: one number per question, between 0 and 1, from where the relevant chunks stand.

Definitions and names follow sentence-transformers' InformationRetrievalEvaluator, where hit rate is `accuracy`.
A new measure is a function and a row in `MEASURES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]  # of shape (questions,)


@dataclass(frozen=True)
class Hits:
    """Where the relevant chunks of each question stand in a ranking.

    Attributes:
        marks: whether the chunk at each rank is relevant, bools of shape (questions, depth).
        relevant: how many relevant chunks there are, of shape (questions,).
    """

    marks: NDArray[np.bool_]
    relevant: NDArray[np.int64]

    @property
    def first_ranks(self) -> NDArray[np.int64]:
        """The rank of the first relevant chunk, counted from 1; 0 where none is within the depth."""
        found: NDArray[np.int64] = np.where(self.marks.any(axis=1), self.marks.argmax(axis=1) + 1, 0)
        return found


def find_hits(ranked: NDArray[np.int64], chunk_ids: Sequence[str], relevant: Sequence[Sequence[str]]) -> Hits:
    """Mark the relevant chunks in a ranking: indices into `chunk_ids`, of shape (questions, depth)."""
    place = {chunk: index for index, chunk in enumerate(chunk_ids)}
    wanted = [np.array([place[chunk] for chunk in chunks], dtype=np.int64) for chunks in relevant]
    marks = np.array([np.isin(row, chunks) for row, chunks in zip(ranked, wanted, strict=True)], dtype=np.bool_)
    return Hits(marks.reshape(ranked.shape), np.array([len(chunks) for chunks in wanted], dtype=np.int64))


def hit_rate(hits: Hits, k: int) -> Values:
    """1 where one of the first k chunks is relevant (`success` of trec_eval)."""
    return np.asarray(hits.marks[:, :k].any(axis=1), dtype=np.float64)


def recall(hits: Hits, k: int) -> Values:
    """Share of the relevant chunks that are among the first k (Manning, Raghavan, Schütze 2008, section 8.3)."""
    return np.asarray(hits.marks[:, :k].sum(axis=1) / hits.relevant)


def precision(hits: Hits, k: int) -> Values:
    """Share of relevant chunks among the first k (Manning, Raghavan, Schütze 2008, section 8.4)."""
    return np.asarray(hits.marks[:, :k].sum(axis=1) / k)


def reciprocal_rank(hits: Hits, k: int) -> Values:
    """1 / rank of the first relevant chunk among the first k, else 0 (Voorhees 1999, TREC-8 QA track)."""
    ranks = hits.first_ranks
    return np.where((ranks > 0) & (ranks <= k), 1 / np.maximum(ranks, 1), 0.0)


def ndcg(hits: Hits, k: int) -> Values:
    """Discounted gain sum(1 / log2(rank + 1)) over the ideal one (Järvelin, Kekäläinen 2002, section 2.2)."""
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.cumsum(discounts)[np.minimum(hits.relevant, k) - 1]
    depth = min(k, hits.marks.shape[1])
    gains: Values = hits.marks[:, :depth] @ discounts[:depth] / ideal
    return gains


def average_precision(hits: Hits, k: int) -> Values:
    """Mean of the precision at each relevant chunk, cut at k (Manning, Raghavan, Schütze 2008, section 8.4).

    Divided by min(k, relevant), so that a perfect ranking scores 1 however many chunks are relevant.
    """
    top = hits.marks[:, :k]
    precisions = np.cumsum(top, axis=1) / np.arange(1, top.shape[1] + 1)
    means: Values = (precisions * top).sum(axis=1) / np.minimum(hits.relevant, k)
    return means


@dataclass(frozen=True)
class Measure:
    """A measure: its title for people, its function of hits and a depth k, and at which k it is taken.

    `k` is None where it is taken at each k of `evaluate.k`; `share` is whether it is a share of questions or chunks,
    which people read in per cent.
    """

    title: str
    compute: Callable[[Hits, int], Values]
    k: int | None = None
    share: bool = False


MEASURES = {
    "hit_rate": Measure("Hit rate", hit_rate, share=True),
    "recall": Measure("Recall", recall, share=True),
    "precision": Measure("Precision", precision, share=True),
    "mrr": Measure("MRR", reciprocal_rank, k=10),
    "ndcg": Measure("nDCG", ndcg, k=10),
    "map": Measure("MAP", average_precision, k=100),
}
DEPTH = 100  # how far down every ranking is looked at


def per_question(hits: Hits, ks: Sequence[int]) -> dict[str, Values]:
    """Return all measures by the name that they have in metrics.json, such as hit_rate@5."""
    return {
        f"{name}@{k}": measure.compute(hits, k)
        for name, measure in MEASURES.items()
        for k in (ks if measure.k is None else [measure.k])
    }


def means(values: Mapping[str, Values]) -> dict[str, float]:
    """Return the mean over the questions of each measure."""
    return {name: float(numbers.mean()) for name, numbers in values.items()}
