"""The letters and digits of a text, which two programs that read the same file agree on.

They differ in blanks, line breaks, hyphens, quote characters and marks such as bullets; and people write capitals as
they like.
"""

from __future__ import annotations

import unicodedata

import numpy as np
from numpy.typing import NDArray

SEPARATOR = "\0"  # may be put between texts; it stays, and documents hold none (see `text.clean`)


class _Table(dict[int, str]):
    """What `str.translate` makes of each character; an entry is computed when its character first comes up."""

    def __missing__(self, code: int) -> str:
        folded = unicodedata.normalize("NFKC", chr(code)).casefold()
        # marks are vowels in Indic scripts
        self[code] = "".join(c for c in folded if c.isalnum() or unicodedata.category(c).startswith("M"))
        return self[code]


_TABLE = _Table({ord(SEPARATOR): SEPARATOR})


def letters(text: str) -> str:
    """Return the letters, digits and marks of a text, case-folded.

    Each character is taken by itself, so the letters of two texts in a row are the letters of the one and the other.
    """
    return text.translate(_TABLE)


def origins(text: str) -> NDArray[np.int32]:
    """Return the offset in the text of each of its letters, of shape (letters,)."""
    counts = np.fromiter((len(_TABLE[ord(character)]) for character in text), dtype=np.int8, count=len(text))
    return np.repeat(np.arange(len(text), dtype=np.int32), counts)
