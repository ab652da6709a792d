"""Which lines of a page are tables: those whose cells stand below each other, as far as a page tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attune.documents.pdf.pages.lines import Line

FARTHEST = 3.2  # sizes of letters between rows
ALIGNED = 0.6  # em; so near cells begin or end below each other
NEIGHBOURS = 4  # rows above and below that a row is compared with
LONGEST = 90  # characters of a row of one cell; what is longer is prose
BETWEEN = 2  # rows of one cell between two others
NAMES = 0.3  # of the width of a table: what begins farther to the right and stands above it names columns


def parted(lines: Sequence[Line]) -> Iterator[tuple[bool, Sequence[Line]]]:
    """Yield the lines of a page, those of a table together with True, all others with False."""
    start = number = 0
    while number < len(lines):
        end = _end(lines, number)
        if len(lines[number].cells) > 1 and _is_table(lines[number:end]):
            first = _first(lines, start, number, end)
            if start < first:
                yield False, lines[start:first]
            yield True, lines[first:end]
            start = number = end
        else:
            number += 1
    if start < len(lines):
        yield False, lines[start:]


def _end(lines: Sequence[Line], start: int) -> int:
    """Return where the rows that begin at a line end; a row of one cell belongs to them if more rows follow."""
    end = place = start + 1
    left, right = lines[start].x0, lines[start].x1
    while place < len(lines) and _is_near(lines[place - 1], lines[place]):
        line = lines[place]
        if len(line.cells) > 1:
            if line.x0 > right or line.x1 < left:
                break
            end = place + 1
            left, right = min(left, line.x0), max(right, line.x1)
        elif place - end >= BETWEEN or _is_prose(line, left, right):
            break
        place += 1
    return end


def _is_near(above: Line, below: Line) -> bool:
    return above.turn == below.turn and 0 < above.y - below.y < FARTHEST * max(above.size, below.size)


def _is_prose(line: Line, left: float, right: float) -> bool:
    wide = line.x1 - line.x0 > 0.75 * (right - left)
    return wide or len(line.text) > LONGEST or line.x0 < left - 2 * line.size


def _first(lines: Sequence[Line], start: int, first: int, end: int) -> int:
    """Return where a table begins: a line above it that stands over its columns, and not over the first, names them."""
    edge = right_of_first(lines[first:end])
    while first > start and _is_near(lines[first - 1], lines[first]) and lines[first - 1].x0 > edge:
        first -= 1
    return first


def right_of_first(lines: Sequence[Line]) -> float:
    """Return a place that only what stands over the columns after the first begins to the right of."""
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    return left + NAMES * (right - left)


def _is_table(lines: Sequence[Line]) -> bool:
    rows = [line for line in lines if len(line.cells) > 1]
    if len(rows) < 2:
        return False
    near = [rows[max(0, n - NEIGHBOURS) : n] + rows[n + 1 : n + 1 + NEIGHBOURS] for n in range(len(rows))]
    aligned = sum(_is_aligned(row, others) for row, others in zip(rows, near, strict=True))
    starts = [row.x0 for row in rows]
    same = len({len(row.cells) for row in rows}) == 1 and max(starts) - min(starts) < rows[0].size
    return 5 * aligned >= 3 * len(rows) or (same and len(rows) > 2)


def _is_aligned(row: Line, others: Sequence[Line]) -> bool:
    """Tell whether a cell after the first begins, ends or has its middle below one of another row."""
    near = ALIGNED * row.size
    return any(
        abs(a.x0 - b.x0) < near or abs(a.x1 - b.x1) < near or abs(a.x0 + a.x1 - b.x0 - b.x1) < near
        for a in row.cells[1:]
        for other in others
        for b in other.cells[1:]
    )
