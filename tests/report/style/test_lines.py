"""Lines are drawn where their values are, and long ones are thinned."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attune.report.style.lines import MOST_POINTS, Series, line_chart, running_mean, thinned


def test_line_is_drawn_where_its_values_are() -> None:
    chart = line_chart("id", "Title", "k", [Series("a", "s-0", [(1, 0.0), (2, 0.5), (3, 1.0)])], "hit_rate@k")
    assert chart.lines[0].points == "46,170 198,90 350,10"
    assert [tick.label for tick in chart.x_ticks] == ["1", "2", "3"]
    assert chart.description == "Title over k. a: 0.0\u202f% at 1, 100.0\u202f% at 3."


def test_ticks_are_whole_numbers_unless_points_lie_between() -> None:
    weights = line_chart("id", "T", "w", [Series("a", "s-0", [(0, 0.1), (0.3, 0.2), (1, 0.5)])], "ndcg@k")
    assert [tick.label for tick in weights.x_ticks] == ["0", "0.2", "0.4", "0.6", "0.8", "1"]
    assert [tick.at for tick in weights.x_ticks] == [46, 106.8, 167.6, 228.4, 289.2, 350]
    assert weights.description == "T over w. a: 0.100 at 0, 0.500 at 1."
    epochs = line_chart("id", "T", "epoch", [Series("a", "s-0", [(0, 0.1), (1, 0.5)])], "ndcg@k")
    assert [tick.label for tick in epochs.x_ticks] == ["0", "1"]


@given(st.integers(1, 3 * MOST_POINTS))
def test_long_lines_are_thinned_and_keep_their_end(count: int) -> None:
    points = [(float(i), float(i % 7)) for i in range(count)]
    short = thinned(points)
    assert len(short) <= MOST_POINTS and short[-1] == points[-1]
    assert short == points or len(points) >= MOST_POINTS


def test_running_mean_is_the_mean_of_neighbours() -> None:
    assert running_mean([(1, 1.0), (2, 4.0), (3, 7.0), (4, 0.0)], 3) == [(1, 2.5), (2, 4.0), (3, 11 / 3), (4, 3.5)]
    assert running_mean([(1, 1.0)], 1) == [(1, 1.0)]
