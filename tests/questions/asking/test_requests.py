"""Of many requests, little is in memory."""

from __future__ import annotations

import tracemalloc

import pytest

from attune.core.records import Chunk
from attune.questions.asking.requests import ByKey, Picked, Request, Requests


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


def test_requests_by_their_keys_are_made_when_they_are_looked_at() -> None:
    chunks = [Chunk(f"c{number}", "", f"text {number % 4}") for number in range(6)]
    requests = Requests(chunks, range(6), lambda chunk: Request(chunk.id, chunk.text, "", {}))
    table = ByKey(requests)
    keys = [request.key for request in requests]
    assert list(table) == list(dict.fromkeys(keys)) and len(table) == 4
    assert [table[key].chunk_id for key in table] == ["c0", "c1", "c2", "c3"]  # of equal ones the first
    assert keys[5] in table and "x" not in table
    with pytest.raises(KeyError):
        table["x"]
    some = Picked(table, [keys[2], keys[0]])
    assert [request.chunk_id for request in some] == ["c2", "c0"] == [some[0].chunk_id, some[-1].chunk_id]
    assert [request.chunk_id for request in some[1:]] == ["c0"] and len(some) == 2


def test_a_table_of_requests_holds_no_prompts() -> None:
    chunks = [Chunk(f"c{number}", "", str(number)) for number in range(500)]
    tracemalloc.start()
    table = ByKey(Requests(chunks, range(500), lambda chunk: Request(chunk.id, chunk.text * 20_000, "", {})))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(table) == 500 and taken < 500_000  # the prompts are 20 MB and more
