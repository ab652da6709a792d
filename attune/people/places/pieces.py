"""An index of short pieces of a long text, which tells where another text may stand in it, errors and all.

The way of BLAST (Altschul et al. 1990, "Basic local alignment search tool", section 2): a text that stands there with a
few errors still shares error-free pieces with the place, and these lie on about the same diagonal, which is the
position in the long text minus the offset in the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LENGTH = 8  # characters of a piece: rare enough to tell places apart, short enough to stand between two errors
STRIDE = 4  # of the long text every fourth piece is kept: a run of 11 characters without an error holds one for certain
MOST_HITS = 50_000  # for one text: the rarest pieces come first, so what goes is forms and tables that repeat
BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, with well mixed bits


class Pieces:
    """The pieces of a long text."""

    def __init__(self, text: str) -> None:
        hashes = _hashes(text, STRIDE)
        order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[order]
        self._positions = order.astype(np.int64) * STRIDE

    def hits(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where pieces of `text` stand in the long text: their offsets in `text`, and their positions.

        Both have the shape (hits,). Different pieces may have the same hash, so a hit is a hint and no proof.
        """
        wanted = _hashes(text, 1)
        low = np.searchsorted(self._hashes, wanted, "left")
        counts = np.searchsorted(self._hashes, wanted, "right") - low
        offsets = np.argsort(counts, kind="stable")
        offsets = offsets[np.cumsum(counts[offsets]) <= MOST_HITS]
        low, counts = low[offsets], counts[offsets]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.repeat(offsets, counts), self._positions[np.repeat(low, counts) + within]


def _hashes(text: str, stride: int) -> NDArray[np.uint64]:
    """Return a hash of the piece at each `stride`-th position: a polynomial in its characters, modulo 2**64."""
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    pieces = len(codes) - LENGTH + 1
    if pieces < 1:
        return np.zeros(0, dtype=np.uint64)
    hashes = np.zeros(-(-pieces // stride), dtype=np.uint64)
    for place in range(LENGTH):
        hashes = hashes * BASE + codes[place : place + pieces : stride]
    return hashes
