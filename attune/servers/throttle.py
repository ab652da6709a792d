"""Requests to a server that says "too many": wait as it asks, then go on with fewer at a time.

The client repeats a refused request by itself. What it cannot know is that the other requests would be refused too:
without this, all of them wait out the same Retry-After and come back at the same moment.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterable
from typing import Any

import httpx2
import openai

from attune.servers.meaning import meant, wait_named
from attune.servers.words import parsed, words_of

TOO_MANY = (429, 503)
NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
LONGEST_PAUSE = 120.0  # seconds; the client gives up on a longer Retry-After
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0  # seconds, where a server takes not even one request and does not say when it will
MOST_WAITS = (
    12  # such waits in a row, 7 minutes together: a limit for each minute is over by then, one for a day is not
)
SETTLING = 0.2  # seconds to keep what has arrived


class ThrottledClient(openai.DefaultAsyncHttpxClient):
    """An HTTP client with a limit on the requests in flight that follows what the server can take.

    Additive increase, multiplicative decrease (Chiu, Jain 1989): a refusal halves the limit, each answer raises it by
    its share, up to `most`. Refusals of requests that were sent before the last halving do not halve again. Where a
    single request is refused, the next waits, twice as long each time.
    """

    def __init__(self, most: int, **options: Any) -> None:
        super().__init__(**options)
        self._most, self._limit, self._in_flight = most, float(most), 0
        self._resume = self._halved = 0.0  # times of the monotonic clock
        self._wait, self._waits = 0.0, 0
        self._ended = False
        self._unanswered = 0
        self._changed = asyncio.Condition()

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request when there is room for it; its answer has the status that is meant, see `meaning`."""
        sent = await self._enter()
        try:
            try:
                response = await super().send(request, **options)
            except NOT_SENT:
                raise
            except httpx2.RequestError:
                self._unanswered += 1
                raise
            if response.is_closed:  # it is read
                response.status_code = meant(response.status_code, response.content)
            self._learn(response, sent)
            return response
        finally:
            async with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()

    def take_unanswered(self) -> int:
        """Return how many requests were sent since the last call whose answers did not arrive: they may be paid for."""
        count, self._unanswered = self._unanswered, 0
        return count

    async def drain(self) -> None:
        """Send nothing any more, and wait until what is in flight has arrived."""
        self._ended = True
        async with self._changed:
            await self._changed.wait_for(lambda: not self._in_flight)

    async def _enter(self) -> float:
        async with self._changed:
            while (
                self._ended
                or (pause := self._resume - time.monotonic()) > 0
                or self._in_flight >= max(1, int(self._limit))
            ):
                try:
                    limited = not self._ended and pause > 0
                    await asyncio.wait_for(self._changed.wait(), pause if limited else None)
                except TimeoutError:
                    continue  # the pause is over
            self._in_flight += 1
            return time.monotonic()

    def _learn(self, response: httpx2.Response, sent: float) -> None:
        if response.status_code not in TOO_MANY:
            if response.is_success:
                self._limit = min(self._most, self._limit + 1 / self._limit)
                self._wait, self._waits = self._wait / 2 if self._wait > FIRST_WAIT else 0.0, 0
            return
        asked = _wait_asked(response)
        wait = asked if asked <= LONGEST_PAUSE else 0.0
        if sent >= self._halved:
            if self._limit < 2 and not asked:
                wait = self._longer()
            self._limit = max(1.0, self._limit / 2)
            self._halved = time.monotonic()
        self._resume = max(self._resume, time.monotonic() + wait)

    def _longer(self) -> float:
        """Return how long to wait after one more refusal of a single request."""
        self._waits += 1
        if self._waits > MOST_WAITS:
            return 0.0
        self._wait = min(LONGEST_WAIT, max(FIRST_WAIT, 2 * self._wait))
        if self._wait >= LONGEST_WAIT / 8:
            print(f"the server takes no more requests for now: waiting {self._wait:.0f} s", flush=True)
        return self._wait


async def run_all(http: ThrottledClient, work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run what asks by a client side by side, to its end.

    Where one of them fails, no request is sent any more, those in flight are waited for, since they may be paid for,
    and then the failure is raised.
    """
    tasks = [asyncio.create_task(one) for one in work]
    try:
        done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        if waiting:
            await http.drain()
            await asyncio.wait(waiting, timeout=SETTLING)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def _wait_asked(response: httpx2.Response) -> float:
    """Return the seconds that the server asks to wait, in a header or in words; 0 where it names none, or a date."""
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        seconds = wait_named(words_of(parsed(response.content))) if response.is_closed else 0.0
    return seconds if seconds > 0 else 0.0
