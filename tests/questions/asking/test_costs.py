"""Costs are told before the first request, and a budget is kept."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.errors import UserError
from attune.questions.asking.costs import Bill, Budget, Meter
from attune.questions.asking.replies import Replies, Reply
from attune.questions.asking.requests import Request
from attune.questions.params import price_of
from attune.servers.prices import Price, money
from tests.support.asking import limits, make, requests
from tests.support.chat_server import ChatServer

PRICE = Price(input=1.0, output=10.0)


def spent(replies: Iterable[Reply], price: Price | None) -> float | None:
    bill = Bill(price)
    for reply in replies:
        bill.add(reply)
    return bill.dollars


def test_price_of_tokens_by_hand() -> None:
    replies = [Reply("", "stop", 1_000_000, 100_000), Reply("", "stop", 0, 100_000)]
    assert spent(replies, PRICE) == pytest.approx(1.0 + 2.0)
    assert spent(replies, None) is None
    assert spent([], PRICE) == 0


def test_the_model_in_this_process_is_free_and_an_unknown_one_has_no_price() -> None:
    assert price_of("any", {}, free=True) == Price(input=0, output=0)
    assert price_of("known", {"known": PRICE}, free=False) == PRICE
    assert price_of("unknown", {"known": PRICE}, free=False) is None
    assert "unknown price" in money(None)


def test_estimate_learns_from_replies() -> None:
    blind = Meter([], questions=2, limit=64, price=PRICE).estimate([100] * 40)
    assert (blind.prompt_tokens, blind.completion_tokens) == (1000, 2000)
    seen = [(100, Reply("", "stop", 50, 7))] * 20
    learned = Meter(seen, questions=2, limit=64, price=PRICE).estimate([100] * 20)
    assert (learned.prompt_tokens, learned.completion_tokens) == (1000, 140)
    assert learned.dollars == pytest.approx((1000 * 1 + 140 * 10) / 1e6)


@given(st.lists(st.integers(0, 3000)), st.floats(0, 0.5))
def test_budget_is_never_exceeded_by_more_than_the_estimates_are_wrong(tokens: list[int], most: float) -> None:
    meter = Meter([], questions=2, limit=64, price=PRICE)
    budget, paid = Budget(most, Bill(PRICE), meter), 0.0
    for number, written in enumerate(tokens):
        request = Request(str(number), "x" * 400, "", {})
        if not budget.allows(request):
            break
        assert paid + (meter.estimate([400]).dollars or 0) <= most + 1e-12
        reply = Reply("", "stop", 100, written)
        budget.settle(request, reply)
        paid += spent([reply], PRICE) or 0


def test_requests_in_flight_count(tmp_path: Path) -> None:
    first, second = (Request(name, "x" * 4_000_000, "", {}) for name in "ab")
    budget = Budget(1.5, Bill(PRICE), Meter([], 1, 0, PRICE))
    assert budget.allows(first)
    assert not budget.allows(second)
    budget.settle(first, None)  # it failed, so it was not paid for
    assert budget.allows(second)


def test_run_stops_within_the_budget_and_keeps_what_was_paid(chat_server: ChatServer, tmp_path: Path) -> None:
    # the scripted server charges 10 + 5 tokens for each reply: 60 dollars of a million at these prices
    stop = limits(most=60e-6 * 8.5, price=PRICE)
    stop.budget._meter._per_character = stop.budget._meter._per_reply = 0.0  # estimates that are far too low
    with Replies(tmp_path / "r") as replies:
        with pytest.raises(UserError, match="max_cost_usd is used up"):
            make(chat_server.url, concurrency=2).write(requests(50), replies, stop)
        paid = spent(replies.values(), PRICE) or 0
    assert len(chat_server.prompts) <= 9 + 2
    assert paid <= 60e-6 * (8.5 + 2)
