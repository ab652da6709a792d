"""The replies that were paid for, kept for good: one line each, appended the moment a reply arrives."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from stages.lib.errors import UserError
from stages.lib.files import write_jsonl
from stages.lib.requests import Request


@dataclass(frozen=True)
class Reply:
    """What a model answered: its text, why it stopped, how many tokens it read and wrote, and how it was bought."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    batch: bool = False  # bought by a batch, at half price; written only when true


class Replies(Mapping[str, Reply]):
    """The replies in a JSON Lines file, by the key of their request.

    Each reply is on disk before the next is asked for. A process that dies in the middle of a line loses that
    line and nothing else. When the block ends, the file is rewritten in the order of the keys, so that its
    bytes do not depend on the order in which replies came.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[str, Reply] = {}
        self._file: TextIO | None = None

    @classmethod
    def read(cls, path: Path) -> Replies:
        """Return the replies in a file without touching it."""
        replies = cls(path)
        replies._load()
        return replies

    def __enter__(self) -> Self:
        self._load()
        self._write()  # mends a torn last line, and gives appending a file of its own instead of DVC's cached one
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
        self._write()

    def __getitem__(self, key: str) -> Reply:
        return self._rows[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, request: Request, reply: Reply) -> None:
        """Keep a reply: it is with the operating system when this returns."""
        self.add_by_key(request.key, reply)

    def add_by_key(self, key: str, reply: Reply) -> None:
        """Keep a reply to a request of which only the key is known, such as one of an earlier prompt."""
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8", newline="\n")
        self._rows[key] = reply
        self._file.write(json.dumps(_row(key, reply), ensure_ascii=False) + "\n")
        self._file.flush()

    def _load(self) -> None:
        if not self._path.exists():
            return
        lines = self._path.read_bytes().split(b"\n")
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                key = row.pop("key")
                self._rows[key] = Reply(**row)
            except (ValueError, TypeError, KeyError, AttributeError):
                if number == len(lines):
                    continue  # the process died while it wrote this line
                raise UserError(
                    f"{self._path}:{number}: not a reply; paid replies are in this file, so nothing was changed: "
                    "mend or remove that line, or `dvc checkout` the last version"
                ) from None

    def _write(self) -> None:
        if not self._rows:
            return  # an empty file of a run that failed would stand in the way of `dvc pull`
        write_jsonl(self._path, (_row(key, self._rows[key]) for key in sorted(self._rows)))


def _row(key: str, reply: Reply) -> dict[str, Any]:
    row = {"key": key, **asdict(reply)}
    if not reply.batch:
        del row["batch"]  # the lines of live replies stay what they were before there were batches
    return row
