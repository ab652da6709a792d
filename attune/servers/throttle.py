"""Requests to a server that says "too many": wait as it asks, then go on with fewer at a time.

The client repeats a refused request by itself. What it cannot know is that the other requests would be refused too:
without this, all of them wait out the same Retry-After and come back at the same moment.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx2
import openai

TOO_MANY = (429, 503)
LONGEST_PAUSE = 120.0  # seconds; the client gives up on a longer Retry-After


class ThrottledClient(openai.DefaultAsyncHttpxClient):
    """An HTTP client with a limit on the requests in flight that follows what the server can take.

    Additive increase, multiplicative decrease (Chiu, Jain 1989): a refusal halves the limit, each answer raises it by
    its share, up to `most`. Refusals of requests that were sent before the last halving do not halve again.
    """

    def __init__(self, most: int, **options: Any) -> None:
        super().__init__(**options)
        self._most, self._limit, self._in_flight = most, float(most), 0
        self._resume = self._halved = 0.0  # times of the monotonic clock
        self._changed = asyncio.Condition()

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request when there is room for it."""
        sent = await self._enter()
        try:
            response = await super().send(request, **options)
            self._learn(response, sent)
            return response
        finally:
            async with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()

    async def _enter(self) -> float:
        async with self._changed:
            while (pause := self._resume - time.monotonic()) > 0 or self._in_flight >= max(1, int(self._limit)):
                try:
                    await asyncio.wait_for(self._changed.wait(), pause if pause > 0 else None)
                except TimeoutError:
                    continue  # the pause is over
            self._in_flight += 1
            return time.monotonic()

    def _learn(self, response: httpx2.Response, sent: float) -> None:
        if response.status_code not in TOO_MANY:
            if response.is_success:
                self._limit = min(self._most, self._limit + 1 / self._limit)
            return
        if sent >= self._halved:
            self._limit = max(1.0, self._limit / 2)
            self._halved = time.monotonic()
        self._resume = max(self._resume, time.monotonic() + _retry_after(response))


def _retry_after(response: httpx2.Response) -> float:
    """Return the seconds that the server asks to wait; 0 where it names none, or a date."""
    try:
        seconds = float(response.headers.get("retry-after", 0))
    except ValueError:
        return 0.0
    return seconds if 0 < seconds <= LONGEST_PAUSE else 0.0
