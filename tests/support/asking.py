"""Requests, limits and a live writer, for tests that ask a scripted server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from attune.core.params import PARAMS_FILE, RuntimeParams, load_params
from attune.questions.asking.budget import Budget
from attune.questions.asking.costs import Bill, Meter
from attune.questions.asking.replies import Reply
from attune.questions.asking.requests import Request
from attune.questions.asking.writer import Limits
from attune.questions.params import chat_settings
from attune.questions.writers.live import LiveWriter
from attune.servers.prices import Price
from tests.conftest import ROOT

CANARY = "sk-canary-9f3b"  # a key
PRICE = Price(input=1.0, output=10.0)
LIMIT = 64  # tokens of a reply
TOKENS = st.one_of(st.integers(-1, 3000), st.just(0), st.just(10**12))
REPLY = st.builds(Reply, st.sampled_from(["", "x"]), st.sampled_from(["stop", "length"]), TOKENS, TOKENS, st.booleans())


def runtime(**changes: Any) -> RuntimeParams:
    quick = {"concurrency": 4, "request_timeout_seconds": 5.0, "max_retries": 2, "batch_poll_seconds": 0.05}
    return RuntimeParams(**(load_params("runtime", RuntimeParams, ROOT / PARAMS_FILE).model_dump() | quick | changes))


def make(url: str | None, **changes: Any) -> LiveWriter:
    return LiveWriter(chat_settings("scripted", 0.7, 64), url, runtime(**changes))


def requests(count: int) -> list[Request]:
    text = "<passage>\nalpha{0} bravo{0} charlie delta\n</passage>"
    return [Request(f"c{number}", text.format("x" * number), "", {"model": "scripted"}) for number in range(count)]


def limits(failures: int = 10**6, most: float | None = None, price: Price | None = None, batch: bool = False) -> Limits:
    return Limits(failures, Budget(most, Bill(price, LIMIT), Meter([], 2, LIMIT, price, batch)))


def spent(replies: Iterable[Reply], price: Price | None) -> float | None:
    """What replies to prompts of 100 tokens have cost."""
    bill = Bill(price, LIMIT)
    for reply in replies:
        bill.add(reply, 100)
    return bill.dollars
