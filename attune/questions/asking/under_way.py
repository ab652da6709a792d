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

BATCHES = Path("data/batches.json")


@dataclass
class RunningBatch:
    """A batch that was handed in, or is about to be."""

    server: str
    token: str
    keys: list[str]  # of its requests
    id: str | None = None  # the server's name for it; None until the server has answered
    format: int = 0  # the way in which it asks for JSON, a place in `chat.FORMATS`


class UnderWay:
    """The batches in a file that is rewritten with each change."""

    def __init__(self, path: Path = BATCHES) -> None:
        """Load the batches.

        Raises:
            UserError: the file is not a list of batches.
        """
        self._path = path
        self.is_new = not path.exists()
        self.batches: list[RunningBatch] = []
        if not self.is_new:
            try:
                rows = json.loads(path.read_text(encoding="utf-8"))["batches"]
                self.batches = [RunningBatch(**row) for row in rows]
            except (ValueError, TypeError, KeyError):
                raise UserError(
                    f"{path} is not a list of batches; delete it: running batches are found again at the server"
                ) from None

    def count(self, keys: Set[str]) -> int:
        """Return how many of the keys are in a batch."""
        return len(keys & {key for batch in self.batches for key in batch.keys})

    def intend(self, server: str, keys: Iterable[str], form: int = 0) -> RunningBatch:
        """Note a batch that is about to be created."""
        batch = RunningBatch(server, uuid.uuid4().hex, list(keys), format=form)
        self.adopt([batch])
        return batch

    def created(self, batch: RunningBatch, name: str) -> None:
        """Note that the server has it, under a name of its own."""
        batch.id = name
        self.save()

    def adopt(self, batches: Sequence[RunningBatch]) -> None:
        """Note batches that the server has told of."""
        self.batches.extend(batches)
        self.save()

    def remove(self, batch: RunningBatch) -> None:
        """Forget a batch: its replies are kept, or it never was."""
        self.batches.remove(batch)
        self.save()

    def save(self) -> None:
        """Write the file."""
        write_json(self._path, {"batches": [asdict(batch) for batch in self.batches]})
        self.is_new = False
