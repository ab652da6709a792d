"""What was answered: for each chunk its reply, read from disk each time that it is looked at."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping

from attune.questions.asking.replies import Reply
from attune.questions.asking.requests import Requests


class Answers:
    """The chunks that have a reply, in the order of the corpus."""

    def __init__(self, requests: Requests, replies: Mapping[str, Reply]) -> None:
        self._requests, self._replies = requests, replies
        self._numbers = array("q", (number for number, key in enumerate(requests.keys) if key in replies))

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[tuple[str, Reply]]:
        """Yield the id of each chunk, and its reply."""
        asked = self._requests
        for number in self._numbers:
            yield asked.chunks[asked.places[number]].id, self._replies[asked.keys[number]]
