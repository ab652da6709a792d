"""A text to spans that fit into the window of the embedding model, cut where the text itself has its joints."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semchunk.semchunk import chunk

from attune.core.records import Chunk

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# Some texts have tokens without end: a "word" that the tokenizer does not know, a line of blanks. They are cut by
# their characters; and nobody has to count the tokens of a whole book to see that it does not fit.
CHARACTERS_PER_TOKEN = 16
TITLE_SHARE = 4  # a title takes a quarter of a span at most
WORD_START = re.compile(r"(?<!\S)\S|[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")  # the latter stand without spaces
SENTENCE_END = re.compile(r"(?:^|\n|[.!?…][\"'”’)\]]*\s|[。！？])\s*$")
# a line break within a sentence: semchunk would rather cut there than at the end of the sentence
SOFT_BREAK = re.compile(r"(?<=[^\s.!?:;])\n(?=[^\W\d_A-Z])")


@dataclass(frozen=True)
class Span:
    """`text[start:end]`; from `start` to `own` it repeats the end of the span before."""

    start: int
    own: int
    end: int


class Cutter:
    """Cuts texts to spans of at most `max_tokens` tokens, title and special tokens included."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, max_tokens: int, overlap_tokens: int) -> None:
        self._tokenizer = tokenizer
        self._max_tokens = max_tokens
        self._overlap_tokens = overlap_tokens
        self._own_tokens = max_tokens - overlap_tokens

    def count(self, text: str, special: bool = False) -> int:
        """Count the tokens of a text; one that is too long for any span may count as less than it has."""
        least = -(-len(text) // CHARACTERS_PER_TOKEN)
        if least > self._max_tokens:
            return least
        # verbose: no warning that the text is longer than the window, which is what is to be found out
        tokens = self._tokenizer(text, add_special_tokens=special, truncation=False, verbose=False)
        return max(least, len(tokens["input_ids"]))

    def cut_title(self, title: str) -> str:
        """Return as many words of a title as leave the most of a span to the text."""
        limit = (self._own_tokens - self.count("", special=True)) // TITLE_SHARE
        length = bisect_right(range(len(title) + 1), limit, key=lambda length: self.count(title[:length])) - 1
        if length == len(title) or title[length].isspace():
            return title[:length].rstrip()
        return (title[:length].rpartition(" ")[0] or title[:length]).rstrip()

    def spans(self, title: str, text: str) -> list[Span]:
        """Cut a text to spans that cover all of it but blanks, in its order, each with the end of the one before.

        What is repeated are whole sentences; half a sentence only where the cut is within one. semchunk has an overlap
        too, but makes it of pieces as small as the overlap: its chunks come out half empty and end anywhere.
        """
        unwrapped = SOFT_BREAK.sub(" ", text)
        places = self._cut(title, unwrapped)
        if any(self._passage(title, text[start:end]) > self._own_tokens for start, end in places):
            places = self._cut(title, text)  # to some tokenizers a line break is more than a blank
        spans: list[Span] = []
        for start, end in places:
            starts = [*self._earlier_starts(title, text, spans[-1], end), start] if spans else [start]
            sentences = (place for place in starts if SENTENCE_END.search(unwrapped, max(0, place - 8), place))
            span = Span(next(sentences, starts[0]), start, end)
            if spans and span.start == spans[-1].own:  # it repeats all of the one before, a heading perhaps
                spans[-1] = Span(span.start, span.start, end)
            else:
                spans.append(span)
        return self._without_short_end(title, text, spans)

    def _without_short_end(self, title: str, text: str, spans: list[Span]) -> list[Span]:
        """Put a last span that is no longer than an overlap to the one before, where there is room."""
        if len(spans) > 1:
            *others, before, last = spans
            if self.count(text[last.own : last.end]) <= self._overlap_tokens:
                for start in (before.start, before.own):
                    if self._passage(title, text[start : last.end]) <= self._max_tokens:
                        return [*others, Span(start, before.own, last.end)]
        return spans

    def _cut(self, title: str, text: str) -> list[tuple[int, int]]:
        _, places = chunk(
            text, self._own_tokens, lambda part: self._passage(title, part.strip()), memoize=False, offsets=True
        )
        return [_stripped(text, *place) for place in places]

    def _earlier_starts(self, title: str, text: str, before: Span, end: int) -> list[int]:
        """Return the words of the span before with which a span up to `end` may start."""
        earliest = max(before.own, before.end - self._overlap_tokens * CHARACTERS_PER_TOKEN)
        words = [found.start() for found in WORD_START.finditer(text, earliest, before.end)]

        def fits(start: int) -> bool:
            repeated = self.count(text[start : before.end])
            return repeated <= self._overlap_tokens and self._passage(title, text[start:end]) <= self._max_tokens

        return words[bisect_left(words, True, key=fits) :]

    def _passage(self, title: str, text: str) -> int:
        return self.count(Chunk("", title, text).passage, special=True)


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())
