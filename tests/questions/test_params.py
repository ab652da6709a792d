"""Kinds of queries come in the proportion asked for."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from attune.questions.params import Kinds

SHARES = st.tuples(*[st.integers(0, 100)] * 3).filter(any)


def kinds(full: int = 0, hurried: int = 0, keywords: int = 0) -> Kinds:
    return Kinds(full=full, hurried=hurried, keywords=keywords)


@given(SHARES, st.integers(1, 20))
def test_counts_are_the_nearest_whole_numbers_that_sum_up(shares: tuple[int, ...], most: int) -> None:
    counts = list(kinds(*shares).counts(most).values())
    exact = [Fraction(most * share, sum(shares)) for share in shares]
    assert sum(counts) == most
    assert all(int(value) <= count <= -(-value // 1) for value, count in zip(exact, counts, strict=True))
    # no other division of whole numbers is nearer
    best = min(
        sum(abs(a - b) for a, b in zip(other, exact, strict=True))
        for other in itertools.product(*[(int(value), int(value) + 1) for value in exact])
        if sum(other) == most
    )
    assert sum(abs(a - b) for a, b in zip(counts, exact, strict=True)) == best


@given(SHARES, st.integers(1, 20), st.integers(2, 5))
def test_counts_follow_the_proportion_alone(shares: tuple[int, ...], most: int, times: int) -> None:
    parts = [share // 5 for share in shares]
    if any(parts):
        assert kinds(*parts).counts(most) == kinds(*(part * times for part in parts)).counts(most)
    assert all(
        count == 0 for count, share in zip(kinds(*shares).counts(most).values(), shares, strict=True) if not share
    )


@pytest.mark.parametrize(
    ("shares", "most", "expected"),
    [
        ((1, 0, 1), 3, (2, 0, 1)),
        ((1, 1, 1), 4, (2, 1, 1)),
        ((1, 1, 1), 2, (1, 1, 0)),
        ((1, 4, 1), 2, (1, 1, 0)),  # three equal remainders, of which a float makes three different ones
        ((2, 1, 1), 4, (2, 1, 1)),
        ((0, 0, 5), 7, (0, 0, 7)),
        ((100, 1, 0), 3, (3, 0, 0)),
    ],
)
def test_counts_by_hand(shares: tuple[int, ...], most: int, expected: tuple[int, ...]) -> None:
    assert tuple(kinds(*shares).counts(most).values()) == expected


@pytest.mark.parametrize("shares", [(0, 0, 0), (-1, 1, 1), (101, 1, 1)])
def test_bad_shares_are_refused(shares: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError):
        kinds(*shares)
