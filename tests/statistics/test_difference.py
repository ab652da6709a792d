"""The verdict against independent computations, and by how often it errs about simulated systems."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import optimize, stats

from attune.statistics.difference import Difference, compare, verdict_word
from attune.statistics.mean import interval
from benchmarks import calibration
from benchmarks.calibration import GAIN, coverage, verdicts
from benchmarks.simulated import MEASURES, Scenario, simulate
from tests.support.clustered import MANY, Case, bell_mccaffrey, cases


def close(first: Difference, second: Difference) -> bool:
    pairs = zip(vars(first).values(), vars(second).values(), strict=True)
    return all(one == pytest.approx(two, abs=1e-9, rel=1e-6) for one, two in pairs)


@MANY
@given(cases())
def test_equals_the_formulas_of_bell_and_mccaffrey(case: Case) -> None:
    finetuned, other, clusters = case
    assume(len(set(clusters.tolist())) > 1)
    error, freedom = bell_mccaffrey(finetuned - other, clusters)
    assume(error > 1e-6)
    found, mean, reference = compare(finetuned, other, clusters), (finetuned - other).mean(), stats.t(freedom)
    assert found.difference == pytest.approx(mean, abs=1e-12)
    assert found.p == pytest.approx(2 * reference.sf(abs(mean) / error), abs=1e-9)
    assert found.low == pytest.approx(max(-1, mean - reference.ppf(0.975) * error), abs=1e-7)
    assert found.high == pytest.approx(min(1, mean + reference.ppf(0.975) * error), abs=1e-7)


@MANY
@given(cases())
def test_is_the_paired_t_test_where_every_question_stands_alone(case: Case) -> None:
    finetuned, other, _ = case
    assume(len(finetuned) > 1 and np.ptp(finetuned - other) > 1e-6)
    found, known = compare(finetuned, other, np.arange(len(other))), stats.ttest_rel(finetuned, other)
    known_interval = known.confidence_interval()
    assert found.p == pytest.approx(known.pvalue, abs=1e-9)
    assert (found.low, found.high) == pytest.approx(
        (max(known_interval.low, -1), min(known_interval.high, 1)), abs=1e-9
    )


def test_is_a_t_test_of_the_documents_where_all_have_as_many_questions() -> None:
    random = np.random.default_rng(0)
    finetuned, other = random.random((2, 60))
    found = compare(finetuned, other, np.repeat(np.arange(12), 5))
    known = stats.ttest_1samp((finetuned - other).reshape(12, 5).mean(axis=1), 0)
    assert found.p == pytest.approx(known.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(known.confidence_interval()))


def test_is_the_jackknife_over_documents_where_all_have_as_many_questions() -> None:
    random = np.random.default_rng(1)
    gains, documents = random.random(48) / 2, np.repeat(np.arange(8), 6)
    without = [gains[documents != document].mean() for document in range(8)]  # leave one document out
    error = np.sqrt(7 / 8 * sum((mean - gains.mean()) ** 2 for mean in without))
    found = compare(gains, np.zeros(48), documents)
    assert found.high - found.difference == pytest.approx(stats.t(7).ppf(0.975) * error)


def test_detectable_is_where_noncentral_t_has_a_power_of_80_percent() -> None:
    finetuned, other = np.random.default_rng(2).random((2, 30))
    documents = np.repeat(np.arange(6), [1, 2, 3, 4, 5, 15])
    error, freedom = bell_mccaffrey(finetuned - other, documents)
    quantile = stats.t(freedom).ppf(0.975)

    def lacking(true: float) -> float:
        return float(stats.nct(freedom, true / error).sf(quantile)) - 0.8

    assert compare(finetuned, other, documents).detectable == pytest.approx(optimize.brentq(lacking, 0.01, 3), rel=1e-6)


def test_hand_computed_case() -> None:
    # three documents with gains (1, 1), (0, 0, 0), (-1): mean 1/6, sums of residuals 5/3, -1/2, -7/6
    found = compare(np.array([1.0, 1, 0, 0, 0, 0]), np.array([0.0, 0, 0, 0, 0, 1]), list("aabbbc"))
    error = np.sqrt((25 / 9 / (2 / 3) + 1 / 4 / (1 / 2) + 49 / 36 / (5 / 6)) / 36)
    pulls = np.array([1 / 6, 1 / 2, 1 / 30])  # share² / (1 - share)
    freedom = 1 / (14 / 36 + pulls.sum() ** 2 - (pulls**2).sum())
    assert found.difference == pytest.approx(1 / 6)
    assert found.p == pytest.approx(2 * stats.t(freedom).sf(1 / 6 / error))


@MANY
@given(cases())
def test_interval_p_and_word_say_the_same(case: Case) -> None:
    found = compare(*case)
    assert -1 <= found.low <= found.difference + 1e-12
    assert found.difference - 1e-12 <= found.high <= 1
    assert 0 <= found.p <= 1
    assert 0 <= found.detectable <= 1
    words = {(True, True): "better", (True, False): "worse"}
    assert verdict_word(found) == words.get((found.p < 0.05, found.difference > 0), "no detectable change")


@MANY
@given(cases(), st.randoms(use_true_random=False))
def test_what_changes_nothing(case: Case, random: Any) -> None:
    finetuned, other, clusters = case
    found = compare(*case)
    backward = compare(other, finetuned, clusters)
    assert close(Difference(-found.difference, -found.high, -found.low, found.p, found.detectable), backward)
    assert close(found, compare(1 - other, 1 - finetuned, clusters))  # a system's misses instead of its hits
    order = np.array(random.sample(range(len(other)), len(other)))
    assert close(found, compare(finetuned[order], other[order], clusters[order]))
    assert close(found, compare(finetuned, other, [f"document {99 - label}" for label in clusters]))
    # the same questions asked again of the same documents tell nothing new
    assert close(found, compare(np.tile(finetuned, 3), np.tile(other, 3), np.tile(clusters, 3)))


@pytest.mark.parametrize("documents", [1, 2, 5, 6, 300])
def test_identical_systems_show_no_change(documents: int) -> None:
    values, labels = np.full(600, 0.7), np.arange(600) % documents
    assert compare(values, values, labels) == Difference(0, 0, 0, 1, 0)
    assert verdict_word(compare(values, values, labels)) == "no detectable change"


def test_the_same_gain_everywhere_needs_six_clusters() -> None:
    base, finetuned = np.full(60, 0.1), np.full(60, 0.4)  # 0.4 - 0.1 is no exact number
    five = compare(finetuned, base, np.arange(60) % 5)
    assert (five.low, five.high, five.p, five.detectable) == (-1, 1, 2 / 32, 1)
    six = compare(finetuned, base, np.arange(60) % 6)
    assert (six.low, six.high, six.p, six.detectable) == pytest.approx((0.3, 0.3, 2 / 64, 0))
    assert verdict_word(six) == "better"
    assert verdict_word(compare(base, finetuned, np.arange(60) % 6)) == "worse"


def test_documents_that_even_out_alike_are_no_certainty() -> None:
    values = np.array([1.0, 0, 1, 0])
    assert compare(values, 1 - values, list("aabb")) == Difference(0, -1, 1, 1, 1)


@pytest.mark.parametrize("count", [1, 50])
def test_a_single_cluster_says_nothing(count: int) -> None:
    hits, misses = np.ones(count), np.zeros(count)
    assert compare(hits, misses, ["a"] * count) == Difference(1, -1, 1, 1, 1)
    assert interval(hits, ["a"] * count) == (0, 1)


@pytest.mark.parametrize(
    "function", [lambda v, c: compare(v, np.zeros(2), c), lambda v, c: compare(np.zeros(2), v, c), interval]
)
@pytest.mark.parametrize("values", [[], [0.5], [0.5, np.nan], [0.5, np.inf], [-0.1, 0.5], [0.5, 1.1], [[0.5], [0.5]]])
def test_what_is_no_measure_is_refused(function: Callable[..., Any], values: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"expected one of each a question|not between 0 and 1"):
        function(np.array(values), ["a", "b"])


def test_no_questions_are_refused() -> None:
    with pytest.raises(ValueError, match="expected one of each a question"):
        interval(np.array([]), [])


def test_a_rounding_error_is_no_change() -> None:
    sums, tenths = np.full(50, 0.1 + 0.2), np.full(50, 0.3)
    found = compare(sums, tenths, np.arange(50) % 3)
    assert (found.low, found.high, found.p, found.detectable) == pytest.approx((0, 0, 1, 0), abs=1e-15)


def test_a_perfect_ndcg_may_lie_a_rounding_error_above_one() -> None:
    perfect = np.full(50, 1 + 2**-52)
    assert compare(perfect, np.ones(50), np.arange(50)).p == 1
    assert interval(perfect, np.arange(50))[1] == 1


@pytest.mark.slow
@pytest.mark.parametrize("measure", ["hit rate@5", "nDCG@10"])
@pytest.mark.parametrize(
    "kind",
    [
        Scenario(40, 20),
        Scenario(40, 20, effect=0.2),
        Scenario(40, 20, unequal=0.5, effect=0.2),
        Scenario(12, 20, unequal=0.5, effect=0.2),
        Scenario(8, 20, effect=0.2),
        Scenario(5, 40, effect=0.2),
    ],
)
def test_equal_systems_are_told_apart_in_5_percent_of_cases(kind: Scenario, measure: str) -> None:
    found = verdicts(kind, measure, 0.0, 1000, seed=0)
    assert 0.035 <= found.better + found.worse <= 0.065
    assert 0.01 <= found.better <= 0.04


@pytest.mark.parametrize("kind", [Scenario(3, 40, 1.0, 0.4), Scenario(5, 20, 1.0, 0.2), Scenario(8, 20, 1.0, 0.4)])
def test_few_unequal_documents_make_it_cautious_and_never_rash(kind: Scenario) -> None:
    found = verdicts(kind, "nDCG@10", 0.0, 1000, seed=0)
    assert 0.02 <= found.better + found.worse <= 0.065


def test_without_clusters_it_would_be_rash() -> None:
    """The simulation is a real one: the plain paired t-test errs three times as often as it says."""
    kind, value = Scenario(20, 20, effect=0.4), MEASURES["nDCG@10"]
    runs = simulate(kind, 0.0, 300, seed=0)
    assert np.mean([stats.ttest_rel(value(run.base), value(run.finetuned)).pvalue < 0.05 for run in runs]) > 0.15


@pytest.mark.slow
@pytest.mark.parametrize("measure", ["hit rate@5", "nDCG@10"])
def test_five_points_are_found_at_800_questions(measure: str) -> None:
    kind = Scenario(40, 20, effect=0.2)
    gain, correlation = calibration.truth(kind.effect, "hit rate@5", GAIN)
    assert gain == pytest.approx(0.05, abs=0.001)
    assert correlation == pytest.approx(0.01, abs=0.005)
    found = verdicts(kind, measure, GAIN, 1000, seed=0)
    assert found.better > 0.8
    assert found.worse == 0


def test_detectable_gains_are_detected_in_80_percent_of_cases() -> None:
    documents, random = np.repeat(np.arange(12), 10), np.random.default_rng(0)

    def runs(gain: float) -> list[Difference]:
        luck = 0.1 * random.standard_normal((1000, 120)) + 0.05 * random.standard_normal((1000, 12))[:, documents]
        return [compare(np.clip(0.5 + gain + one, 0, 1), np.full(120, 0.5), documents) for one in luck]

    detectable = float(np.mean([found.detectable for found in runs(0.0)]))
    share = np.mean([verdict_word(found) == "better" for found in runs(detectable)])
    assert share == pytest.approx(0.8, abs=0.04)


@pytest.mark.parametrize("easier", [0.0, 1.5])
def test_intervals_of_one_system_hold_the_truth(easier: float) -> None:
    assert 0.93 <= coverage(Scenario(12, 20, 0.5, 0.2), "hit rate@5", easier, 1000, seed=0) <= 0.98


def test_ten_thousand_questions_take_no_time() -> None:
    random = np.random.default_rng(0)
    finetuned, other = random.random((2, 10_000))
    documents = [f"a/folder/of/documents/number {number % 700}.pdf" for number in range(10_000)]
    start = time.perf_counter()
    compare(finetuned, other, documents)
    assert time.perf_counter() - start < 0.5


@pytest.mark.slow
def test_benchmark_prints_its_tables(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["calibration", "--simulations", "2"])
    calibration.main()
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + 21 + 1 + 9 + 1 + 4 + 1 + 27
    assert all(row.count("·") >= 4 for row in rows if row[2].isdigit())


def test_gains_that_cancel_out_in_every_document_are_no_difference() -> None:
    values = np.tile([0.3, 0.5, 0.4, 0.6], 30)
    noise = np.tile([0.05, -0.05, 0.02, -0.02, 0.0], 24)  # the sum is 0 in each cluster, but for rounding
    found = compare(values + noise, values, [f"d{number % 12}" for number in range(120)])
    assert (found.difference, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)
    assert verdict_word(found) == "no detectable change"
