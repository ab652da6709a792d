"""Where a quote stands in texts, though another program may have copied it than the one that read the texts.

Both are compared by their letters alone (see `letters.py`). Where that fails, a quote of some length may still stand
there with a few other characters: a lost ligature, the number of a footnote, the header of a page.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from attune.people.places.letters import SEPARATOR, letters, origins
from attune.people.places.pieces import LENGTH, Pieces
from attune.text.clean import clean
from attune.text.words import words

SHORTEST = 4  # letters of a quote; less stands everywhere
# A quote with fewer words and letters must stand there word for word, or "age 12" would be found in "page 123".
FEW_WORDS, FEW_LETTERS = 5, 25
SIMILAR = 0.9  # of the letters, and of the numbers: "2021" and "2022" are nearly alike and say different things
MOST_SPANS = 1000  # equal places looked at
CANDIDATES = 12  # similar places looked at
END = 64  # letters at each end of a quote that are aligned; rapidfuzz is fastest up to the bits of a machine word

NUMBER = re.compile(r"\d+")
DASH = re.compile(r"\s*[-\u00ad\u2010-\u2015\u2212]\s*")


class LetterSpan(NamedTuple):
    """A part of all texts together, counted in letters."""

    start: int
    end: int


class Texts:
    """Texts to find quotes in; their letters are counted through, in the order of the texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._origins = [origins(text) for text in texts]
        self._letters = SEPARATOR.join(map(letters, texts))
        self._starts = np.cumsum([0, *(len(origin) + 1 for origin in self._origins)]).tolist()

    def span(self, number: int) -> LetterSpan:
        """Return the span of a text."""
        return LetterSpan(self._starts[number], self._starts[number + 1] - 1)

    @property
    def whole(self) -> LetterSpan:
        """The span of all texts."""
        return LetterSpan(0, len(self._letters))

    def number(self, position: int) -> int:
        """Return the number of the text that holds a letter."""
        return bisect_right(self._starts, position) - 1

    def positions(self, number: int, offsets: Sequence[int]) -> NDArray[np.int64]:
        """Return which letter comes at or after each offset in the characters of a text."""
        found: NDArray[np.int64] = np.searchsorted(self._origins[number], offsets) + self._starts[number]
        return found

    def find(self, quote: str, within: LetterSpan) -> list[LetterSpan]:
        """Return the places of a quote: those that hold it word for word if there are such, else the most similar.

        There are at most `MOST_SPANS`, and none where the quote has fewer than `SHORTEST` letters. None lies in more
        than one text.
        """
        quote = clean(quote)
        wanted, wanted_words = letters(quote), _words(quote)
        if len(wanted) < SHORTEST:
            return []
        spans = list(islice(self._equal(wanted, within), MOST_SPANS))
        literal = [span for span in spans if self._has_words(span, wanted_words)]
        if literal or (len(wanted_words) < FEW_WORDS and len(wanted) < FEW_LETTERS):
            return literal
        return spans or self._similar(quote, wanted, within)

    def _equal(self, wanted: str, within: LetterSpan) -> Iterator[LetterSpan]:
        start = self._letters.find(wanted, *within)
        while start >= 0:
            yield LetterSpan(start, start + len(wanted))
            start = self._letters.find(wanted, start + 1, within.end)

    def _has_words(self, span: LetterSpan, wanted: list[str]) -> bool:
        found = _words(self._text(span))
        return any(found[i : i + len(wanted)] == wanted for i in range(len(found) - len(wanted) + 1))

    def _text(self, span: LetterSpan) -> str:
        """Return the text of a span, with all of the words that it starts and ends in."""
        number = self.number(span.start)
        text, origin = self._texts[number], self._origins[number]
        first, last = (int(origin[place - self._starts[number]]) for place in (span.start, span.end - 1))
        while first and text[first - 1].isalnum():
            first -= 1
        while last < len(text) and text[last].isalnum():
            last += 1
        return text[first:last]

    def _similar(self, quote: str, wanted: str, within: LetterSpan) -> list[LetterSpan]:
        rated = [
            (fuzz.ratio(wanted, self._letters[slice(*span)]), span)
            for span in sorted(set(self._candidates(wanted, within)))
            if _numbers_agree(quote, self._text(span))
        ]
        best = max((ratio for ratio, _ in rated), default=0.0)
        places: list[LetterSpan] = []
        for ratio, span in rated:
            if ratio == best >= 100 * SIMILAR and (not places or span.start >= places[-1].end):
                places.append(span)
        return places

    def _candidates(self, wanted: str, within: LetterSpan) -> Iterator[LetterSpan]:
        """Yield places on the diagonals that share the most pieces with the quote."""
        offsets, positions = self._pieces.hits(wanted)
        inside = (positions >= within.start) & (positions < within.end)
        offsets, positions = offsets[inside], positions[inside]
        width = max(LENGTH, len(wanted) // 4)  # what stands in only one of the two shifts the diagonal
        bands, first, votes = np.unique((positions - offsets) // width, return_index=True, return_counts=True)
        for best in np.argsort(-votes, kind="stable")[:CANDIDATES]:
            text = self.span(self.number(int(positions[first[best]])))
            # a place may lie on the border of two bands
            yield from self._aligned(wanted, int(bands[best]) * width, 2 * width, text)

    def _aligned(self, wanted: str, diagonal: int, width: int, text: LetterSpan) -> Iterator[LetterSpan]:
        """Yield the place of the quote in a text, on the `width` diagonals from `diagonal` on: where its ends fit."""
        start = max(text.start, diagonal)
        end = min(text.end, diagonal + width + len(wanted))
        left = self._letters[start : min(end, start + width + END)]
        right = self._letters[max(start, end - width - END) : end]
        # the end is looked for from behind: of windows that fit as well, rapidfuzz takes the first
        first = fuzz.partial_ratio_alignment(wanted[:END], left)
        last = fuzz.partial_ratio_alignment(wanted[::-1][:END], right[::-1])
        if first and last and start + first.dest_start < end - last.dest_start:
            yield LetterSpan(start + first.dest_start, end - last.dest_start)

    @cached_property
    def _pieces(self) -> Pieces:
        return Pieces(self._letters)


def _words(text: str) -> list[str]:
    """Return the words of a text, those with a hyphen, or broken at the end of a line, as one."""
    return words(DASH.sub("", unicodedata.normalize("NFKC", text)))


def _numbers_agree(quote: str, text: str) -> bool:
    """Tell whether numbers are only lost or added, as those of pages and footnotes are, and not put for others."""
    wanted, found = (Counter(NUMBER.findall(unicodedata.normalize("NFKC", part))) for part in (quote, text))
    others = min((wanted - found).total(), (found - wanted).total())
    return others <= wanted.total() - SIMILAR * wanted.total()
