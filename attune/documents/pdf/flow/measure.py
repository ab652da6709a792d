"""How wide a full line is, and how far lines stand apart, where a line stands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from attune.documents.pdf.pages.lines import Line

FEW = 4  # lines of a column; so few take their width from the document as well
SHARE = 0.6  # of the document's width, which they take at least
SINGLE = 1.2  # sizes of letters; the usual distance of lines


def usual_width(widths: Sequence[float]) -> float:
    """Return the width of a full line: nine of ten are not wider; 0 where there is none."""
    return sorted(widths)[len(widths) * 9 // 10] if widths else 0.0


def leading(lines: Sequence[Line]) -> float:
    """Return the usual distance of lines below each other, in points."""
    steps = [a.y - b.y for a, b in pairwise(lines) if 0 < a.y - b.y < 3 * a.size]
    return median(steps) if steps else SINGLE * max((line.size for line in lines), default=0.0)


def widths(lines: Sequence[Line], whole: float) -> list[float]:
    """Return how wide a full line is where each line stands: in its column, or in its text between two tables.

    Args:
        lines: of a page, in reading order.
        whole: the width of a full line of the document, in points.
    """
    found: list[float] = []
    column: list[Line] = []
    for line, after in zip(lines, [*lines[1:], None], strict=True):
        column.append(line)
        if after is None or after.y > line.y or after.x0 > line.x1 or after.x1 < line.x0 or after.turn != line.turn:
            least = SHARE * whole if len(column) < FEW else 0.0
            apart = max(one.x0 for one in column) > min(one.x1 for one in column)  # as two columns around a figure are
            right = _right(column)
            for one in column:
                beside = [other for other in column if other.x0 < one.x1 and one.x0 < other.x1] if apart else column
                found.append(max((_right(beside) if apart else right) - one.x0, least))
            column = []
    return found


def _right(lines: Sequence[Line]) -> float:
    """Return where full lines end."""
    return usual_width([one.x1 for one in lines if len(one.cells) == 1] or [one.x1 for one in lines])
