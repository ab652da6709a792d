"""Columns of prose that were drawn row by row: told from a table by lines that fill both sides of one gutter."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from attune.documents.pdf.pages.lines import Line

FEWEST = 4  # lines beside each other
PROSE = 25  # characters of the usual line of a column


def column_by_column(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of a strand with each column read to its end; a line across the gutter ends those above."""
    gutter = _gutter(lines)
    if gutter is None:
        return list(lines)
    read: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in lines:
        before = [cell for cell in line.cells if cell.x1 <= gutter]
        after = [cell for cell in line.cells if cell.x0 >= gutter]
        if len(before) + len(after) < len(line.cells):  # it goes across
            read += [*column_by_column(left), *column_by_column(right), line]
            left, right = [], []
            continue
        if before:
            left.append(line.of(before))
        if after:
            right.append(line.of(after))
    return [*read, *column_by_column(left), *column_by_column(right)]


def _gutter(lines: Sequence[Line]) -> float | None:
    """Return the middle of the gap that most of the lines have in common, if both sides of it are prose."""
    divided = [line for line in lines if len(line.cells) > 1]
    if len(divided) < FEWEST or 2 * len(divided) < len(lines):
        return None
    gaps = [(a.x1, b.x0) for line in divided for a, b in zip(line.cells, line.cells[1:], strict=False)]
    for start, end in sorted(gaps, key=lambda gap: gap[0] - gap[1])[: len(gaps) // 2 + 1]:
        middle = (start + end) / 2
        sides = [
            ([c for c in line.cells if c.x1 <= middle], [c for c in line.cells if c.x0 >= middle]) for line in divided
        ]
        whole = [
            (left, right)
            for (left, right), line in zip(sides, divided, strict=True)
            if left and right and len(left) + len(right) == len(line.cells)
        ]
        if len(whole) >= max(FEWEST, 0.7 * len(divided)) and all(
            _is_prose(
                [" ".join(c.text for c in side) for side in column],
                [side[0].x0 for side in column],
                [side[-1].x1 for side in column],
            )
            for column in zip(*whole, strict=True)
        ):
            return middle
    return None


def _is_prose(texts: Sequence[str], starts: Sequence[float], ends: Sequence[float]) -> bool:
    """Tell whether lines fill their column and begin below each other."""
    if median(map(len, texts)) < PROSE:
        return False
    width = max(ends) - min(starts)
    full = sum(end > max(ends) - 0.2 * width for end in ends)
    flush = sum(start < min(starts) + 0.1 * width for start in starts)
    letters = sum(sum(map(str.isalpha, text)) for text in texts)
    return 2 * full > len(texts) and 2 * flush > len(texts) and 2 * letters > sum(map(len, texts))
