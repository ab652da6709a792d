"""A question to a language model: which chunk it is about, its messages, and everything else that shapes the reply."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload

import numpy as np

from attune.core.records import Chunk


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
