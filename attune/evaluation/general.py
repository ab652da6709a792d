"""Does the fine-tuned model still know other things? All systems are asked about text unlike the user's documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from attune.evaluation.params import HybridParams
from attune.evaluation.results import BASE, BM25, FINETUNED
from attune.evaluation.systems import Hybrids, search_bm25, search_encoded
from attune.search.ask import EncodedSet
from attune.search.bm25 import LexicalIndex
from attune.search.general_set import FieldOrChunk, GeneralSet
from attune.search.measures import Values, per_question
from attune.search.ranking import Similarity, rank

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

NEIGHBOURS = 10


@dataclass(frozen=True)
class GeneralKnowledge:
    """How BM25, the base and the fine-tuned model and the hybrids do on a general set.

    Attributes:
        questions: how many were asked.
        chunks: how many they were asked of.
        systems: system -> measure, by its name in metrics.json -> its values, of shape (questions,).
        clusters: the cluster of each question; see `GeneralSet`.
        clustered_by: what these clusters are.
        neighbours_kept: how much of each chunk's neighbourhood is as before, from 0 to 1; see the function.
    """

    questions: int
    chunks: int
    systems: dict[str, dict[str, Values]]
    clusters: list[str]
    clustered_by: FieldOrChunk
    neighbours_kept: float


def compare_general(
    base: SentenceTransformer,
    finetuned: SentenceTransformer,
    general: GeneralSet,
    batch_size: int,
    ks: Sequence[int],
    hybrid: HybridParams,
    more: Mapping[str, EncodedSet] | None = None,
) -> GeneralKnowledge:
    """Ask both models, BM25 and the hybrids every question of every chunk of a general set.

    Args:
        base: the base model, with the prompts that it expects (see `prompts.set_prompts`).
        finetuned: the fine-tuned model, likewise.
        general: what to ask.
        batch_size: texts encoded at a time.
        ks: the depths of hit rate, recall and precision.
        hybrid: how to fuse with BM25.
        more: system -> the same questions and chunks as it sees them.

    Raises:
        UserError: a model returns numbers that are not finite.
    """
    asked = general.asked.texts, {chunk.id: chunk.passage for chunk in general.chunks}, batch_size
    both = {
        BASE: EncodedSet.of(base, *asked, "general, base"),
        FINETUNED: EncodedSet.of(finetuned, *asked, "general, finetuned"),
    }
    hybrids = Hybrids(LexicalIndex([chunk.passage for chunk in general.chunks]), hybrid)
    found = {BM25: search_bm25(hybrids.lexical, general.asked.texts, general.chunks)}
    for name, encoded in (both | dict(more or {})).items():
        found |= search_encoded(encoded, name, [], hybrids, [name])
    return GeneralKnowledge(
        questions=len(general.asked),
        chunks=len(general.chunks),
        systems={name: per_question(ranking.hits(general.asked.relevant), ks) for name, ranking in found.items()},
        clusters=general.clusters,
        clustered_by=general.clustered_by,
        neighbours_kept=neighbours_kept(*(nearest(e.similarity, e.chunk_vectors, e.chunks) for e in both.values())),
    )


def nearest(similarity: Similarity, vectors: Tensor, ids: Sequence[str]) -> NDArray[np.int64]:
    """Return the nearest other chunks of each chunk: ten, but at most half of the others.

    With more than half, most would stay neighbours by mere chance.

    Args:
        similarity: the model's own similarity function.
        vectors: a vector for each chunk, of shape (chunks, dimensions); at least three.
        ids: the id of each chunk, which orders equal similarities.

    Returns:
        Indices of chunks, nearest first, of shape (chunks, neighbours).
    """
    count = min(NEIGHBOURS, (len(ids) - 1) // 2)
    ranked = rank(similarity, vectors, vectors, ids, count + 1)
    others = ranked != np.arange(len(ids))[:, np.newaxis]
    # a chunk need not be among the most similar to itself: it may have twins, and the similarity be a dot product
    others[others.all(axis=1), -1] = False
    return np.reshape(ranked[others], (len(ids), count))


def neighbours_kept(before: NDArray[np.int64], after: NDArray[np.int64]) -> float:
    """Return the share of each chunk's nearest others that are so for both models, averaged over the chunks.

    That is |before ∩ after| / k, the stability of Wendlandt, Kummerfeld and Mihalcea (2018, NAACL, section 3), who take
    ten neighbours too. It needs no questions. 1 is the same neighbours in any order; models that have nothing to do
    with each other share k / (chunks - 1) of them by chance.

    Args:
        before: what `nearest` returns for one model, of shape (chunks, k).
        after: the same for the other model.
    """
    return float((before[:, :, np.newaxis] == after[:, np.newaxis, :]).any(axis=2).mean())
