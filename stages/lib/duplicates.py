"""Groups of chunks that say nearly the same: such chunks must not stand on both sides of a split.

The result is that of comparing every pair, but few pairs are. With the words of each text ordered from the rarest in
the collection to the commonest, two similar texts share one of the first, which weigh most (prefix filtering: Bayardo,
Ma, Srikant 2007, "Scaling up all pairs similarity search"; by lengths of vectors: Anastasiu, Karypis 2014, "L2AP").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer

from stages.lib.words import words

MARGIN = 1e-9  # a cosine is a sum of rounded floats: keeps equal texts together at similarity 1
SLACK = 1e-6  # of the bound: a pair too many costs little, one too few would be missed
ROWS = 4096  # texts prepared at a time
MOST_PAIRS = 20_000  # compared at a time; some 100 MB for chunks of a page

Indices = NDArray[Any]


def near_duplicate_groups(texts: Sequence[str], similarity: float) -> list[int]:
    """Return the number of the group that each text belongs to, groups numbered by their first text.

    Two texts are near-duplicates when the cosine of their TF-IDF word vectors is at least `similarity`
    (0 to 1); a group is a connected component of such pairs, so most groups hold one text.
    """
    if not any(words(text) for text in texts):
        return list(range(len(texts)))
    vectors = csr_array(TfidfVectorizer(analyzer=words, sublinear_tf=True).fit_transform(texts))  # rows of length 1
    groups: Indices = np.arange(len(texts))
    for one, other in _candidates(vectors, similarity - SLACK):
        apart = groups[one] != groups[other]
        one, other = one[apart], other[apart]
        near = vectors[one].multiply(vectors[other]).sum(axis=1) >= similarity - MARGIN
        groups = _joined(groups, one[near], other[near])
    return [int(group) for group in groups]


def _candidates(vectors: Any, similarity: float) -> Iterator[tuple[Indices, Indices]]:
    """Yield all pairs of texts that may be similar, and others, from at most `MOST_PAIRS` at a time."""
    frequency = np.bincount(vectors.indices, minlength=vectors.shape[1])
    rank = np.argsort(np.argsort(frequency, kind="stable"))  # another one for each word
    blocks = (vectors[start : start + ROWS] for start in range(0, vectors.shape[0], ROWS))
    rarest = vstack([_rarest_words(block, rank, similarity) for block in blocks], format="csr")
    texts_with = rarest.T.tocsr()
    pairs = np.cumsum(rarest @ np.diff(texts_with.indptr))  # up to each text; at least so many
    start = 0
    while start < len(pairs):
        before = pairs[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(pairs, before + MOST_PAIRS, side="right")))
        shared = (rarest[start:end] @ texts_with).tocoo()
        one, other = shared.row + start, shared.col
        yield one[one < other], other[one < other]
        start = end


def _rarest_words(vectors: Any, rank: Indices, similarity: float) -> Any:
    """Return, for each text, a 1 for all of its words but the commonest that together stay shorter than `similarity`.

    Two texts whose rarest words are all different share nothing but words of the rest of one of them. The product of
    a rest and the other text, which has length 1, is below `similarity`.
    """
    lengths = np.diff(vectors.indptr)
    text = np.repeat(np.arange(len(lengths)), lengths)
    order = np.lexsort((-rank[vectors.indices], text))  # the words of each text, the commonest first
    squares = np.concatenate(([0.0], np.cumsum(vectors.data[order] ** 2)))
    length = squares[1:] - np.repeat(squares[vectors.indptr[:-1]], lengths)  # of the words up to here, squared
    rare = length >= max(similarity, 0.0) ** 2
    return csr_array((np.ones(rare.sum()), (text[rare], vectors.indices[order][rare])), shape=vectors.shape)


def _joined(groups: Indices, one: Indices, other: Indices) -> Indices:
    """Return the groups after those of some pairs of texts have become one."""
    if not len(one):
        return groups
    links = csr_array((np.ones(len(one)), (groups[one], groups[other])), shape=(len(groups), len(groups)))
    _, joined = connected_components(links, directed=False)
    merged: Indices = joined[groups]
    return merged
