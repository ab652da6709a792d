"""Pairs of texts that are likely near-duplicates, found by hashing: time grows with the texts, not with their pairs.

Each text draws words, a word as often as its share of the squared length of the TF-IDF vector, and texts draw with the
same random numbers: so they draw the same word the likelier, the more they share (P-MinHash: Moulton, Jiang 2018,
"Maximally consistent sampling and the Jaccard index of probability distributions", arXiv 1809.04052, algorithm 1).
Where two vectors of cosine c weigh their common words alike, that has the probability J = c / (2 - c). Texts that draw
the same words in all draws of a band are a pair (Broder 1997; Leskovec, Rajaraman, Ullman 2014, "Mining of Massive
Datasets", section 3.4.2): with r draws a band and b bands, with probability 1 - (1 - J^r)^b.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

DRAWS = 200
CERTAINTY = 0.99  # of finding a pair that is only just similar enough
MOST_IN_A_BAND = 5  # more of them would leave out more pairs, and 5 leave few that are unlike
SMALL = 64  # texts of a bucket of which every pair is compared; of a larger one each with the next and with the first

Indices = NDArray[np.int64]
Keys = NDArray[np.uint64]
MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))  # of splitmix64
STEP = np.uint64(0x9E3779B97F4A7C15)


def draws_in_a_band(similarity: float) -> int:
    """Return r: as many as still find pairs of just this cosine with `CERTAINTY`, or 1."""
    fitting = [r for r in range(1, MOST_IN_A_BAND + 1) if found_share(similarity, r) >= CERTAINTY]
    return max(fitting, default=1)


def found_share(similarity: float, r: int) -> float:
    """Return the probability with which a pair of a cosine is found; see above."""
    jaccard = similarity / (2 - similarity)
    return float(1 - (1 - jaccard**r) ** (DRAWS // r))


def band_keys(vectors: Any, r: int) -> Keys:
    """Return what texts drew, hashed band by band: of shape (bands, texts).

    Args:
        vectors: a CSR matrix of shape (texts, words), whose rows have length 1 or, where a text has no words, 0.
        r: draws in a band.
    """
    bands, texts = DRAWS // r, vectors.shape[0]
    keys = np.zeros((bands, texts), np.uint64)
    lengths = np.diff(vectors.indptr)
    some = lengths > 0
    starts, row = vectors.indptr[:-1][some], np.repeat(np.arange(some.sum()), lengths[some])
    words, place = np.unique(vectors.indices, return_inverse=True)
    shares = vectors.data**2
    for draw in range(bands * r):
        chance = (_mixed(words.astype(np.uint64), draw) >> np.uint64(11)).astype(np.float64) / 2**53
        waits = (-np.log(chance + 2**-54))[place] / shares  # the word with the shortest wait is drawn
        is_first = waits == np.minimum.reduceat(waits, starts)[row] if len(starts) else np.zeros(0, np.bool_)
        drawn = np.zeros(len(starts), np.uint64)
        drawn[row[is_first]] = vectors.indices[is_first]
        keys[draw // r, some] = _mixed(keys[draw // r, some] ^ drawn, draw)
    for lonely in np.flatnonzero(~some):
        keys[:, lonely] = 0  # has no pair; see `pairs`
    return keys


def pairs(keys: Keys) -> Iterator[tuple[Indices, Indices]]:
    """Yield the pairs of texts that have the same key in a band, given all keys of that band; the key 0 is none."""
    order = np.argsort(keys, kind="stable").astype(np.int64)
    ordered = keys[order]
    edges = np.flatnonzero(np.diff(ordered)) + 1
    bounds = np.concatenate(([0], edges, [len(ordered)]))
    sizes = np.diff(bounds)
    for start, size in zip(bounds[:-1][sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        if ordered[start] == 0:
            continue
        bucket = order[start : start + size]
        if size <= SMALL:
            one, other = np.triu_indices(size, 1)
            yield bucket[one], bucket[other]
        else:
            yield (
                np.concatenate((bucket[:-1], np.repeat(bucket[:1], size - 2))),
                np.concatenate((bucket[1:], bucket[2:])),
            )


def _mixed(numbers: Keys, draw: int) -> Keys:
    """Return numbers as good as random, the same for the same number and draw (splitmix64: Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        z = numbers + STEP * np.uint64(draw + 1)
        z = (z ^ (z >> np.uint64(30))) * MIX[0]
        z = (z ^ (z >> np.uint64(27))) * MIX[1]
        mixed: Keys = z ^ (z >> np.uint64(31))
    return mixed
