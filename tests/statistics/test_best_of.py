"""The chance that the best of several equal systems looks as good is that of the multivariate t."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from attune.statistics.best_of import chance_of_best, error_correlation
from attune.statistics.difference import compare
from attune.statistics.mean import clustered_mean
from tests.support.clustered import MANY, Values, bell_mccaffrey

Case = tuple[list[Values], Values, NDArray[np.int64]]

SAMPLING = 0.025  # five standard errors of a chance of 0.5 from 10,000 draws


def random_case(seed: int, systems: int, documents: int) -> Case:
    """Values of systems that have some luck in common, of another one, and clusters of unequal sizes."""
    random = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(documents), random.integers(1, 9, documents))
    other, common = random.random((2, len(clusters)))
    return [0.6 * common + 0.4 * random.random(len(clusters)) for _ in range(systems)], other, clusters


CASES = st.builds(random_case, st.integers(0, 10**6), st.integers(1, 4), st.integers(3, 12))


@pytest.mark.slow
@MANY
@given(CASES)
def test_correlation_is_what_makes_the_error_of_a_sum(case: Case) -> None:
    systems, other, clusters = case
    found = error_correlation(systems, other, clusters)
    for i, one in enumerate(systems):
        for j, two in enumerate(systems):
            (a, _), (b, _), (both, _) = (
                bell_mccaffrey(gains, clusters) for gains in (one - other, two - other, one + two - 2 * other)
            )
            assert found[i, j] == pytest.approx((both**2 - a**2 - b**2) / (2 * a * b), abs=1e-6)


@pytest.mark.slow
@MANY
@given(CASES)
def test_the_chance_is_the_tail_of_the_multivariate_t(case: Case) -> None:
    systems, other, clusters = case
    correlation = error_correlation(systems, other, clusters)
    for values, chance in zip(systems, chance_of_best(systems, other, clusters, correlation), strict=True):
        gain = clustered_mean(values - other, clusters)
        shape = correlation + 1e-6 * np.eye(len(systems))
        freedom: Any = gain.freedom  # which need not be whole
        known = stats.multivariate_t(shape=shape, df=freedom, allow_singular=True, seed=1)
        assert chance == pytest.approx(1 - known.cdf(np.full(len(systems), gain.mean / gain.error)), abs=SAMPLING)


@MANY
@given(CASES, st.integers(2, 5))
def test_copies_cost_nothing_and_independent_systems_what_bonferroni_says_at_most(case: Case, copies: int) -> None:
    systems, other, clusters = case
    found = compare(systems[0], other, clusters)
    alone = found.p / 2 if found.difference > 0 else 1 - found.p / 2
    same = chance_of_best(systems[:1], other, clusters, np.ones((copies, copies)))
    apart = chance_of_best(systems[:1], other, clusters, np.eye(copies))
    assert same == pytest.approx([alone], abs=SAMPLING)
    assert alone - SAMPLING <= apart[0] <= copies * alone + SAMPLING


@MANY
@given(CASES)
def test_the_better_of_equally_sure_systems_is_the_less_lucky(case: Case) -> None:
    systems, other, clusters = case
    assume(len(systems) > 1)
    chances = chance_of_best(systems, other, clusters, error_correlation(systems, other, clusters))
    gains = [clustered_mean(values - other, clusters) for values in systems]
    order = np.argsort([gain.mean / gain.error for gain in gains])
    assert list(np.array(chances)[order]) == sorted(chances, reverse=True)


def test_gains_without_error_are_judged_by_their_signs() -> None:
    other, clusters = np.array([0.1, 0.2, 0.3, 0.4] * 2), [*"aabbccdd"]
    equal, better, worse = other, other + 0.1, other - 0.1
    found = chance_of_best([equal, better, worse], other, clusters, np.eye(3))
    assert found == [1.0, 3 / 16, 1.0]
    assert error_correlation([equal, better], other, clusters).tolist() == [[1, 0], [0, 1]]
    assert chance_of_best([better], other, ["a"] * 8, np.eye(1)) == [0.5]


def test_what_is_no_measure_is_refused() -> None:
    with pytest.raises(ValueError, match="not between 0 and 1"):
        chance_of_best([np.array([2.0])], np.array([0.5]), ["a"], np.eye(1))
    with pytest.raises(ValueError, match="3 labels"):
        chance_of_best([np.array([0.5, 0.5])], np.array([0.5, 0.5]), ["a"] * 3, np.eye(1))
