"""Sets of texts of which 8 bytes each are kept: the questions of a large collection do not fit into memory."""

from __future__ import annotations

from array import array
from hashlib import blake2b

import numpy as np


def fingerprint(text: str) -> int:
    """Return a number below 2**64; two of a million texts have the same one with a probability of 3e-8."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


class Fingerprints:
    """A set of texts that can be added to, counted, and asked whether it holds a text; best in that order."""

    def __init__(self) -> None:
        self._added, self._sorted = array("Q"), np.empty(0, np.uint64)

    def add(self, text: str) -> None:
        """Add a text."""
        self._added.append(fingerprint(text))

    def __len__(self) -> int:
        return len(self._all())

    def __contains__(self, text: str) -> bool:
        known, wanted = self._all(), np.uint64(fingerprint(text))
        place = int(np.searchsorted(known, wanted))
        return place < len(known) and bool(known[place] == wanted)

    def _all(self) -> np.typing.NDArray[np.uint64]:
        if self._added:
            added = np.frombuffer(self._added, np.uint64)
            self._sorted, self._added = np.union1d(self._sorted, added), array("Q")
        return self._sorted
