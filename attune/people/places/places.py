"""Where the chunks of a document stand in it: on which pages, and which of them hold a part of its text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.core.records import Pages

# Shares of a text that a chunk holds. They add up to 1: of two chunks without overlap either one holds most of the
# text, or both a substantial part.
MOST, SUBSTANTIAL = 0.75, 0.25

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Places:
    """The places of a document that chunks hold, in the order of the text, as arrays of shape (places,)."""

    chunks: Numbers
    starts: Numbers
    ends: Numbers
    first_pages: Numbers  # 0 where the format has no pages
    last_pages: Numbers

    def on(self, pages: Pages) -> NDArray[np.bool_]:
        """Mark the places that lie on pages, wholly or in part."""
        return (self.first_pages <= pages[1]) & (self.last_pages >= pages[0])

    def holding(self, start: int, end: int) -> NDArray[np.bool_]:
        """Mark the places that hold most of `start` to `end`, or if none does, a substantial part.

        Of a text that is longer than a place, the place is to hold a part that is substantial for the place.
        """
        shared = np.minimum(self.ends, end) - np.maximum(self.starts, start)
        held = shared >= MOST * (end - start)
        if not held.any():
            held = shared >= SUBSTANTIAL * np.minimum(self.ends - self.starts, end - start)
        marked: NDArray[np.bool_] = held & (shared > 0)
        return marked


def joined(parts: Iterable[tuple[int, str]]) -> str:
    """Join parts of a text, given with their offsets in ascending order; what none holds comes back as blanks."""
    pieces: list[str] = []
    length = 0
    for start, text in parts:
        pieces += [" " * (start - length), text[max(0, length - start) :]]
        length = max(length, start + len(text))
    return "".join(pieces)
