"""What was paid for, kept for good: rows in a JSON Lines file, appended as they come and found by their key."""

from __future__ import annotations

import json
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Self

from attune.core.files import atomic_file
from attune.servers.guard import journal_of, only_writer, open_journal
from attune.servers.rows import FILES, LedgerRow, Rows, WrittenOverError


class Ledger(ABC):
    """A file with one row for each key, used in a `with` block by one process at a time.

    Memory holds where the rows stand, not the rows. Added rows are with the operating system before `append` returns.
    A process that dies in the middle of a line loses that line and nothing else. When the block ends, the file is
    rewritten in the order of the keys, so that its bytes do not depend on the order in which rows came; a block that
    adds nothing leaves a file in order as it is.

    In a project, added rows go to a journal as well, and rows of it that the file lacks, such as after a checkout of an
    earlier one, are joined in again.
    """

    kind: str  # what a row is, for people
    alone = False  # rows of no use are read past; see `Rows`

    def __init__(self, path: Path) -> None:
        self.path, self._journal = path, journal_of(path)
        self._rows = self._none()
        self._own: BinaryIO | None = None  # the ledger, as it is read
        self._size = 0  # bytes of it
        self._appended: list[BinaryIO] = []  # the ledger and its journal, once a row was added
        self._in_order = True
        self._held = ExitStack()

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the rows of a file without touching it, also while another process writes to it."""
        ledger = cls(path)
        ledger.load()
        return ledger

    @abstractmethod
    def admit(self, row: LedgerRow) -> None:
        """Look at a row that is read or added.

        Raises:
            ValueError, TypeError, KeyError: it is not a row of this kind.
        """

    def load(self) -> None:
        """Read the file, and the journal, without touching them; say what is joined or of no use.

        Raises:
            UserError: a line that is not the last one is broken.
        """
        rows = self._rows = self._none()
        self._own, self._size, self._in_order = None, 0, True
        if self.path.exists():
            self._size, self._in_order = rows.read(self.path, strict=True)
            self._own = rows.files[0]
        there = len(rows.places), len(rows.useless)
        if self._journal and self._journal.exists():
            rows.read(self._journal)
        if joined := len(rows.places) - there[0]:
            print(f"{self.path} lacked {joined} rows that were paid for here; they are joined in from {self._journal}")
        self._in_order = self._in_order and there == (len(rows.places), len(rows.useless))
        unread = [key for key, _ in rows.useless if key not in rows.places]
        if unread:
            print(
                f"warning: {self.path}: {len(unread)} of {len(unread) + len(self)} rows hold no {self.kind} that can "
                f"be used (the first one's key begins with {unread[0][:12]}); they stay there and count as missing"
            )

    def __enter__(self) -> Self:
        with ExitStack() as held:
            held.enter_context(only_writer(self.path))
            self.load()
            self._held = held.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        with self._held:
            for file in self._appended:
                file.close()
            if self._rows.places and not self._in_order:  # an empty file would stand in the way of `dvc pull`
                self._rewrite()

    def __contains__(self, key: object) -> bool:
        return key in self._rows.places

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows.places)

    def __len__(self) -> int:
        return len(self._rows.places)

    def append(self, rows: Iterable[LedgerRow]) -> None:
        """Keep rows, each with its `key`: they are with the operating system when this returns."""
        places, lines = {}, b""
        for row in rows:
            line = json.dumps(row, ensure_ascii=False).encode() + b"\n"  # fails for half a character
            self.admit(row)
            places[row["key"]] = len(lines)
            lines += line
        if not self._appended:
            if not self._may_append():
                self._rewrite()
            self._appended = [self.path.open("ab")] + ([] if self._journal is None else [open_journal(self._journal)])
        self._in_order = False
        for file in self._appended:
            file.write(lines)
            file.flush()
        self._rows.places |= {key: (self._size + place) * FILES for key, place in places.items()}
        self._size += len(lines)

    def row(self, key: str) -> LedgerRow:
        """Return the row of a key.

        Raises:
            KeyError: there is none.
            WrittenOverError: another program has written over the file since it was read.
        """
        return self._rows.row(key)

    def rows(self, keys: Iterable[str]) -> Iterator[tuple[str, LedgerRow]]:
        """Return the rows of distinct keys, in the order in which they stand in the file."""
        return self._rows.rows(keys)

    def _may_append(self) -> bool:
        """Tell whether the file is whole, the one that was read, and no link to DVC's cache: that must not change."""
        if self._own is None or not self._in_order or self.path.is_symlink() or not os.access(self.path, os.W_OK):
            return False
        now = self.path.stat()
        same = os.path.samestat(os.fstat(self._own.fileno()), now) and now.st_size == self._size
        return same and now.st_nlink == 1 and bool(now.st_mode & stat.S_IWUSR)

    def _rewrite(self) -> None:
        """Put all rows into a new file, in the order of their keys."""
        if self.path.exists():
            now = self.path.stat()
            if not self._own or not os.path.samestat(os.fstat(self._own.fileno()), now):
                self._rows.read(self.path)  # another program, such as a checkout, has put another file in its place
            elif now.st_size != self._size:
                self.load()  # or has added to it
        try:
            new, end = self._written()
        except WrittenOverError:
            self.load()  # or has written over it: places in it mean nothing any more
            new, end = self._written()
        self._rows.close()
        self._own = self.path.open("rb")
        new.files.append(self._own)
        self._rows, self._size, self._in_order = new, end, True

    def _written(self) -> tuple[Rows, int]:
        """Write all rows into a new file, and return where they stand in it, and its bytes."""
        new, end = self._none(), 0
        with atomic_file(self.path) as target:
            for key, mark, line in self._rows.lines():
                target.write(line.decode())
                if mark:
                    new.useless[key, mark] = end * FILES
                else:
                    new.places[key] = end * FILES
                end += len(line)
        return new, end

    def _none(self) -> Rows:
        return Rows(self.kind, self.admit, self.alone)
