"""What counts as one trial, and whether there are enough of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from attune.statistics.mean import _freedom

ClusteredBy = Literal["document", "chunk"]
MIN_DOCUMENTS = 3  # with two, t has one degree of freedom and a quantile of 12.7: it finds next to nothing
ENOUGH_QUESTIONS, ENOUGH_CLUSTERS = 200, 10


def clusters_of(documents: Sequence[str], chunks: Sequence[str]) -> tuple[Sequence[str], ClusteredBy]:
    """Choose the clusters of questions from the document and the chunk of each: chunks where documents are too few."""
    return (documents, "document") if len(set(documents)) >= MIN_DOCUMENTS else (chunks, "chunk")


def cautions(documents: Sequence[str], chunks: Sequence[str]) -> list[str]:
    """Say what a reader of the verdict must know about the test set, a line each; empty where it is large enough."""
    labels, by = clusters_of(documents, chunks)
    lines = []
    if len(labels) < ENOUGH_QUESTIONS:
        lines.append(
            f"test questions: {len(labels)} (expected {ENOUGH_QUESTIONS} or more); gains of a few points stay unseen; "
            "add documents or raise `split.test_fraction`"
        )
    if by == "chunk":
        lines.append(
            f"test documents: {len(set(documents))} (expected {MIN_DOCUMENTS} or more); the verdict holds for further "
            "questions about the same text, not for other documents"
        )
    sizes = np.unique(np.asarray(labels), return_counts=True)[1]
    equal = _freedom(sizes / sizes.sum()) + 1
    if equal < ENOUGH_CLUSTERS:
        lines.append(
            f"{by}s with test questions: {len(sizes)}, which weigh like {equal:.1f} of one size (expected "
            f"{ENOUGH_CLUSTERS} or more); the intervals are wide and the verdict is cautious"
        )
    return lines
