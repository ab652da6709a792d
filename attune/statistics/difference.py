"""Is one system better than another on these questions, and how sure is that?

Questions about one document succeed and fail together, so they are no independent trials. The test is a t-test on the
mean over the questions whose standard error allows for any dependence inside a cluster of them: CR2 with Satterthwaite
degrees of freedom, of Bell and McCaffrey (2002, Survey Methodology 28), recommended for few and unequal clusters by
Imbens and Kolesár (2016, Review of Economics and Statistics 98). With one question a cluster it is the paired t-test.
`python -m benchmarks.calibration` measures how often it errs and what it finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

Values = NDArray[np.float64]
Labels = NDArray[Any] | Sequence[str]
Word = Literal["better", "no detectable change", "worse"]
ClusteredBy = Literal["document", "chunk"]

LEVEL = 0.05  # share of equal systems that are called better or worse
POWER = 0.8  # share of the true differences of size `detectable` that are found
MIN_DOCUMENTS = 3  # with two, t has one degree of freedom and a quantile of 12.7: it finds next to nothing
ENOUGH_QUESTIONS, ENOUGH_CLUSTERS = 200, 10
NO_ERROR = 1e-12  # what is smaller than this among numbers between 0 and 1 is a rounding error


@dataclass(frozen=True)
class Difference:
    """How much better the fine-tuned model is than another system, in the unit of the measure (0.05 is 5 points).

    Attributes:
        difference: mean over the questions, fine-tuned minus other.
        low: lower end of the 95 % interval.
        high: upper end; the interval leaves zero out exactly where p is below 0.05.
        p: two-sided p-value of "no difference".
        detectable: the true difference that such a test set shows in 80 % of cases, judged by the spread of the gains;
            0 where all clusters gained the same, 1 where there are too few of them to show anything.
    """

    difference: float
    low: float
    high: float
    p: float
    detectable: float


@dataclass(frozen=True)
class _Mean:
    """A mean over questions, its standard error, and the degrees of freedom of that; 0 and 0 for a single cluster."""

    mean: float
    error: float
    freedom: float
    clusters: int


def compare(finetuned: Values, other: Values, clusters: Labels) -> Difference:
    """Compare two systems that were asked the same questions.

    Args:
        finetuned: a measure between 0 and 1 for each question, of shape (questions,).
        other: the same of the other system.
        clusters: the label of each question's cluster (see `clusters_of`), of shape (questions,).

    Raises:
        ValueError: no questions, unequal lengths, or values that are not between 0 and 1.
    """
    _check(finetuned, clusters)
    _check(other, clusters)
    gains = finetuned - other
    found = _mean(gains, clusters)
    if found.error <= NO_ERROR:
        return _without_error(found, identical=bool(np.abs(gains).max() <= NO_ERROR))
    quantile = float(special.stdtrit(found.freedom, 1 - LEVEL / 2))
    p = 2 * float(special.stdtr(found.freedom, -abs(found.mean) / found.error))
    low, high = found.mean - quantile * found.error, found.mean + quantile * found.error
    # how many standard errors away from zero a true difference must be, for t to exceed the quantile that often
    distance = float(special.nctdtrinc(found.freedom, 1 - POWER, quantile))
    return Difference(found.mean, max(low, -1.0), min(high, 1.0), p, min(distance * found.error, 1.0))


def verdict_word(difference: Difference) -> Word:
    """Say the difference in a word: `better` or `worse` where the interval leaves zero out."""
    if difference.low > 0:
        return "better"
    return "worse" if difference.high < 0 else "no detectable change"


def interval(values: Values, clusters: Labels) -> tuple[float, float]:
    """Return the 95 % interval of one system's mean, which lies between 0 and 1.

    Wilson's interval for as many independent yes-or-no questions as have the same standard error (Dean and Pagano 2015,
    Journal of Survey Statistics and Methodology 3). Close to 0 and 1 the t interval often leaves the truth out.

    Args:
        values: a measure between 0 and 1 for each question, of shape (questions,).
        clusters: the label of each question's cluster, of shape (questions,).

    Raises:
        ValueError: no questions, unequal lengths, or values that are not between 0 and 1.
    """
    _check(values, clusters)
    found = _mean(values, clusters)
    if found.clusters == 1:
        return 0.0, 1.0
    spread = found.mean * (1 - found.mean)
    questions = spread / found.error**2 if found.error > NO_ERROR else len(values)
    square = float(special.stdtrit(found.freedom, 1 - LEVEL / 2)) ** 2 / questions
    middle, margin = found.mean + square / 2, float(np.sqrt(square * (spread + square / 4)))
    return max((middle - margin) / (1 + square), 0.0), min((middle + margin) / (1 + square), 1.0)


def clusters_of(documents: Sequence[str], chunks: Sequence[str]) -> tuple[Sequence[str], ClusteredBy]:
    """Choose the clusters of questions from the document and the chunk of each: chunks where documents are too few."""
    return (documents, "document") if len(set(documents)) >= MIN_DOCUMENTS else (chunks, "chunk")


def cautions(documents: Sequence[str], chunks: Sequence[str]) -> list[str]:
    """Say what a reader of the verdict must know about the test set, a line each; empty where it is large enough."""
    labels, by = clusters_of(documents, chunks)
    lines = []
    if len(labels) < ENOUGH_QUESTIONS:
        lines.append(
            f"test questions: {len(labels)} (expected {ENOUGH_QUESTIONS} or more); gains of a few points stay unseen; "
            "add documents or raise `split.test_fraction`"
        )
    if by == "chunk":
        lines.append(
            f"test documents: {len(set(documents))} (expected {MIN_DOCUMENTS} or more); the verdict holds for further "
            "questions about the same text, not for other documents"
        )
    sizes = np.unique(np.asarray(labels), return_counts=True)[1]
    equal = _freedom(sizes / sizes.sum()) + 1
    if equal < ENOUGH_CLUSTERS:
        lines.append(
            f"{by}s with test questions: {len(sizes)}, which weigh like {equal:.1f} of one size (expected "
            f"{ENOUGH_CLUSTERS} or more); the intervals are wide and the verdict is cautious"
        )
    return lines


def _mean(values: Values, clusters: Labels) -> _Mean:
    _, index, sizes = np.unique(np.asarray(clusters), return_inverse=True, return_counts=True)
    mean, shares = float(values.mean()), sizes / len(values)
    if len(sizes) == 1:
        return _Mean(mean, 0.0, 0.0, 1)
    residuals = np.bincount(index, values - mean) / len(values)
    # a large cluster pulls the mean towards itself and so looks closer to it than it is; 1 - share makes up for that
    return _Mean(mean, float(np.sqrt((residuals**2 / (1 - shares)).sum())), _freedom(shares), len(sizes))


def _freedom(shares: Values) -> float:
    """Return the degrees of freedom 2 E[V]² / Var[V] of the squared error V, as if the questions were independent.

    Bell and McCaffrey give a trace over matrices; for a mean these are a diagonal and a product of two vectors, which
    leaves 1 / (Σ s² + (Σ s²/(1-s))² - Σ (s²/(1-s))²) for shares s of the questions: G - 1 for G clusters of one size.
    """
    if len(shares) == 1:
        return 0.0
    pulls = shares**2 / (1 - shares)
    return float(1 / ((shares**2).sum() + pulls.sum() ** 2 - (pulls**2).sum()))


def _without_error(found: _Mean, identical: bool) -> Difference:
    """Compare where all clusters gained the same, or there is but one, so that t is undefined.

    What remains is the sign-flip test: G clusters of equal systems agree by chance in 2 of 2^G cases.
    """
    chance = 2.0 ** (1 - found.clusters)
    # gains that cancel out in every cluster leave a rounding error, which is no difference
    mean, p = (0.0, 1.0) if abs(found.mean) <= NO_ERROR else (found.mean, chance)
    if identical or chance < LEVEL:
        return Difference(mean, mean, mean, p, 0.0)
    return Difference(mean, -1.0, 1.0, p, 1.0)


def _check(values: Values, clusters: Labels) -> None:
    if values.ndim != 1 or len(values) == 0 or len(values) != len(clusters):
        raise ValueError(f"values of shape {values.shape}, {len(clusters)} labels; expected one of each a question")
    # written so that NaN fails too; an nDCG of 1 may lie a rounding error above
    if not bool(((values >= -NO_ERROR) & (values <= 1 + NO_ERROR)).all()):
        raise ValueError("a value is not between 0 and 1")
