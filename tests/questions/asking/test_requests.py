"""Of many requests, little is in memory."""

from __future__ import annotations

import pytest

from attune.core.records import Chunk
from attune.questions.asking.requests import Request, Requests


def test_requests_are_made_when_they_are_looked_at() -> None:
    made = []

    def make(asked: Chunk) -> Request:
        made.append(asked.text)
        return Request(asked.id, asked.text, "", {})

    chunks = [Chunk(f"c{number}", "", f"text {number}") for number in range(9)]
    requests = Requests(chunks, range(5), make)
    assert (len(requests), made) == (5, [])
    assert next(iter(requests)).prompt == "text 0"
    assert made == ["text 0"]
    assert [request.prompt for request in requests] == [f"text {number}" for number in range(5)]
    assert [request.prompt for request in requests[1:3]] == ["text 1", "text 2"]
    assert requests[-1].prompt == "text 4"
    assert list(requests.outline.keys) == [request.key for request in requests]
    assert [requests.outline.chunk_ids[number] for number in range(5)] == [request.chunk_id for request in requests]
    assert list(requests.outline.tokens) == [6 / 4] * 5
    assert [request.prompt for request in Requests(chunks, [7, 2], make)] == ["text 7", "text 2"]
    with pytest.raises(IndexError):
        requests[5]
