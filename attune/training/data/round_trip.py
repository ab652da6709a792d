"""Cleaner training data: only questions that find their chunk, among the chunks of the training questions alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attune.core.errors import UserError
from attune.search.ask import EncodedSet
from attune.search.bm25 import rank_bm25
from attune.training.data.training_set import TrainingSet


def round_trip(data: TrainingSet, encoded: EncodedSet, depth: int) -> TrainingSet:
    """Leave questions out that find none of their chunks among the first few, neither with the model nor with BM25.

    The filter of Promptagator (Dai et al. 2022, arXiv 2209.11755, section 3.2), made loose: a question that only one
    of two searches can answer is what training is for.

    Args:
        data: the training set.
        encoded: the same for the base model.
        depth: of the chunks found, the first N count.

    Raises:
        UserError: no question is left.
    """
    passages = [data.passages[chunk] for chunk in encoded.chunks]
    found = np.hstack(
        [
            encoded.ranking(depth).ranked,
            rank_bm25(encoded.questions, passages, encoded.chunks, depth),
        ]
    )
    relevant = {
        question: data.relevant[question]
        for question, places in zip(encoded.questions, found.tolist(), strict=True)
        if not set(data.relevant[question]).isdisjoint(encoded.chunks[place] for place in places)
    }
    if not relevant:
        raise UserError(
            f"none of the {len(data.relevant)} training questions finds its chunk among the first {depth}; "
            "raise finetune.round_trip, or set it to null"
        )
    return replace(data, relevant=relevant)
