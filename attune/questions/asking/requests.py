"""A question to a language model: which chunk it is about, its messages, and everything else that shapes the reply."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from string import Template
from typing import Any, overload

import numpy as np

from attune.core.beir import Chunk
from attune.core.errors import UserError

TITLE_CHARACTERS = 200
_END = re.compile(r"<\s*/\s*(passage)", re.IGNORECASE)
PLACEHOLDERS = {"questions", "full", "hurried", "keywords", "examples", "language", "title", "passage"}


@dataclass(frozen=True)
class Request:
    """One prompt; two requests with the same key get the same reply and are paid for once."""

    chunk_id: str
    prompt: str
    prompt_without_passage: str
    settings: Mapping[str, Any]

    @cached_property
    def key(self) -> str:
        """Hash of everything that shapes the reply: the prompt, the model and its settings; not the server."""
        content = json.dumps({"prompt": self.prompt, "settings": self.settings}, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()


class Keys(Sequence[str]):
    """The keys of requests, in as few bytes as they take: there are as many as chunks."""

    def __init__(self, digests: bytes | bytearray) -> None:
        self._digests = np.frombuffer(digests, "V32")

    def __len__(self) -> int:
        return len(self._digests)

    @overload
    def __getitem__(self, number: int) -> str: ...

    @overload
    def __getitem__(self, number: slice) -> list[str]: ...

    def __getitem__(self, number: int | slice) -> str | list[str]:
        found = self._digests[number]
        return [digest.tobytes().hex() for digest in found] if isinstance(number, slice) else found.tobytes().hex()

    def distinct(self) -> Keys:
        """Return the keys sorted, each once."""
        return Keys(np.unique(self._digests).tobytes())


@dataclass(frozen=True)
class Requests(Sequence[Request]):
    """The requests about some chunks, each made when it is looked at: the prompts of all need not be in memory.

    Attributes:
        chunks: all chunks.
        places: which of them are asked about.
        make: returns the request about a chunk.
    """

    chunks: Sequence[Chunk]
    places: Sequence[int]
    make: Callable[[Chunk], Request]

    @cached_property
    def keys(self) -> Keys:
        """The key of each request."""
        return Keys(bytearray().join(bytes.fromhex(request.key) for request in self))

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Request]:
        return (self[number] for number in range(len(self)))

    @overload
    def __getitem__(self, number: int) -> Request: ...

    @overload
    def __getitem__(self, number: slice) -> Requests: ...

    def __getitem__(self, number: int | slice) -> Request | Requests:
        if isinstance(number, slice):
            return Requests(self.chunks, self.places[number], self.make)
        return self.make(self.chunks[self.places[number]])


class PromptFile:
    """A prompt with placeholders (`$$` is a dollar sign).

    $passage and $title are the chunk's, $language the code of its language; $questions is how many queries are wanted,
    $full, $hurried and $keywords how many of each kind; $examples are queries of the user's own, one a line.
    """

    def __init__(self, path: Path) -> None:
        """Load a prompt.

        Raises:
            UserError: the file is missing, has an unknown placeholder, or has no $passage.
        """
        try:
            self._template = Template(path.read_text(encoding="utf-8").strip())
        except FileNotFoundError:
            raise UserError(f"{path} does not exist; `git checkout {path}` brings it back") from None
        names = set(self._template.get_identifiers()) if self._template.is_valid() else {"$"}
        if names - PLACEHOLDERS or "passage" not in names:
            others = ", ".join(f"${name}" for name in sorted(PLACEHOLDERS - {"passage"}))
            raise UserError(
                f"{path}: expected $passage and, if you like, {others}; found "
                f"{', '.join(sorted(names)) or 'none'} (write $$ for a dollar sign)"
            )

    def request(
        self, chunk: Chunk, wanted: Mapping[str, object], most: int | None, settings: Mapping[str, Any]
    ) -> Request:
        """Return the request about a chunk; whatever stands in the chunk, it is text and never a placeholder.

        Args:
            chunk: what to ask about.
            wanted: what the placeholders stand for, but $title and $passage.
            most: characters of the chunk that are shown, cut at a word; None shows all.
            settings: what shapes the reply beside the prompt.
        """
        # a quotation mark in a title would end it for the model, as a closing tag ends a passage
        title = _shorten(chunk.metadata["title"].replace('"', "'"), TITLE_CHARACTERS)
        passage = _shorten(chunk.text, most)
        return Request(
            chunk.id,
            self._template.substitute(wanted, title=title, passage=passage),
            self._template.substitute(wanted, title="", passage=""),
            settings,
        )


def _shorten(text: str, most: int | None) -> str:
    """Join the words of a text by single spaces and cut it to at most `most` characters.

    A closing tag in the text would end the passage for the model, and what follows would read as instructions.
    """
    text = _END.sub(r"(/\1", " ".join(text.split()))
    if most is None or len(text) <= most:
        return text
    return text[: most + 1].rsplit(" ", 1)[0][:most]
