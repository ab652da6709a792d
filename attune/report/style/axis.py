"""Axes with round ticks, and places on them as templates need them for SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

EDGE = 4.0  # per cent of a table cell that stay free on either side, for half a dot


@dataclass(frozen=True)
class Axis:
    """A range of values with round ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @classmethod
    def around(cls, values: Sequence[float], intervals: int = 4) -> Axis:
        """Return the smallest axis of about N intervals that holds all values and begins and ends at a tick.

        Steps are 1, 2, 2.5 or 5 times a power of ten.
        """
        low, high = min(values), max(values)
        width = (high - low) or max(abs(high), 1.0) / 10
        power = 10.0 ** math.floor(math.log10(width / intervals))
        step = next(size * power for size in (1, 2, 2.5, 5, 10) if size * power * intervals >= width * (1 - 1e-9))
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        last = max(last, first + 1)
        ticks = tuple(round(number * step, 10) for number in range(first, last + 1))
        return cls(ticks[0], ticks[-1], ticks)

    def share(self, value: float) -> float:
        """Return where a value lies between the ends, from 0 to 1."""
        return (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)

    def at(self, value: float) -> str:
        """Return the place of a value in a table cell, such as "34.2%"."""
        return f"{EDGE + (100 - 2 * EDGE) * self.share(value):.2f}%"

    def span(self, low: float, high: float) -> tuple[str, str]:
        """Return start and width of a range in a table cell."""
        return self.at(low), f"{(100 - 2 * EDGE) * (self.share(high) - self.share(low)):.2f}%"
