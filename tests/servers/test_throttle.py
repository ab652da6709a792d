"""A server that says "too many" gets fewer requests at a time, and none before it wants them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from attune.servers import throttle
from attune.servers.throttle import ThrottledClient, run_all


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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_limit_for_each_minute_is_waited_out_by_waits_that_grow(
    server: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that takes six requests in each "minute" of 0.6 s, and says no more than that it takes no others."""
    monkeypatch.setattr(throttle, "FIRST_WAIT", 0.005)
    lock, times, refused = threading.Lock(), list[float](), 0

    def answer(request: Request) -> Response:
        nonlocal refused
        with lock:
            now = time.monotonic()
            full = sum(now - earlier < 0.6 for earlier in times) >= 6
            refused += full
            times.extend([] if full else [now])
        return Response("", 429 if full else 200)

    server.expect_request("/").respond_with_handler(answer)
    asyncio.run(asyncio.wait_for(fetch_all(server.url_for("/"), 24, most=16), timeout=60))
    assert len(times) == 24
    assert refused < 70  # without the waits each of the 16 tasks is refused every millisecond


def test_a_server_that_takes_nothing_for_hours_is_not_waited_for(
    server: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "FIRST_WAIT", 0.0001)
    monkeypatch.setattr(throttle, "LONGEST_WAIT", 0.002)
    bucket = Bucket(server, room=0, retry_after="soon")

    async def ask() -> None:
        async with ThrottledClient(1) as client:
            for _ in range(100):
                assert (await client.get(bucket.url)).status_code == 429

    asyncio.run(asyncio.wait_for(ask(), timeout=30))


def test_where_one_fails_those_in_flight_arrive_and_no_other_is_sent(server: HTTPServer) -> None:
    bucket, arrived = Bucket(server, room=1000, retry_after="0"), list[int]()

    async def work(client: ThrottledClient, number: int) -> None:
        for _ in range(3):
            status = (await client.get(bucket.url)).status_code
            if number == 2:
                raise ValueError("first")
            arrived.append(status)

    async def ask() -> None:
        async with ThrottledClient(4) as client:
            await run_all(client, [work(client, number) for number in range(4)])

    with pytest.raises(ValueError, match="first"):
        asyncio.run(ask())
    assert len(arrived) + 1 == bucket.served < 12
