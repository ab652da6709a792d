"""A server that says "too many" gets fewer requests at a time, and none before it wants them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from attune.servers.throttle import ThrottledClient


class Bucket:
    """A server that takes N requests at a time and refuses the others."""

    def __init__(self, server: HTTPServer, room: int, retry_after: str) -> None:
        self.room, self.retry_after = room, retry_after
        self.now = self.most = self.refused = self.served = 0
        self.times: list[float] = []
        self._lock = threading.Lock()
        self.url = server.url_for("/")
        server.expect_request("/").respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        with self._lock:
            self.times.append(time.monotonic())
            self.now += 1
            self.most = max(self.most, self.now)
            full = self.now > self.room
            self.refused += full
            self.served += not full
        try:
            if not full:
                time.sleep(0.02)
            return Response("", 429 if full else 200, {"retry-after": self.retry_after} if full else {})
        finally:
            with self._lock:
                self.now -= 1


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(threaded=True) as server:
        yield server


async def fetch_all(url: str, count: int, most: int) -> None:
    """Ask until served, as the client's own retries do, from many tasks at once."""
    waiting = iter(range(count))

    async def work(client: ThrottledClient) -> None:
        for _ in waiting:
            while (await client.get(url)).status_code == 429:
                await asyncio.sleep(0.001)

    async with ThrottledClient(most) as client:
        await asyncio.gather(*(work(client) for _ in range(most)))


def test_no_more_are_in_flight_than_allowed(server: HTTPServer) -> None:
    bucket = Bucket(server, room=1000, retry_after="0")
    asyncio.run(fetch_all(bucket.url, 60, most=5))
    assert (bucket.served, bucket.refused) == (60, 0)
    assert bucket.most <= 5


def test_refusals_stay_few_when_the_server_takes_fewer_than_asked(server: HTTPServer) -> None:
    bucket = Bucket(server, room=4, retry_after="0.05")
    asyncio.run(fetch_all(bucket.url, 150, most=32))
    assert bucket.served == 150
    assert bucket.refused < 75  # without the limit each of the 32 tasks is refused again and again


def test_nobody_asks_before_the_time_the_server_named(server: HTTPServer) -> None:
    bucket = Bucket(server, room=0, retry_after="0.6")

    async def refused_once() -> None:
        async with ThrottledClient(8) as client:
            assert (await client.get(bucket.url)).status_code == 429
            bucket.room = 1000
            await asyncio.gather(*(client.get(bucket.url) for _ in range(8)))

    asyncio.run(refused_once())
    assert min(bucket.times[1:]) - bucket.times[0] >= 0.59


@pytest.mark.parametrize("retry_after", ["soon", "-1", "nan", "99999", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_strange_retry_after_does_not_stop_the_run(server: HTTPServer, retry_after: str) -> None:
    bucket = Bucket(server, room=2, retry_after=retry_after)
    asyncio.run(asyncio.wait_for(fetch_all(bucket.url, 20, most=4), timeout=20))
    assert bucket.served == 20


def test_a_broken_connection_gives_its_place_back() -> None:
    async def broken() -> None:
        async with ThrottledClient(1) as client:
            for _ in range(3):
                with pytest.raises(Exception, match="connect"):
                    await asyncio.wait_for(client.get("http://127.0.0.1:9/"), timeout=5)

    asyncio.run(broken())
