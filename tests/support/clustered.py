"""Values of questions in clusters of unequal sizes, and Bell and McCaffrey's formulas with all matrices written out."""

from __future__ import annotations

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

Values = NDArray[np.float64]
Case = tuple[Values, Values, NDArray[np.int64]]

MANY = settings(deadline=None, max_examples=150)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Two systems' values and clusters of unequal sizes: hits, or measures in between, with many ties or few."""
    count, levels = draw(st.integers(1, 40)), draw(st.sampled_from([1, 3, 1000]))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    finetuned, other = random.integers(0, levels + 1, (2, count)) / levels
    return finetuned, other, random.integers(0, draw(st.integers(1, 13)), count)


def bell_mccaffrey(gains: Values, clusters: NDArray[np.int64]) -> tuple[float, float]:
    """Standard error and degrees of freedom of a regression on a constant, with all matrices written out."""
    count = len(gains)
    x = np.ones((count, 1))
    bread = np.linalg.inv(x.T @ x)
    rest = np.eye(count) - x @ bread @ x.T
    residuals, meat, columns = rest @ gains, 0.0, []
    for label in np.unique(clusters):
        own = clusters == label
        values, vectors = np.linalg.eigh(rest[np.ix_(own, own)])
        adjustment = vectors @ np.diag(values**-0.5) @ vectors.T
        meat += float((x[own].T @ adjustment @ residuals[own]).item()) ** 2
        columns.append(rest[:, own] @ adjustment @ x[own] @ bread)
    spread = np.linalg.eigvalsh(np.hstack(columns).T @ np.hstack(columns))
    return float(np.sqrt(bread.item() ** 2 * meat)), float(spread.sum() ** 2 / (spread**2).sum())
