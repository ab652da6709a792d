"""The interval of one system against independent computations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from scipy import optimize, stats

from attune.statistics.mean import interval
from tests.support.clustered import MANY, Case, bell_mccaffrey, cases


@MANY
@given(cases())
def test_interval_is_where_the_truth_is_within_t_standard_errors(case: Case) -> None:
    values, _, clusters = case
    mean, spread = values.mean(), values.mean() * (1 - values.mean())
    assume(len(set(clusters.tolist())) > 1 and spread > 1e-6)
    error, freedom = bell_mccaffrey(values, clusters)
    assume(error > 1e-6)
    quantile = stats.t(freedom).ppf(0.975)

    def beyond(true: float) -> float:  # the standard error that a yes-or-no measure would have were `true` its mean
        return float(abs(mean - true) - quantile * error * np.sqrt(true * (1 - true) / spread))

    low, high = interval(values, clusters)
    assert low == pytest.approx(optimize.brentq(beyond, 0, mean), abs=1e-6)
    assert high == pytest.approx(optimize.brentq(beyond, mean, 1), abs=1e-6)


@MANY
@given(cases())
def test_interval_holds_the_mean_and_mirrors(case: Case) -> None:
    values, _, clusters = case
    low, high = interval(values, clusters)
    assert 0 <= low <= values.mean() + 1e-12
    assert values.mean() - 1e-12 <= high <= 1
    assert (1 - high, 1 - low) == pytest.approx(interval(1 - values, clusters), abs=1e-9)


@pytest.mark.parametrize("hits", [0, 3, 500, 999, 1000])
def test_interval_is_wilsons_for_many_questions_that_stand_alone(hits: int) -> None:
    known = stats.binomtest(hits, 1000).proportion_ci(method="wilson")
    found = interval(np.repeat([1.0, 0.0], [hits, 1000 - hits]), np.arange(1000))
    assert found == pytest.approx((known.low, known.high), abs=2e-4)
