"""What was paid for, kept for good: rows in a JSON Lines file, appended as they come and found by their key."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from attune.core.errors import UserError
from attune.core.files import JsonlReader, atomic_file

LedgerRow = Mapping[str, Any]


class Ledger(ABC):
    """A file with one row for each key, used in a `with` block. Memory holds where the rows stand, not the rows.

    Added rows are with the operating system before `append` returns. A process that dies in the middle of a line loses
    that line and nothing else. When the block ends, the file is rewritten in the order of the keys, so that its bytes
    do not depend on the order in which rows came; a block that adds nothing leaves a file in order as it is.
    """

    kind: str  # what a row is, for people

    def __init__(self, path: Path) -> None:
        self.path = path
        self._places: dict[str, int] = {}  # key -> first byte of its line
        self._end = 0
        self._file: BinaryIO | None = None  # to which rows are appended
        self._reader = JsonlReader(path)
        self._in_order = True

    @abstractmethod
    def admit(self, row: LedgerRow) -> None:
        """Look at a row that is read or added.

        Raises:
            ValueError, TypeError, KeyError: it is not a row of this kind.
        """

    def load(self) -> None:
        """Read the file without touching it.

        Raises:
            UserError: a line that is not the last one is broken.
        """
        if not self.path.exists():
            return
        last = ""
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip() and (key := self._read(line, number)) is not None:
                    self._in_order = self._in_order and key > last and line.endswith(b"\n")
                    self._places[key], last = self._end, key
                self._end += len(line)

    def __enter__(self) -> Self:
        self.load()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
        self._reader.close()
        if self._places and not self._in_order:  # an empty file would stand in the way of `dvc pull`
            self._rewrite(sorted(self._places))

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __len__(self) -> int:
        return len(self._places)

    def append(self, rows: Iterable[LedgerRow]) -> None:
        """Keep rows, each with its `key`: they are with the operating system when this returns."""
        places, lines = {}, b""
        for row in rows:
            line = json.dumps(row, ensure_ascii=False).encode() + b"\n"  # fails for half a character
            self.admit(row)
            places[row["key"]] = len(lines)
            lines += line
        if self._file is None:
            # mends a torn last line, and gives appending a file of its own instead of one that is linked to DVC's cache
            self._rewrite(list(self._places))
            self._file = self.path.open("ab")
        self._in_order = False
        self._file.write(lines)
        self._file.flush()
        self._places |= {key: self._end + place for key, place in places.items()}
        self._end += len(lines)

    def row(self, key: str) -> LedgerRow:
        """Return the row of a key.

        Raises:
            KeyError: there is none.
        """
        return self._reader.read(self._places[key])

    def rows(self, keys: Iterable[str]) -> Iterator[tuple[str, LedgerRow]]:
        """Return the rows of distinct keys, in the order in which they stand in the file."""
        return ((key, self._reader.read(place)) for place, key in sorted((self._places[key], key) for key in keys))

    def _read(self, line: bytes, number: int) -> str | None:
        """Return the key of a line, None where the process died while it wrote it."""
        try:
            row = json.loads(line)
            if not isinstance(key := row["key"], str):
                raise TypeError("its key is not text")
            self.admit(row)
            return key
        except (ValueError, TypeError, KeyError) as error:
            self._in_order = False
            if not line.endswith(b"\n"):
                return None
            raise UserError(
                f"{self.path}:{number}: not a {self.kind}; what is in this file was paid for, so nothing was changed: "
                f"mend or remove that line, or `dvc checkout` the last version ({error})"
            ) from None

    def _rewrite(self, keys: list[str]) -> None:
        self._reader.close()
        places, end = {}, 0
        with atomic_file(self.path) as target:
            if keys:
                with self.path.open("rb") as source:
                    for key in keys:
                        source.seek(self._places[key])
                        line = source.readline().rstrip(b"\r\n") + b"\n"
                        target.write(line.decode())
                        places[key], end = end, end + len(line)
        self._places, self._end = places, end
