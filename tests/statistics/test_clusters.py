"""What counts as one trial, and when there are too few of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.statistics.clusters import cautions, clusters_of, effective_number


def test_clusters_are_documents_and_chunks_where_documents_are_few() -> None:
    chunks = ["c1", "c1", "c2", "c3"]
    assert clusters_of(["a", "a", "b", "c"], chunks) == (["a", "a", "b", "c"], "document")
    assert clusters_of(["a", "a", "b", "b"], chunks) == (chunks, "chunk")
    assert clusters_of(["a"] * 4, chunks) == (chunks, "chunk")


def test_large_test_set_needs_no_caution() -> None:
    assert cautions(200, "document", effective_number([f"d{i % 20}" for i in range(200)])) == []


def test_cautions_name_what_is_small() -> None:
    assert cautions(199, "document", 20.0) == ["few_questions"]
    assert cautions(200, "chunk", 50.0) == ["few_documents"]
    assert cautions(200, "document", 9.99) == ["few_clusters"]
    assert cautions(1, "chunk", 1.0) == ["few_questions", "few_documents", "few_clusters"]


def test_documents_of_very_unequal_size_weigh_like_few() -> None:
    labels = ["large"] * 200 + [f"d{i}" for i in range(50)]
    assert 2 <= effective_number(labels) < 3
    assert cautions(250, "document", effective_number(labels)) == ["few_clusters"]
    assert effective_number(["a"] * 300) == 1.0


@given(st.integers(1, 40), st.integers(1, 9))
def test_clusters_of_one_size_weigh_like_themselves(clusters: int, questions: int) -> None:
    assert effective_number(np.repeat(np.arange(clusters), questions)) == pytest.approx(clusters)
