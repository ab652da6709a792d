"""The replies that were paid for, kept for good: one line each, appended the moment a reply arrives."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from attune.questions.asking.requests import Request, Requests
from attune.servers.ledger import Ledger
from attune.servers.rows import LedgerRow


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered: its text, why it stopped, how many tokens it read and wrote, and how it was bought."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    batch: bool = False  # bought by a batch, at half price; written only when true


class Replies(Ledger, Mapping[str, Reply]):
    """The replies in a JSON Lines file, by the key of their request; used in a `with` block.

    Each reply is on disk before the next is asked for, and read from there when it is looked at.
    """

    kind = "reply"
    alone = True

    def admit(self, row: LedgerRow) -> None:
        """Check a reply; see `Ledger`."""
        reply = _reply(row)
        for name, kind in _KINDS.items():
            if type(value := getattr(reply, name)) is not kind:
                raise TypeError(f"its {name} is {type(value).__name__}")
        reply.text.encode()  # fails for half a character

    def __getitem__(self, key: str) -> Reply:
        return _reply(self.row(key))

    def add(self, request: Request, reply: Reply) -> None:
        """Keep a reply: it is with the operating system when this returns."""
        self.add_by_key(request.key, reply)

    def add_by_key(self, key: str, reply: Reply) -> None:
        """Keep a reply to a request of which only the key is known, such as one of an earlier prompt."""
        self.append([_row(key, reply)])


_KINDS = {"text": str, "finish_reason": str, "prompt_tokens": int, "completion_tokens": int, "batch": bool}


def _reply(row: LedgerRow) -> Reply:
    # servers that counted no tokens told so by a null, which earlier versions kept
    fields = {name: value for name, value in row.items() if name != "key"}
    fields |= {name: 0 for name, value in fields.items() if value is None and name.endswith("_tokens")}
    return Reply(**fields)


def _row(key: str, reply: Reply) -> dict[str, Any]:
    row = {"key": key, **asdict(reply)}
    if not reply.batch:
        del row["batch"]  # the lines of live replies stay what they were before there were batches
    return row


class Answers:
    """The chunks that have a reply, in the order of the corpus."""

    def __init__(self, requests: Requests, replies: Mapping[str, Reply]) -> None:
        self._asked, self._replies = requests.outline, replies
        self._numbers = array("q", (number for number, key in enumerate(self._asked.keys) if key in replies))

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[tuple[str, Reply]]:
        """Yield the id of each chunk, and its reply."""
        for number in self._numbers:
            yield self._asked.chunk_ids[number], self._replies[self._asked.keys[number]]
