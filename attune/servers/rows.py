"""Rows of JSON Lines files, found by their key; memory holds where they stand, not the rows."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from attune.core.errors import UserError

LedgerRow = Mapping[str, Any]
FILES = 4  # a place is the first byte of a line, times this, plus the number of its file


class WrittenOverError(UserError):
    """The rows of a file do not stand any more where they were read."""


class Rows:
    """The rows of a file and of others that add to it; of equal keys in one file, the last row counts.

    Files are read by handles that stay open: whatever comes to stand in their place, a place means the same row.
    """

    def __init__(self, kind: str, admit: Callable[[LedgerRow], None], alone: bool) -> None:
        """Begin without a row.

        Args:
            kind: what a row is, for people.
            admit: raises ValueError, TypeError or KeyError for what is no row of this kind.
            alone: each row stands for itself: those of no use are read past. Else they cast doubt on the others.
        """
        self._kind, self._admit, self._alone = kind, admit, alone
        self.files: list[BinaryIO] = []
        self.places: dict[str, int] = {}  # by the key of a row
        self.useless: dict[tuple[str, str], int] = {}  # by its key and the hash of its line

    def read(self, path: Path, strict: bool = False) -> tuple[int, bool]:
        """Take in the rows of a file whose keys no earlier file has.

        Args:
            path: of the file.
            strict: a broken line is an error, if it is not the last one; else it is read past.

        Returns:
            The bytes of the file, and whether it is what `lines` of it alone would give.

        Raises:
            UserError: a line is broken.
        """
        file, number, end, in_order, last = path.open("rb"), len(self.files), 0, True, ("", "")
        self.files.append(file)
        for count, line in enumerate(file, start=1):
            place, end = end * FILES + number, end + len(line)
            if not line.strip():
                continue
            try:
                key, mark = self._name(line)
            except (ValueError, TypeError, KeyError) as error:
                in_order = False
                if strict and line.endswith(b"\n"):  # else the process died while it wrote it
                    raise UserError(
                        f"{path}:{count}: not a {self._kind}; what is in this file was paid for, so nothing was "
                        f"changed: mend or remove that line, or `dvc checkout` the last version ({error})"
                    ) from None
                continue
            in_order, last = in_order and (key, mark) > last and line.endswith(b"\n"), (key, mark)
            if mark:
                self.useless.setdefault((key, mark), place)
            elif self.places.setdefault(key, place) % FILES == number:
                self.places[key] = place
        return end, in_order

    def row(self, key: str) -> LedgerRow:
        """Return the row of a key.

        Raises:
            KeyError: there is none.
            WrittenOverError: another program has written over the file since it was read.
        """
        place = self.places[key]
        if (row := _of(self._line(place), key)) is None:
            raise self._written_over(place)
        return row

    def rows(self, keys: Iterable[str]) -> Iterator[tuple[str, LedgerRow]]:
        """Return the rows of distinct keys, in the order in which they stand in the file."""
        return ((key, self.row(key)) for _, key in sorted((self.places[key], key) for key in keys))

    def lines(self) -> Iterator[tuple[str, str, bytes]]:
        """Yield the key, the mark and the line of each row, in the order of the keys; useless ones as they came.

        Raises:
            WrittenOverError: a row does not stand where it was read any more.
        """
        names = heapq.merge(((key, "") for key in sorted(self.places)), sorted(self.useless))
        for key, mark in names:
            place = self.useless[key, mark] if mark else self.places[key]
            line = self._line(place)
            # as this program writes it; what looks otherwise is read
            whole = line.startswith(b'{"key": "' + key.encode() + b'",') and line.endswith(b"}\n")
            if not whole and _of(line, key) is None:
                raise self._written_over(place)
            yield key, mark, line.rstrip(b"\r\n") + b"\n"

    def close(self) -> None:
        """Close the files."""
        for file in self.files:
            file.close()

    def _line(self, place: int) -> bytes:
        file = self.files[place % FILES]
        file.seek(place // FILES)
        return file.readline()

    def _written_over(self, place: int) -> UserError:
        return WrittenOverError(
            f"{self.files[place % FILES].name} was written over by another program while it was in use; run this again "
            "once that program has ended, and what was paid for is read anew"
        )

    def _name(self, line: bytes) -> tuple[str, str]:
        """Return the key of a row, and a mark of what stands in it where it is of no use."""
        row = json.loads(line.decode())
        if not isinstance(key := row["key"], str):
            raise TypeError("its key is not text")
        try:
            self._admit(row)
        except (ValueError, TypeError, KeyError):
            if self._alone and line.endswith(b"\n"):
                return key, hashlib.sha256(line.strip()).hexdigest()
            raise
        return key, ""


def _of(line: bytes, key: str) -> LedgerRow | None:
    """Return the row in a line, if it is one of that key."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) and row.get("key") == key else None
