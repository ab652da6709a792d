"""A budget is kept, whatever a server reports."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Response

from attune.core.errors import UserError
from attune.questions.asking.budget import Budget
from attune.questions.asking.costs import Bill, Meter
from attune.questions.asking.replies import Replies, Reply
from attune.questions.asking.requests import Request
from attune.servers.prices import Estimate, Price
from tests.support.asking import LIMIT, PRICE, REPLY, limits, make, requests, spent
from tests.support.chat_server import ChatServer


@given(st.lists(st.integers(0, 3000)), st.floats(0, 0.5))
def test_budget_is_never_exceeded_by_more_than_the_estimates_are_wrong(tokens: list[int], most: float) -> None:
    meter = Meter([], questions=2, limit=64, price=PRICE)
    budget, paid = Budget(most, Bill(PRICE, 64), meter), 0.0
    for number, written in enumerate(tokens):
        request = Request(str(number), "x" * 400, "", {})
        if not budget.allows(request):
            break
        assert paid + (meter.most([100]).dollars or 0) <= most + 1e-12
        reply = Reply("", "stop", 100, written)
        budget.settle(request, reply)
        paid += spent([reply], PRICE) or 0


def test_requests_in_flight_count(tmp_path: Path) -> None:
    first, second = (Request(name, "x" * 4_000_000, "", {}) for name in "ab")
    budget = Budget(2.5, Bill(PRICE, 0), Meter([], 1, 0, PRICE))  # 1 dollar to be expected, 2 at most
    assert budget.allows(first)
    assert not budget.allows(second)
    budget.settle(first, None)  # it failed, so it was not paid for
    assert budget.allows(second)
    budget.settle(second, None, lost=1)  # it took too long, so it may have been
    assert not budget.allows(first) and not budget.waits
    assert "$2.00 spent, $0.00 on its way, about $1.00 for these, and at most $2.00" in budget.overrun([first])


@given(st.lists(st.tuples(REPLY, st.booleans(), st.integers(0, 9)), max_size=40), st.floats(0, 0.02), st.integers(1, 5))
def test_no_budget_is_passed_by_more_than_what_is_in_flight(
    outcomes: list[tuple[Reply, bool, int]], most: float, workers: int
) -> None:
    """Whatever comes back, in whichever order, truly paid or lost."""
    meter = Meter([], questions=2, limit=LIMIT, price=PRICE)
    budget, truly, flying = Budget(most, Bill(PRICE, LIMIT), meter), 0.0, dict[int, Request]()
    for number, (reply, arrives, place) in enumerate(outcomes):
        request = Request(str(number), f"{number:0400}", "", {})
        if len(flying) < workers and budget.allows(request):
            flying[number] = request
            assert truly + len(flying) * (100 * 1 + LIMIT * 10) / 1e6 <= most + 1e-12
        if flying:
            done = flying.pop(list(flying)[place % len(flying)])
            budget.settle(done, reply if arrives else None, lost=int(not arrives))
            read = reply.prompt_tokens if arrives and reply.prompt_tokens > 0 else 100
            written = reply.completion_tokens if arrives and reply.completion_tokens > 0 else LIMIT
            if arrives and not reply.text and reply.completion_tokens == 0 and reply.prompt_tokens > 0:
                written = LIMIT if reply.finish_reason == "length" else 0
            truly += (read * 1 + written * 10) / (2e6 if reply.batch and arrives else 1e6)
    assert budget.waits == bool(flying)


def test_a_small_budget_is_used_by_few_at_a_time(chat_server: ChatServer, tmp_path: Path) -> None:
    # each may cost 700 millionths of a dollar, and costs 60: what is in flight is waited for, not given up
    stop = limits(most=2000e-6, price=PRICE)
    with Replies(tmp_path / "r") as replies:
        with pytest.raises(UserError, match=r"max_cost_usd is used up \(\$0\.0013 spent, \$0\.00 on its way, about"):
            make(chat_server.url, concurrency=8).write(requests(50), replies, stop)
        # of the requests that wait for room, a shorter one may still fit where the one that ended the run did not
        assert len(replies) == len(chat_server.prompts) and len(replies) in (22, 23)
        bought = len(replies)
    said = f"replies of this run: {bought}, {10 * bought} tokens read and {5 * bought} written, less than $0.01; "
    assert stop.budget.summary().startswith(f"{said}estimated: about ")


def test_without_usage_a_run_stops_within_the_budget(chat_server: ChatServer, tmp_path: Path) -> None:
    chat_server.before = lambda number: ChatServer.completion("What?", usage=None)
    stop = limits(most=3 * 700e-6, price=PRICE)
    with Replies(tmp_path / "r") as replies:
        with pytest.raises(UserError, match="max_cost_usd is used up"):
            make(chat_server.url, concurrency=2).write(requests(50), replies, stop)
        assert len(replies) == len(chat_server.prompts) == 3
    assert stop.budget.bought.untold == 3


@pytest.mark.parametrize("broken", [0, 2])
def test_answers_that_did_not_arrive_count_as_often_as_they_were_asked_for(
    chat_server: ChatServer, tmp_path: Path, broken: int
) -> None:
    """The client repeats what broke off; a server may have written each of them, and charge for it."""

    def break_off(number: int) -> Response | None:
        torn = ChatServer.completion("What?")
        torn.headers["content-length"] = "9999"
        torn.automatically_set_content_length = False
        return torn if number <= broken else None

    chat_server.before = break_off
    stop = limits(most=1000, price=Price(input=0, output=1e6))  # a dollar a token, and LIMIT at most
    with Replies(tmp_path / "r") as replies:
        make(chat_server.url, concurrency=1).write(requests(1), replies, stop)
        assert len(replies) == 1
    assert f"${broken * LIMIT + 5:.2f} spent" in stop.budget.overrun([])


def test_a_server_that_is_not_there_costs_nothing(tmp_path: Path) -> None:
    stop = limits(most=1000, price=Price(input=0, output=1e6))
    with Replies(tmp_path / "r") as replies, pytest.raises(UserError, match="cannot reach"):
        make("http://127.0.0.1:9/v1", concurrency=1).write(requests(1), replies, stop)
    assert "$0.00 spent" in stop.budget.overrun([])


def test_run_stops_within_the_budget_and_keeps_what_was_paid(
    chat_server: ChatServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the scripted server charges 10 + 5 tokens for each reply: 60 dollars of a million at these prices
    stop = limits(most=60e-6 * 8.5, price=PRICE)
    monkeypatch.setattr(Meter, "most", lambda meter, prompts: Estimate(0, 0, PRICE))  # far too low
    with Replies(tmp_path / "r") as replies:
        with pytest.raises(UserError, match="max_cost_usd is used up"):
            make(chat_server.url, concurrency=2).write(requests(50), replies, stop)
        paid = spent(replies.values(), PRICE) or 0
    assert len(chat_server.prompts) <= 9 + 2
    assert paid <= 60e-6 * (8.5 + 2)
