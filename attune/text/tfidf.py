"""TF-IDF vectors of texts, made of word counts on disk when they are looked at: memory holds where each text begins.

As scikit-learn's TfidfVectorizer(sublinear_tf=True) makes them: a word weighs (1 + ln count) * (1 + ln((1 + texts) /
(1 + texts with it))), and each vector is scaled to length 1.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from attune.text.words import words

COUNT = np.dtype([("word", np.int32), ("count", np.int32)])  # one entry of a row on disk


class WordVectors:
    """The vectors of texts, by their place.

    Attributes:
        frequency: in how many texts each word stands, of shape (words,).
    """

    def __init__(self, texts: Iterable[str], file: BinaryIO) -> None:
        """Count the words of the texts into a file that is empty, and stays open as long as vectors are wanted."""
        numbers: dict[str, int] = {}
        ends, frequency = array("q", [0]), array("i")
        for text in texts:
            row = array("i")
            for word, count in Counter(words(text)).items():
                number = numbers.setdefault(word, len(numbers))
                if number == len(frequency):
                    frequency.append(0)
                frequency[number] += 1
                row.extend((number, count))
            file.write(row.tobytes())
            ends.append(ends[-1] + len(row) // 2)
        self._file, self._ends = file, np.array(ends)
        self.frequency: NDArray[np.int32] = np.array(frequency)
        self._idf = 1 + np.log((1 + len(self)) / (1 + self.frequency))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def rows(self, start: int, end: int) -> Any:
        """Return the vectors of the texts from one place up to another, or the last: CSR, of shape (texts, words)."""
        starts = self._ends[start : end + 1]
        self._file.seek(int(starts[0]) * COUNT.itemsize)
        counts = np.frombuffer(self._file.read(int(starts[-1] - starts[0]) * COUNT.itemsize), COUNT)
        text = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        weights = (1 + np.log(counts["count"])) * self._idf[counts["word"]]
        weights /= np.sqrt(np.bincount(text, weights**2, minlength=len(starts) - 1))[text]
        places = (starts - starts[0]).astype(np.int32)
        return csr_array((weights, counts["word"], places), shape=(len(places) - 1, len(self._idf)))
