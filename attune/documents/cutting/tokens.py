"""How many tokens the parts of a text have: a text is encoded once, and its parts are counted by difference."""

from __future__ import annotations

import os
import pickle
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tokenizers import Tokenizer

from attune.documents.blocks import characters

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


# Some texts have tokens without end: a "word" that the tokenizer does not know, a line of blanks. They are counted by
# their characters.
CHARACTERS_PER_TOKEN = 16
AT_A_TIME = 2**20  # characters; an encoding takes a hundred bytes for each token
WORD = re.compile(r"\s*\S+|\s+$")


@dataclass
class Counted:
    """A text whose tokens are counted.

    Attributes:
        ends: where each token ends, in order; a character that is several tokens is there as often.
        unknown: how many letters and digits are in tokens that stand for all that the tokenizer does not know.
    """

    ends: array[int] = field(default_factory=lambda: array("q"))
    unknown: int = 0

    def between(self, start: int, end: int) -> int:
        """Count the tokens of `text[start:end]`; that part alone may have a few more or less."""
        tokens = bisect_right(self.ends, end) - bisect_right(self.ends, start)
        return max(tokens, _least(end - start))


class InRust(Protocol):
    """A tokenizer that the library `tokenizers` does the work of; `attune.models` reads such from files."""

    @property
    def backend_tokenizer(self) -> Tokenizer: ...  # noqa: D102
    @property
    def unk_token_id(self) -> int: ...  # noqa: D102


class Tokens:
    """Counts tokens as a model's tokenizer does, one at a time or many. Another process can have it."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase | InRust) -> None:
        self._unknown = tokenizer.unk_token_id
        self._slow: Any = tokenizer
        self._fast: Tokenizer | None = getattr(tokenizer, "backend_tokenizer", None)
        if self._fast is not None:
            self._fast = Tokenizer.from_str(self._fast.to_str())
            self._fast.no_truncation()
            self._fast.no_padding()
            del self._slow  # a process that counts needs no transformers

    def write(self, path: Path) -> None:
        """Write this to a file that is whole as soon as it is there; `pickle.loads` reads it."""
        unfinished = path.with_name(f"{path.name}.tmp")
        unfinished.write_bytes(pickle.dumps(self))
        os.replace(unfinished, path)

    @property
    def name(self) -> str:
        """Whatever counts differently has another one."""
        return self._fast.to_str() if self._fast else repr((self._slow, sorted(self._slow.get_vocab().items())))

    def count(self, texts: Sequence[str], special: bool = False) -> list[int]:
        """Count the tokens of each text, where `special` with those that a model puts around it."""
        counts: list[int] = []
        for start, end in _packed([len(text) for text in texts]):
            some = list(texts[start:end])
            if self._fast is None:
                # verbose: no warning that a text is longer than the window, which is what is to be found out
                ids = self._slow(some, add_special_tokens=special, truncation=False, verbose=False)["input_ids"]
                counts += map(len, ids)
            else:
                counts += map(len, self._fast.encode_batch_fast(some, add_special_tokens=special))
        return [max(tokens, _least(len(text))) for text, tokens in zip(texts, counts, strict=True)]

    def encode(self, text: str, places: Sequence[tuple[int, int]]) -> Counted:
        """Count the tokens of the parts of a text at some places, which follow each other."""
        counted = Counted()
        for start, end in _packed([end - start for start, end in places]):
            if self._fast is None:
                self._add_words(counted, text, places[start][0], places[end - 1][1])
            else:
                self._add_tokens(counted, text, places[start:end], self._fast)
        return counted

    def _add_tokens(self, counted: Counted, text: str, places: Sequence[tuple[int, int]], fast: Tokenizer) -> None:
        parts = fast.encode_batch([text[start:end] for start, end in places], add_special_tokens=False)
        for (start, _), part in zip(places, parts, strict=True):
            counted.ends.extend([start + end for _, end in part.offsets])
            if self._unknown in part.ids:
                unknown = [offsets for id, offsets in zip(part.ids, part.offsets, strict=True) if id == self._unknown]
                counted.unknown += sum(characters(text[start + a : start + b]) for a, b in unknown)

    def _add_words(self, counted: Counted, text: str, start: int, end: int) -> None:
        """Count word by word, for a tokenizer that is not written in Rust does not tell where its tokens end."""
        for word in WORD.finditer(text, start, end):
            ids = self._slow(word[0], add_special_tokens=False, truncation=False, verbose=False)["input_ids"]
            length, number = len(word[0]), len(ids)
            counted.ends.extend([word.start() - (-length * place // number) for place in range(1, number + 1)])
            counted.unknown += characters(word[0]) if self._unknown in ids else 0


def _least(length: int) -> int:
    return -(-length // CHARACTERS_PER_TOKEN)


def _packed(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield from where to where one after the other has no more than `AT_A_TIME` together, or is alone."""
    start = size = 0
    for number, length in enumerate(lengths):
        if size and size + length > AT_A_TIME:
            yield start, number
            start, size = number, 0
        size += length
    if start < len(lengths):
        yield start, len(lengths)
