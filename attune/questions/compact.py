"""Collections that hold a few bytes for each of their texts: the texts of a large collection do not fit into memory."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from tempfile import TemporaryFile
from typing import Generic, TypeVar

import numpy as np

DIGEST_BYTES = 32  # of SHA-256


def fingerprint(text: str) -> int:
    """Return a number below 2**64; two of a million texts have the same one with a probability of 3e-8."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


class Fingerprints:
    """A set of texts that can be added to, counted, and asked whether it holds a text; best in that order."""

    def __init__(self) -> None:
        self._added, self._sorted = array("Q"), np.empty(0, np.uint64)

    def add(self, text: str) -> None:
        """Add a text."""
        self._added.append(fingerprint(text))

    def __len__(self) -> int:
        return len(self._all())

    def __contains__(self, text: str) -> bool:
        known, wanted = self._all(), np.uint64(fingerprint(text))
        place = int(np.searchsorted(known, wanted))
        return place < len(known) and bool(known[place] == wanted)

    def _all(self) -> np.typing.NDArray[np.uint64]:
        if self._added:
            added = np.frombuffer(self._added, np.uint64)
            self._sorted, self._added = np.union1d(self._sorted, added), array("Q")
        return self._sorted


class Ids:
    """Ids by their number, as UTF-8 in one run of bytes and 8 bytes each beside."""

    def __init__(self) -> None:
        self._bytes, self._ends = bytearray(), array("q", [0])

    def append(self, name: str) -> None:
        """Add an id."""
        self._bytes += name.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> str:
        return self._bytes[self._ends[number] : self._ends[number + 1]].decode("utf-8", "surrogatepass")


class Digests:
    """SHA-256 digests by their number: 64 hexadecimal digits outside, 32 bytes inside."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def append(self, digest: str) -> None:
        """Add a digest."""
        self._bytes += bytes.fromhex(digest)

    def __len__(self) -> int:
        return len(self._bytes) // DIGEST_BYTES

    def __getitem__(self, number: int) -> str:
        return self._bytes[number * DIGEST_BYTES : (number + 1) * DIGEST_BYTES].hex()

    def __iter__(self) -> Iterator[str]:
        return (self[number] for number in range(len(self)))

    def first_numbers(self) -> list[int]:
        """Return the number of each different digest, where it stands first, in order."""
        rows = np.frombuffer(self._bytes, np.dtype((np.void, DIGEST_BYTES)))
        return sorted(np.unique(rows, return_index=True)[1].tolist())


Row = TypeVar("Row", bound=tuple[str, ...])


class Spool(Generic[Row]):
    """Rows of texts on disk, in their order; gone through as often as one likes, but by one at a time."""

    def __init__(self, rows: Iterable[Row], make: Callable[..., Row]) -> None:
        """Write the rows; `make` makes one of its texts again."""
        self._file, self._make = TemporaryFile("w+", encoding="utf-8"), make  # noqa: SIM115  # gone with the object
        for row in rows:
            self._file.write(json.dumps(row) + "\n")

    def __iter__(self) -> Iterator[Row]:
        self._file.seek(0)
        return (self._make(*json.loads(line)) for line in self._file)
