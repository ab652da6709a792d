"""Documents that are read on other machines: their bytes go there, and what is kept of them comes back.

So a machine needs nothing but the project's code and libraries: neither the folder of documents nor the cache.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pebble import ProcessPool

from attune.documents.decode import Unreadable
from attune.documents.document import read_bytes
from attune.documents.folder.cache import Cache
from attune.documents.folder.sandbox import children, result_of
from attune.documents.folder.work import Made, Work
from attune.documents.params import ChunkParams
from attune.engine.jobs import Engine, Job, Lost


@dataclass(frozen=True)
class Parcel:
    """A document on its way: its bytes, and its entry of the cache, empty where it has none; or why it stays."""

    path: str
    data: bytes = b""
    key: str = ""
    kept: bytes = b""
    refused: str = ""


@dataclass(frozen=True)
class Unpacked:
    """What came of a parcel: chunks and row, or why there are none, and the entry that is to be kept, if any is new."""

    made: Made | Unreadable
    kept: bytes = b""


@dataclass(frozen=True)
class Carried(Cache):
    """A cache of one entry, that of the document at hand."""

    there: list[bytes] = field(default_factory=list)
    new: list[bytes] = field(default_factory=list)

    def read(self, key: str) -> bytes:
        """Return the entry."""
        return b"".join(self.there)

    def write(self, key: str, data: bytes) -> None:
        """Note the entry that takes its place."""
        self.new[:] = [data]


@dataclass(frozen=True)
class _There(Work):
    """Work on another machine, where the tokens are in no file."""

    sent: bytes = b""

    @property
    def tokens_written(self) -> bytes:
        """The pickled `Tokens` as they came."""
        return self.sent


@dataclass
class Reading(Job[Parcel, Unpacked]):
    """Reads and cuts documents, each in a child process with the limits that a document has on this machine."""

    params: ChunkParams
    tokens: bytes
    timeout: float
    _pool: ProcessPool = field(init=False)

    def arrive(self) -> None:
        """Start the child process."""
        self._pool = children(1, _start, (self.params, self.tokens))

    def __call__(self, item: Parcel) -> Unpacked:
        """Read and cut a document."""
        if item.refused:
            return Unpacked(Unreadable(item.refused))
        found: Any = result_of(self._pool.schedule(_unpack, args=(item,), timeout=self.timeout), self.timeout)
        return Unpacked(found) if isinstance(found, Unreadable) else found


def made_elsewhere(
    paths: Iterable[str], work: Work, timeout: float, engine: Engine
) -> Generator[Made | Unreadable, None, None]:
    """Yield what becomes of each document, in the order given, or why it cannot be read; see `Reading`.

    What is new is kept here as it comes, so that the next run goes on where this one ended.
    """
    keys: deque[str] = deque()  # of what is under way

    def parcels() -> Iterator[Parcel]:
        for path in paths:
            parcel = _pack(work, path)
            keys.append(parcel.key)
            yield parcel

    job = Reading(work.params, work.tokens_written, timeout)
    for result in engine.map(job, parcels()):
        key = keys.popleft()
        if isinstance(result, Lost):
            yield Unreadable(result.reason)
        else:
            if result.kept:
                work.cache.write(key, result.kept)
            yield result.made


def _pack(work: Work, path: str) -> Parcel:
    try:
        data = read_bytes(work.root / path, path)
    except Unreadable as reason:
        return Parcel(path, refused=str(reason))
    key = work.key(data, path)
    return Parcel(path, data, key, work.cache.read(key))


_cache = Carried(Path(), 1)
_work: Work


def _start(params: ChunkParams, tokens: bytes) -> None:
    global _work
    _work = _There(Path(), params, Path(), _cache, tokens)


def _unpack(parcel: Parcel) -> Unpacked:
    _cache.there[:], _cache.new[:] = [parcel.kept], []
    return Unpacked(_work.make_of(parcel.data, parcel.path), b"".join(_cache.new))
