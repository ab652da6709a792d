"""A question to a language model: which chunk it is about, its messages, and everything else that shapes the reply."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload

from attune.core.records import Chunk
from attune.questions.compact import Digests, Ids
from attune.servers.prices import tokens_in


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


class Outline:
    """What memory holds of many requests, some 64 bytes each.

    Attributes:
        keys: of the requests.
        chunk_ids: of the chunks that they are about.
        tokens: of their prompts, as far as their scripts tell.
    """

    def __init__(self, requests: Iterable[Request]) -> None:
        """Go through the requests once."""
        self.keys, self.chunk_ids, self.tokens = Digests(), Ids(), array("d")
        for request in requests:
            self.keys.append(request.key)
            self.chunk_ids.append(request.chunk_id)
            self.tokens.append(tokens_in(request.prompt))


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
    def outline(self) -> Outline:
        """What can be told of the requests without making them again."""
        return Outline(self)

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


class ByKey(Mapping[str, Request]):
    """Requests by their keys, each made when it is looked at; of those with the same key the first."""

    def __init__(self, requests: Sequence[Request]) -> None:
        """Go through the requests once, for their keys."""
        self._requests, self._numbers = requests, dict[str, int]()
        for number, request in enumerate(requests):
            self._numbers.setdefault(request.key, number)

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __contains__(self, key: object) -> bool:
        return key in self._numbers

    def __getitem__(self, key: str) -> Request:
        return self._requests[self._numbers[key]]


@dataclass(frozen=True)
class Picked(Sequence[Request]):
    """Some of the requests of a table, in the order of their keys, each made when it is looked at."""

    requests: Mapping[str, Request]
    keys: Sequence[str]

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, number: int) -> Request: ...

    @overload
    def __getitem__(self, number: slice) -> Picked: ...

    def __getitem__(self, number: int | slice) -> Request | Picked:
        if isinstance(number, slice):
            return Picked(self.requests, self.keys[number])
        return self.requests[self.keys[number]]
