"""Where each question's right chunk moved to."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from attune.report.sections.moves import moves
from tests.support.report_parts import asked

RANKS = st.none() | st.integers(1, 100)


@given(st.lists(st.tuples(RANKS, RANKS), min_size=1, max_size=30))
def test_moves_count_every_question_once(ranks: list[tuple[int | None, int | None]]) -> None:
    m = moves([asked(*pair) for pair in ranks], 5)
    far = [(before or math.inf, after or math.inf) for before, after in ranks]
    assert m.total == len(ranks) == sum(map(sum, m.table))
    assert m.up == sum(after < before for before, after in far) and m.down == sum(a > b for b, a in far)
    assert m.entered - m.left == sum(after <= 5 for _, after in far) - sum(before <= 5 for before, _ in far)
    assert sum(bar.base for bar in m.bars) == sum(bar.tuned for bar in m.bars) == len(ranks)
    assert max(max(bar.base_share, bar.tuned_share) for bar in m.bars) == 1


def test_moves_stand_in_the_right_bins() -> None:
    m = moves([asked(1, None), asked(3, 1), asked(11, 100), asked(6, 10), asked(None, 5)], 5)
    assert m.bins == ["1", "2–3", "4–5", "6–10", "11–100", ">\u2009100"]
    assert [(r, c) for r, row in enumerate(m.table) for c, n in enumerate(row) if n] == [
        (0, 5),
        (1, 0),
        (3, 3),
        (4, 4),
        (5, 2),
    ]
    assert (m.up, m.same, m.down, m.entered, m.left) == (2, 0, 3, 1, 1)
    assert [(bar.bin, bar.base, bar.tuned) for bar in m.bars][:3] == [("1", 1, 1), ("2", 0, 0), ("3", 1, 0)]
