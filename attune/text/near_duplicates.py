"""Groups of texts that say nearly the same: such chunks must not stand on both sides of a split.

The result is that of comparing every pair, but few pairs are. With the words of each text ordered from the rarest in
the collection to the commonest, two similar texts share one of the first, which weigh most (prefix filtering: Bayardo,
Ma, Srikant 2007, "Scaling up all pairs similarity search"; by lengths of vectors: Anastasiu, Karypis 2014, "L2AP").
scikit-learn makes the vectors, a block of texts at a time; memory holds two blocks, the rest waits on disk.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from itertools import combinations_with_replacement, islice, pairwise
from os import SEEK_END
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

from attune.text.hashed_pairs import DRAWS, band_keys, draws_in_a_band, pairs
from attune.text.words import words

MARGIN = 1e-9  # a cosine is a sum of rounded floats: keeps equal texts together at similarity 1
SLACK = 1e-6  # of the bound: a pair too many costs little, one too few would be missed
EXACT_UP_TO = 200_000  # texts
ROWS = 1024  # texts of a block
MOST_PAIRS = 2_000  # compared at a time; some 10 MB for chunks of a page
HASHES = 2**31 - 1  # the most there can be: of 100,000 words, two or three pairs are taken for one word

Indices = NDArray[Any]


def near_duplicate_groups(texts: Iterable[str], similarity: float, exact_up_to: int = EXACT_UP_TO) -> list[int]:
    """Return the number of the group that each text belongs to, groups numbered by their first text.

    Two texts are near-duplicates when the cosine of their TF-IDF word vectors is at least `similarity`
    (0 to 1); a group is a connected component of such pairs, so most groups hold one text. The texts are read once, one
    by one. Of more texts than `exact_up_to` only those are compared that `hashed_pairs.py` takes for likely pairs: some
    pairs are missed, and no others are found.
    """
    with TemporaryFile() as file:
        blocks = _write_vectors(texts, file)
        vectors = lru_cache(maxsize=2)(partial(_read, file))
        sizes = [vectors(block).shape[0] for block in blocks]
        groups: Indices = np.arange(sum(sizes))
        exact = len(groups) <= exact_up_to
        for one, other in _all_pairs(file, blocks, similarity) if exact else _hashed_pairs(file, blocks, similarity):
            apart = groups[one] != groups[other]
            one, other = one[apart], other[apart]
            if len(one):
                upper, lower = vectors(blocks[one[0] // ROWS]), vectors(blocks[other[0] // ROWS])
                cosine = upper[one % ROWS].multiply(lower[other % ROWS]).sum(axis=1)
                near = cosine >= similarity - MARGIN
                groups = _joined(groups, one[near], other[near])
    return [int(group) for group in groups]


def _all_pairs(file: BinaryIO, blocks: list[int], similarity: float) -> Iterator[tuple[Indices, Indices]]:
    """Yield all pairs that may be near-duplicates, in parts whose texts are of one block and one other."""
    rarest = [_rarest_words(_read(file, block), similarity - SLACK) for block in blocks]
    for upper, lower in combinations_with_replacement(range(len(blocks)), 2):
        for one, other in _candidates(rarest[upper], rarest[lower]):
            yield upper * ROWS + one, lower * ROWS + other


def _hashed_pairs(file: BinaryIO, blocks: list[int], similarity: float) -> Iterator[tuple[Indices, Indices]]:
    """Yield likely pairs as `_all_pairs` does; memory holds the keys of one band at a time."""
    r = draws_in_a_band(similarity)
    with TemporaryFile() as keys_file:
        counts = []
        for block in blocks:
            keys = band_keys(_read(file, block), r)
            counts.append(keys.shape[1])
            keys.tofile(keys_file)
        bounds = np.concatenate(([0], np.cumsum(counts)))
        for band in range(DRAWS // r):
            found = [
                _band_of(keys_file, int(start) * (DRAWS // r) + band * count, count)
                for start, count in zip(bounds[:-1], counts, strict=True)
            ]
            pairs_found = list(pairs(np.concatenate(found)))
            if pairs_found:
                yield from _by_blocks(*(np.concatenate(side) for side in zip(*pairs_found, strict=True)))


def _band_of(file: BinaryIO, start: int, count: int) -> NDArray[np.uint64]:
    file.seek(8 * start)
    return np.frombuffer(file.read(8 * count), np.uint64)


def _by_blocks(one: Indices, other: Indices) -> Iterator[tuple[Indices, Indices]]:
    """Yield pairs, those of one pair of blocks together, `MOST_PAIRS` at a time."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((high // ROWS, low // ROWS))
    low, high = low[order], high[order]
    edges = np.flatnonzero(np.diff(low // ROWS) | np.diff(high // ROWS)) + 1
    for start, stop in pairwise([0, *edges.tolist(), len(low)]):
        for first in range(start, stop, MOST_PAIRS):
            last = min(first + MOST_PAIRS, stop)
            yield low[first:last], high[first:last]


def _write_vectors(texts: Iterable[str], file: BinaryIO) -> list[int]:
    """Write the TF-IDF vectors of the texts, `ROWS` to a block, and return where each block begins in the file.

    A block is a CSR matrix of shape (texts, words), the words numbered from the rarest to the commonest. A word weighs
    (1 + ln count) * (1 + ln((1 + texts) / (1 + texts with it))), and each vector is scaled to length 1: they are those
    of scikit-learn's TfidfVectorizer(sublinear_tf=True), which holds all of them in memory.
    """
    hashing = HashingVectorizer(analyzer=words, n_features=HASHES, norm=None, alternate_sign=False)
    remaining, counted, total = iter(texts), [], 0
    texts_with = Counter[int]()  # by the hash of a word
    while block := list(islice(remaining, ROWS)):
        counts = hashing.transform(block)
        texts_with.update(counts.indices.tolist())
        total += len(block)
        counted.append(_append(file, counts))
    hashes, frequency = np.array(sorted(texts_with.items()), dtype=np.int64).reshape(-1, 2).T
    order = np.argsort(frequency, kind="stable")
    number = np.argsort(order).astype(np.int32)
    tfidf = TfidfTransformer(sublinear_tf=True)
    tfidf.idf_ = 1 + np.log((1 + total) / (1 + frequency[order]))  # what its fit() finds in all counts
    weighed = []
    for start in counted:
        counts = _read(file, start)
        numbers = number[np.searchsorted(hashes, counts.indices)]
        shape = counts.shape[0], max(1, len(hashes))
        vectors = csr_array(tfidf.transform(csr_array((counts.data, numbers, counts.indptr), shape=shape), copy=False))
        vectors.sort_indices()
        weighed.append(_append(file, vectors))
    return weighed


def _append(file: BinaryIO, block: Any) -> int:
    start = file.seek(0, SEEK_END)
    pickle.dump(block, file)
    return start


def _read(file: BinaryIO, start: int) -> Any:
    file.seek(start)
    return pickle.load(file)  # noqa: S301  # nobody else can write a file without a name


def _rarest_words(vectors: Any, similarity: float) -> Any:
    """Return, for each text, True for all of its words but the commonest that together stay shorter than `similarity`.

    Two texts whose rarest words are all different share nothing but words of the rest of one of them. The product of
    a rest and the other text, which has length 1, is below `similarity`.
    """
    squares = np.concatenate(([0.0], np.cumsum(vectors.data**2)))
    rest = np.repeat(squares[vectors.indptr[1:]], np.diff(vectors.indptr)) - squares[:-1]  # a word and all commoner
    kept = csr_array((rest >= max(similarity, 0.0) ** 2, vectors.indices, vectors.indptr), vectors.shape, copy=True)
    kept.eliminate_zeros()
    return kept


def _candidates(upper: Any, lower: Any) -> Iterator[tuple[Indices, Indices]]:
    """Yield the rows of the texts of two blocks that share one of their rarest words, `MOST_PAIRS` at a time."""
    one, other = (upper @ lower.T).nonzero()
    for start in range(0, len(one), MOST_PAIRS):
        yield one[start : start + MOST_PAIRS], other[start : start + MOST_PAIRS]


def _joined(groups: Indices, one: Indices, other: Indices) -> Indices:
    """Return the groups after those of some pairs of texts have become one."""
    if not len(one):
        return groups
    links = csr_array((np.ones(len(one)), (groups[one], groups[other])), shape=(len(groups), len(groups)))
    _, joined = connected_components(links, directed=False)
    merged: Indices = joined[groups]
    return merged
