"""What counts as one trial, and whether there are enough of them to believe a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from attune.statistics.mean import Labels, freedom

ClusteredBy = Literal["document", "chunk"]
Caution = Literal["few_questions", "few_documents", "few_clusters"]

MIN_DOCUMENTS = 3  # with two, t has one degree of freedom and a quantile of 12.7: it finds next to nothing
ENOUGH_QUESTIONS, ENOUGH_CLUSTERS = 200, 10


def clusters_of(documents: Sequence[str], chunks: Sequence[str]) -> tuple[Sequence[str], ClusteredBy]:
    """Choose the clusters of questions from the document and the chunk of each: chunks where documents are too few."""
    return (documents, "document") if len(set(documents)) >= MIN_DOCUMENTS else (chunks, "chunk")


def effective_number(labels: Labels) -> float:
    """Return how many clusters of one size would tell as much as these: one more than the degrees of freedom."""
    sizes = np.unique(np.asarray(labels), return_counts=True)[1]
    return freedom(sizes / sizes.sum()) + 1


def cautions(questions: int, clustered_by: str, effective_clusters: float) -> list[Caution]:
    """Return what a reader of the verdict must know about the questions; empty where there are enough.

    The one rule for the report and for scripts.

    Args:
        questions: how many there are.
        clustered_by: what their clusters are; chunks are one document's, or two's.
        effective_clusters: see `effective_number`.
    """
    found: dict[Caution, bool] = {
        "few_questions": questions < ENOUGH_QUESTIONS,
        "few_documents": clustered_by == "chunk",
        "few_clusters": effective_clusters < ENOUGH_CLUSTERS,
    }
    return [caution for caution, holds in found.items() if holds]
