"""Is one system better than another on these questions, and how sure is that?

Questions about one document succeed and fail together, so they are no independent trials. The test is a t-test on the
mean over the questions whose standard error allows for any dependence inside a cluster of them: CR2 with Satterthwaite
degrees of freedom, of Bell and McCaffrey (2002, Survey Methodology 28), recommended for few and unequal clusters by
Imbens and Kolesár (2016, Review of Economics and Statistics 98). With one question a cluster it is the paired t-test.
`python -m benchmarks.calibration` measures how often it errs and what it finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from attune.statistics.mean import LEVEL, NO_ERROR, Labels, Mean, Values, check_values, clustered_mean

Word = Literal["better", "no detectable change", "worse"]

POWER = 0.8  # share of the true differences of size `detectable` that are found


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


def compare(finetuned: Values, other: Values, clusters: Labels) -> Difference:
    """Compare two systems that were asked the same questions.

    Args:
        finetuned: a measure between 0 and 1 for each question, of shape (questions,).
        other: the same of the other system.
        clusters: the label of each question's cluster (see `clusters_of`), of shape (questions,).

    Raises:
        ValueError: no questions, unequal lengths, or values that are not between 0 and 1.
    """
    check_values(finetuned, clusters)
    check_values(other, clusters)
    gains = finetuned - other
    found = clustered_mean(gains, clusters)
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


def _without_error(found: Mean, identical: bool) -> Difference:
    """Compare where all clusters gained the same, or there is but one, so that t is undefined.

    What remains is the sign-flip test: G clusters of equal systems agree by chance in 2 of 2^G cases.
    """
    chance = 2.0 ** (1 - found.clusters)
    # gains that cancel out in every cluster leave a rounding error, which is no difference
    mean, p = (0.0, 1.0) if abs(found.mean) <= NO_ERROR else (found.mean, chance)
    if identical or chance < LEVEL:
        return Difference(mean, mean, mean, p, 0.0)
    return Difference(mean, -1.0, 1.0, p, 1.0)
