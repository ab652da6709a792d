"""Costs are told before the first request, and what is not told counts as what it may have been."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.questions.asking.costs import Meter
from attune.questions.asking.replies import Reply
from attune.questions.params import price_of
from attune.servers.prices import Estimate, Price, money, tokens_in
from tests.support.asking import LIMIT, PRICE, REPLY, spent


def test_price_of_tokens_by_hand() -> None:
    replies = [Reply("", "stop", 1_000_000, 100_000), Reply("", "stop", 1, 100_000)]
    assert spent(replies, PRICE) == pytest.approx(1.0 + 2.0, abs=1e-5)
    assert spent(replies, None) is None
    assert spent([], PRICE) == 0


def test_the_model_in_this_process_is_free_and_an_unknown_one_has_no_price() -> None:
    assert price_of("any", {}, free=True) == Price(input=0, output=0)
    assert price_of("known", {"known": PRICE}, free=False) == PRICE
    assert price_of("unknown", {"known": PRICE}, free=False) is None
    assert "unknown price" in money(None)


def test_estimate_learns_from_replies() -> None:
    blind = Meter([], questions=2, limit=64, price=PRICE).estimate([tokens_in("x" * 100)] * 40)
    assert (blind.prompt_tokens, blind.completion_tokens) == (1000, 2000)
    seen = [(100, Reply("", "stop", 50, 7))] * 20
    learned = Meter(seen, questions=2, limit=64, price=PRICE).estimate([100] * 20)
    assert (learned.prompt_tokens, learned.completion_tokens) == (1000, 140)
    assert learned.dollars == pytest.approx((1000 * 1 + 140 * 10) / 1e6)


def test_tokens_by_script() -> None:
    assert tokens_in("") == 0
    assert tokens_in("four letters") == 3
    assert tokens_in("铜管与焊接的关系") == tokens_in("ขอความช่วยเหลื"[:8]) == tokens_in("한국어와日本語で"[:8]) == 8
    for text in ("Пример", "Ελλάδα", "العربي", "עבריתה", "हिन्दी"):
        assert len(text) / 3 <= tokens_in(text) <= len(text) / 2
    assert tokens_in("copper 铜管") == 7 / 4 + 2


@given(st.text(), st.text())
def test_tokens_of_texts_add_up_and_are_at_most_their_characters(first: str, second: str) -> None:
    assert tokens_in(first) + tokens_in(second) == pytest.approx(tokens_in(first + second))
    assert len(first) / 4 <= tokens_in(first) <= len(first)


@pytest.mark.parametrize(
    ("reply", "dollars"),
    [
        (Reply("x", "stop", 0, 0), 200 * 1 + LIMIT * 10),  # twice the tokens by script, and as long as it may be
        (Reply("", "length", 0, 0), 200 * 1 + LIMIT * 10),  # thoughts that were cut off
        (Reply("", "length", 70, 0), 70 * 1 + LIMIT * 10),
        (Reply("x", "stop", 70, 0), 70 * 1 + LIMIT * 10),
        (Reply("x", "stop", 0, 5), 200 * 1 + 5 * 10),
        (Reply("x" * 4000, "stop", 70, 0), 70 * 1 + 2000 * 10),  # longer than it may be
        (Reply("", "content_filter", 70, 0), 70 * 1),  # nothing was written
        (Reply("x", "stop", 70, 999), 70 * 1 + 999 * 10),
    ],
)
def test_what_a_server_does_not_tell_counts_as_what_it_may_have_been(reply: Reply, dollars: float) -> None:
    assert spent([reply], PRICE) == pytest.approx(dollars / 1e6)


@given(st.lists(REPLY))
def test_never_less_is_reckoned_than_what_the_server_tells(replies: list[Reply]) -> None:
    told = sum(
        (max(reply.prompt_tokens, 0) * 1 + max(reply.completion_tokens, 0) * 10) / (2e6 if reply.batch else 1e6)
        for reply in replies
    )
    assert (spent(replies, PRICE) or 0.0) >= told * (1 - 1e-12)


def test_at_most_is_the_longest_reply_that_was_seen_where_a_server_takes_no_limit() -> None:
    seen = [(100.0, Reply("x", "stop", 300, 5000)), (100.0, Reply("x", "stop", 0, 9000))]
    assert Meter(seen, 2, LIMIT, PRICE).most([100.0, 100.0]) == Estimate(400.0, 10_000, PRICE)
    assert Meter(seen[:1] * 20, 2, LIMIT, PRICE).most([100.0]).prompt_tokens == 300.0  # three times those by script
