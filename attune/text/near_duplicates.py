"""Groups of chunks that say nearly the same: such chunks must not stand on both sides of a split.

The result is that of comparing every pair, but few pairs are. With the words of each text ordered from the rarest in
the collection to the commonest, two similar texts share one of the first, which weigh most (prefix filtering: Bayardo,
Ma, Srikant 2007, "Scaling up all pairs similarity search"; by lengths of vectors: Anastasiu, Karypis 2014, "L2AP").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import combinations_with_replacement
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from attune.text.tfidf import WordVectors

MARGIN = 1e-9  # a cosine is a sum of rounded floats: keeps equal texts together at similarity 1
SLACK = 1e-6  # of the bound: a pair too many costs little, one too few would be missed
ROWS = 1024  # texts of a block
MOST_PAIRS = 2_000  # compared at a time; some 10 MB for chunks of a page

Indices = NDArray[Any]


def near_duplicate_groups(texts: Iterable[str], similarity: float) -> list[int]:
    """Return the number of the group that each text belongs to, groups numbered by their first text.

    Two texts are near-duplicates when the cosine of their TF-IDF word vectors is at least `similarity`
    (0 to 1); a group is a connected component of such pairs, so most groups hold one text. The texts are read once, one
    by one.
    """
    with TemporaryFile() as file:
        vectors = WordVectors(texts, file)
        block = lru_cache(maxsize=2)(lambda start: vectors.rows(start, start + ROWS))
        groups: Indices = np.arange(len(vectors))
        for above, below, one, other in _candidates(vectors, similarity - SLACK):
            apart = groups[above + one] != groups[below + other]
            if not apart.any():
                continue
            one, other = one[apart], other[apart]
            near = block(above)[one].multiply(block(below)[other]).sum(axis=1) >= similarity - MARGIN
            groups = _joined(groups, above + one[near], below + other[near])
    return [int(group) for group in groups]


def _candidates(vectors: WordVectors, similarity: float) -> Iterator[tuple[int, int, Indices, Indices]]:
    """Yield all pairs of texts that may be similar, and others, from at most `MOST_PAIRS` at a time.

    The texts of each pair come as the starts of two blocks of `ROWS` texts and the places of the texts in them.
    """
    rank = np.argsort(np.argsort(vectors.frequency, kind="stable"))  # another one for each word
    starts = range(0, len(vectors), ROWS)
    rarest = [_rarest_words(vectors.rows(start, start + ROWS), rank, similarity) for start in starts]
    for (above, upper), (below, lower) in combinations_with_replacement(zip(starts, rarest, strict=True), 2):
        texts_with = lower.T.tocsr()
        pairs = np.cumsum(upper @ np.diff(texts_with.indptr))  # up to each text; at least so many
        start = 0
        while start < len(pairs):
            before = pairs[start - 1] if start else 0
            end = max(start + 1, int(np.searchsorted(pairs, before + MOST_PAIRS, side="right")))
            shared = (upper[start:end] @ texts_with).tocoo()
            one, other = shared.row + start, shared.col
            new = above + one < below + other
            if new.any():
                yield above, below, one[new], other[new]
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
    return csr_array((np.ones(rare.sum(), np.int32), (text[rare], vectors.indices[order][rare])), shape=vectors.shape)


def _joined(groups: Indices, one: Indices, other: Indices) -> Indices:
    """Return the groups after those of some pairs of texts have become one."""
    if not len(one):
        return groups
    links = csr_array((np.ones(len(one)), (groups[one], groups[other])), shape=(len(groups), len(groups)))
    _, joined = connected_components(links, directed=False)
    merged: Indices = joined[groups]
    return merged
