"""Line charts: the geometry that a template turns into SVG.

The view box is 360 by 210, as wide as a phone, so that text stays readable where the chart scales with the page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from attune.report.style.axis import Axis
from attune.report.style.numbers import amount, axis_label

LEFT, RIGHT, TOP, BOTTOM = 46, 350, 10, 170  # of the area that the lines are drawn in
MOST_POINTS = 400  # of a line; more are not told apart, and only make the file larger


@dataclass(frozen=True)
class Series:
    """A line to be drawn."""

    name: str
    css: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Tick:
    """A tick of a chart: its place in the view box and its label."""

    at: float
    label: str


@dataclass(frozen=True)
class Line:
    """A line in the view box, with its last point."""

    name: str
    css: str
    points: str
    end_x: float
    end_y: float


@dataclass(frozen=True)
class LineChart:
    """Lines over a common axis."""

    id: str
    title: str
    description: str
    x_label: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    lines: list[Line]

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Name and class of each line."""
        return [(line.name, line.css) for line in self.lines]


def line_chart(id: str, title: str, x_label: str, series: Sequence[Series], measure: str) -> LineChart:
    """Return a chart of one or more lines of a measure, which tells how its values are written."""
    xs = [x for line in series for x, _ in line.points]
    across = Axis(min(xs), max(xs) if max(xs) > min(xs) else min(xs) + 1, ())
    up = Axis.around([y for line in series for _, y in line.points])
    told = (
        f"{s.name}: {amount(measure, s.points[0][1])} at {_label(s.points[0][0])}, "
        f"{amount(measure, s.points[-1][1])} at {_label(s.points[-1][0])}"
        for s in series
    )

    def place(x: float, y: float) -> tuple[float, float]:
        return round(LEFT + (RIGHT - LEFT) * across.share(x), 1), round(BOTTOM - (BOTTOM - TOP) * up.share(y), 1)

    lines = []
    for s in series:
        places = [place(x, y) for x, y in thinned(s.points)]
        lines.append(Line(s.name, s.css, " ".join(f"{x:g},{y:g}" for x, y in places), *places[-1]))
    return LineChart(
        id,
        title,
        f"{title} over {x_label}. " + "; ".join(told) + ".",
        x_label,
        [Tick(place(x, up.low)[0], _label(x)) for x in _ticks(xs, across)],
        [Tick(place(across.low, y)[1], axis_label(measure, y)) for y in up.ticks],
        lines,
    )


def thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return at most `MOST_POINTS` points: means of neighbours, and the last point as it is."""
    size = math.ceil(len(points) / (MOST_POINTS - 1))
    if size <= 1:
        return list(points)
    groups = [points[start : start + size] for start in range(0, len(points), size)]
    means = [(sum(x for x, _ in group) / len(group), sum(y for _, y in group) / len(group)) for group in groups]
    return [*means, points[-1]]


def running_mean(points: Sequence[tuple[float, float]], width: int) -> list[tuple[float, float]]:
    """Return the mean of each point and up to `width // 2` neighbours on either side."""
    half = width // 2
    around = [points[max(0, place - half) : place + half + 1] for place in range(len(points))]
    return [(x, sum(y for _, y in near) / len(near)) for (x, _), near in zip(points, around, strict=True)]


def _ticks(xs: Sequence[float], across: Axis) -> list[float]:
    """Return round numbers over an axis; both ends and whole numbers that do not crowd these, where all points are."""
    low, high = across.low, across.high
    round_ticks = Axis.around([low, high], intervals=5).ticks
    if any(x != round(x) for x in xs):
        return [x for x in round_ticks if low <= x <= high]
    step = max(1, math.ceil(round_ticks[1] - round_ticks[0]))
    between = range(math.ceil(low / step) * step, math.floor(high) + 1, step)
    return [low, *(float(x) for x in between if min(x - low, high - x) >= step / 2), high]


def _label(x: float) -> str:
    return f"{x:,.0f}" if x == round(x) else f"{x:g}"
