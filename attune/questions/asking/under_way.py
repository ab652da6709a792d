"""The batches that were handed in and whose replies are still to come, so that no request is handed in twice.

A batch is noted before it is created, under a token that the server keeps with it. A process that dies between the
two finds by the token whether the server has it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence, Set
from dataclasses import asdict, dataclass
from pathlib import Path

from attune.core.errors import UserError
from attune.core.files import write_json

RECORD = Path("data/batches.json")


@dataclass
class Entry:
    """One batch."""

    server: str
    token: str
    keys: list[str]  # of its requests
    id: str | None = None  # the server's name for it; None until the server has answered
    format: int = 0  # the way in which it asks for JSON, a place in `chat_body.FORMATS`


class Record:
    """The entries in a file that is rewritten with each change."""

    def __init__(self, path: Path = RECORD) -> None:
        """Load the entries.

        Raises:
            UserError: the file is not a record.
        """
        self._path = path
        self.is_new = not path.exists()
        self.entries: list[Entry] = []
        if not self.is_new:
            try:
                self.entries = [Entry(**row) for row in json.loads(path.read_text(encoding="utf-8"))["batches"]]
            except (ValueError, TypeError, KeyError):
                raise UserError(
                    f"{path} is not a list of batches; delete it: running batches are found again at the server"
                ) from None

    def count(self, keys: Set[str]) -> int:
        """Return how many of the keys are in a batch."""
        return len(keys & {key for entry in self.entries for key in entry.keys})

    def intend(self, server: str, keys: Iterable[str], form: int = 0) -> Entry:
        """Note a batch that is about to be created."""
        entry = Entry(server, uuid.uuid4().hex, list(keys), format=form)
        self.adopt([entry])
        return entry

    def created(self, entry: Entry, batch: str) -> None:
        """Note that the server has it."""
        entry.id = batch
        self.save()

    def adopt(self, entries: Sequence[Entry]) -> None:
        """Note batches that the server has told of."""
        self.entries.extend(entries)
        self.save()

    def remove(self, entry: Entry) -> None:
        """Forget a batch: its replies are kept, or it never was."""
        self.entries.remove(entry)
        self.save()

    def save(self) -> None:
        """Write the file."""
        write_json(self._path, {"batches": [asdict(entry) for entry in self.entries]})
        self.is_new = False
