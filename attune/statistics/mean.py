"""A mean over questions that depend on each other within clusters: its error, its degrees of freedom, its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

Values = NDArray[np.float64]
Labels = NDArray[Any] | Sequence[str]
LEVEL = 0.05  # share of equal systems that are called better or worse
NO_ERROR = 1e-12  # what is smaller than this among numbers between 0 and 1 is a rounding error


@dataclass(frozen=True)
class Mean:
    """A mean over questions, its standard error, and the degrees of freedom of that; 0 and 0 for a single cluster."""

    mean: float
    error: float
    freedom: float
    clusters: int


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
    check_values(values, clusters)
    found = clustered_mean(values, clusters)
    if found.clusters == 1:
        return 0.0, 1.0
    spread = found.mean * (1 - found.mean)
    questions = spread / found.error**2 if found.error > NO_ERROR else len(values)
    square = float(special.stdtrit(found.freedom, 1 - LEVEL / 2)) ** 2 / questions
    middle, margin = found.mean + square / 2, float(np.sqrt(square * (spread + square / 4)))
    return max((middle - margin) / (1 + square), 0.0), min((middle + margin) / (1 + square), 1.0)


def clustered_mean(values: Values, clusters: Labels) -> Mean:
    """Return the mean of values of shape (questions,), with the error that questions of one cluster cause together."""
    _, sizes = np.unique(np.asarray(clusters), return_counts=True)
    mean, shares = float(values.mean()), sizes / len(values)
    if len(sizes) == 1:
        return Mean(mean, 0.0, 0.0, 1)
    return Mean(mean, float(np.linalg.norm(influences(values, clusters))), freedom(shares), len(sizes))


def influences(values: Values, clusters: Labels) -> Values:
    """Return how far each cluster pulls the mean away, of shape (clusters,): the root of their squares is its error.

    The cosine between the influences on two means is the correlation of their errors. A single cluster shows none.
    """
    _, index, sizes = np.unique(np.asarray(clusters), return_inverse=True, return_counts=True)
    shares = sizes / len(values)
    if len(sizes) == 1:
        return np.zeros(1)
    residuals = np.bincount(index, values - values.mean()) / len(values)
    # a large cluster pulls the mean towards itself and so looks closer to it than it is; 1 - share makes up for that
    pulls: Values = residuals / np.sqrt(1 - shares)
    return pulls


def freedom(shares: Values) -> float:
    """Return the degrees of freedom 2 E[V]² / Var[V] of the squared error V, as if the questions were independent.

    Bell and McCaffrey give a trace over matrices; for a mean these are a diagonal and a product of two vectors, which
    leaves 1 / (Σ s² + (Σ s²/(1-s))² - Σ (s²/(1-s))²) for shares s of the questions: G - 1 for G clusters of one size.
    """
    if len(shares) == 1:
        return 0.0
    pulls = shares**2 / (1 - shares)
    return float(1 / ((shares**2).sum() + pulls.sum() ** 2 - (pulls**2).sum()))


def check_values(values: Values, clusters: Labels) -> None:
    """Raise a ValueError where there are no questions, unequal lengths, or values that are not between 0 and 1."""
    if values.ndim != 1 or len(values) == 0 or len(values) != len(clusters):
        raise ValueError(f"values of shape {values.shape}, {len(clusters)} labels; expected one of each a question")
    # written so that NaN fails too; an nDCG of 1 may lie a rounding error above
    if not bool(((values >= -NO_ERROR) & (values <= 1 + NO_ERROR)).all()):
        raise ValueError("a value is not between 0 and 1")
