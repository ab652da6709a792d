"""Is the best of several systems better than another, though it was chosen on the very questions that it is judged by?

Of many equal systems the luckiest looks good. What its gain has to exceed is the largest of N t statistics that belong
together, the multivariate t of Dunnett (1955, Journal of the American Statistical Association 50) for many systems
against one, with errors by cluster and correlations estimated from the data (Hothorn, Bretz and Westfall 2008,
Biometrical Journal 50, section 3). Systems that fail together cost little: N copies of one count as one.
`python -m benchmarks.calibration` measures how often it errs and what it finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from attune.statistics.mean import NO_ERROR, Labels, Mean, Values, check_values, clustered_mean, influences

DRAWS = 10_000  # a chance of 0.1 is known to 0.003
_JITTER = 1e-9  # a matrix of correlations may be singular, which its root must not mind


def error_correlation(systems: Sequence[Values], other: Values, clusters: Labels) -> Values:
    """Return how the errors of the systems' mean gains over another system correlate, of shape (N, N).

    A system whose gain has no error has nothing in common with any.

    Args:
        systems: a measure for each question, of shape (questions,), for each of N systems.
        other: the same of the system that they are compared with.
        clusters: the label of each question's cluster, of shape (questions,).
    """
    pulls = np.array([influences(values - other, clusters) for values in systems])
    lengths = np.linalg.norm(pulls, axis=1, keepdims=True)
    units = np.divide(pulls, lengths, out=np.zeros_like(pulls), where=lengths > NO_ERROR)
    correlation: Values = units @ units.T
    np.fill_diagonal(correlation, 1.0)
    return correlation


def chance_of_best(systems: Sequence[Values], other: Values, clusters: Labels, correlation: Values) -> list[float]:
    """Return, for each system, the chance that the best of equal systems gains as much: a one-sided, adjusted p-value.

    Args:
        systems: a measure between 0 and 1 for each question, of shape (questions,), for each system that was measured.
        other: the same of the system that they are compared with.
        clusters: the label of each question's cluster, of shape (questions,).
        correlation: of the errors of all N systems that were to choose from, measured in full or not; see
            `error_correlation`.

    Raises:
        ValueError: no questions, unequal lengths, or values that are not between 0 and 1.
    """
    for values in (*systems, other):
        check_values(values, clusters)
    found = [clustered_mean(values - other, clusters) for values in systems]
    judged = [one for one in found if one.error > NO_ERROR]
    largest = _largest(correlation, judged[0].freedom) if judged else np.zeros(0)
    return [
        float((largest >= one.mean / one.error).mean()) if one.error > NO_ERROR else _without_error(one, correlation)
        for one in found
    ]


def _largest(correlation: Values, freedom: float) -> Values:
    """Draw the largest of N correlated t statistics of equal systems, of shape (DRAWS,); the same draws every time."""
    root = np.linalg.cholesky(correlation + _JITTER * np.eye(len(correlation)))
    largest: Values = (root @ _normal(len(root))).max(axis=0)
    return largest / np.sqrt(np.random.default_rng(1).chisquare(freedom, DRAWS) / freedom)


@lru_cache(maxsize=2)
def _normal(systems: int) -> Values:
    return np.random.default_rng(0).standard_normal((systems, DRAWS))


def _without_error(gain: Mean, correlation: Values) -> float:
    """Return the chance that all clusters gain the same of themselves, as signs fall, in one of N systems."""
    return min(len(correlation) * 0.5**gain.clusters, 1.0) if gain.mean > NO_ERROR else 1.0
