"""Vectors made of counts on disk are those that scikit-learn makes in memory."""

from __future__ import annotations

import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from attune.text.tfidf import WordVectors
from attune.text.words import words

TEXTS = st.lists(
    st.lists(st.sampled_from("pump valve rotor Rotor filter 500 泵的压力".split()), max_size=9).map(" ".join)
    | st.text(max_size=8),
    min_size=1, max_size=12,
)  # fmt: skip


@given(TEXTS, st.data())
def test_products_of_vectors_are_those_of_scikit_learn(texts: list[str], data: st.DataObject) -> None:
    vectors = WordVectors(iter(texts), io.BytesIO())
    assert len(vectors) == len(texts)
    if not any(words(text) for text in texts):
        assert not vectors.rows(0, len(texts)).nnz
        return
    theirs = TfidfVectorizer(analyzer=words, sublinear_tf=True).fit_transform(texts)
    start = data.draw(st.integers(0, len(texts)))
    end = data.draw(st.integers(start, len(texts)))
    ours = vectors.rows(start, end)
    assert ours.shape == (end - start, theirs.shape[1])
    products = (ours @ vectors.rows(0, len(texts)).T).toarray()
    np.testing.assert_allclose(products, (theirs[start:end] @ theirs.T).toarray(), atol=1e-12)
    assert sorted(vectors.frequency) == sorted(theirs.getnnz(axis=0))
