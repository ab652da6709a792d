"""An axis holds all values between few round ticks."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.report.style.axis import Axis

VALUES = st.lists(st.floats(-1, 1, allow_nan=False).map(lambda x: round(x, 6)), min_size=1, max_size=8)


@given(VALUES, st.integers(2, 6))
def test_axis_holds_all_values_between_few_round_ticks(values: list[float], intervals: int) -> None:
    axis = Axis.around(values, intervals)
    assert axis.low <= min(values) + 1e-9 and axis.high >= max(values) - 1e-9
    assert 2 <= len(axis.ticks) <= intervals + 2
    steps = [b - a for a, b in zip(axis.ticks, axis.ticks[1:], strict=False)]
    assert max(steps) == pytest.approx(min(steps))
    mantissa = steps[0] / 10 ** math.floor(math.log10(steps[0]) + 1e-9)
    assert any(mantissa == pytest.approx(size) for size in (1, 2, 2.5, 5))
    assert all(0 <= float(axis.at(value).rstrip("%")) <= 100 for value in values)


def test_axis_of_measures_ends_at_one() -> None:
    assert Axis.around([0.62, 0.97]).ticks == (0.6, 0.7, 0.8, 0.9, 1.0)
    assert Axis.around([0.0]).low == 0.0
    assert Axis(0, 1, ()).at(0.5) == "50.00%" and Axis(0, 1, ()).span(0, 0.5) == ("4.00%", "46.00%")
