"""Which queries are tested with, or are nearly such: they must not be trained on, nor be shown to a language model.

Two measures find them, and either is enough: the cosine of their words, weighed by TF-IDF over all texts (Salton and
Buckley 1988, "Term-weighting approaches in automatic text retrieval"), and for what is inflected or mistyped the share
of letters that they have in common in order, their words sorted and those with digits the same: "error 1203" and "error
1204" are nearly alike and ask for different things. A query too many that goes is one of many to train
with; one too few would make the test lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from sklearn.feature_extraction.text import TfidfVectorizer

from attune.core.beir import read_queries
from attune.people.human.judgements import QUERIES, TABLE
from attune.people.queries.clean import key
from attune.people.spreadsheet import read_table
from attune.text.words import words

MARGIN = 1e-9  # a cosine is a sum of rounded floats: equal texts are found at similarity 1
BLOCK = 2_000  # queries compared at a time


def human_texts(folder: Path) -> list[str]:
    """Return the questions in data/human, whether their places are found or not.

    Raises:
        UserError: a file is malformed.
    """
    texts = []
    if (folder / TABLE).exists():
        texts += [row["question"] for _, row in read_table(folder / TABLE, ("question", "file"), ("page", "quote"))]
    if (folder / QUERIES).exists():
        texts += [question.text for question in read_queries(folder / QUERIES)]
    return texts


def near(queries: Sequence[str], tested: Sequence[str], similarity: float) -> NDArray[np.bool_]:
    """Mark the queries that are at least so similar (0 to 1) to a text that is tested with, of shape (queries,)."""
    asked, texts = [key(query) for query in queries], sorted(set(filter(None, map(key, tested))))
    known = set(texts)
    marked = np.array([query in known for query in asked], dtype=np.bool_)
    if not any(asked) or not texts:
        return marked
    vectors = TfidfVectorizer(analyzer=words, sublinear_tf=True).fit([*asked, *texts])
    against = vectors.transform(texts).T.tocsr()
    in_order = [" ".join(sorted(text.split())) for text in texts]
    number_of = {numbers: place for place, numbers in enumerate({_numbers(text) for text in [*asked, *texts]})}
    theirs = np.array([number_of[_numbers(text)] for text in texts])
    for start in range(0, len(asked), BLOCK):
        block = asked[start : start + BLOCK]
        cosines = (vectors.transform(block) @ against).max(axis=1).toarray().ravel()
        spelt = process.cdist([" ".join(sorted(query.split())) for query in block], in_order, scorer=fuzz.ratio)
        ours = np.array([number_of[_numbers(query)] for query in block])
        letters = np.where(ours[:, None] == theirs, spelt, 0).max(axis=1) / 100
        marked[start : start + BLOCK] |= np.maximum(cosines, letters) >= similarity - MARGIN
    return marked


def _numbers(text: str) -> tuple[str, ...]:
    return tuple(sorted(word for word in text.split() if any(map(str.isdigit, word))))
