"""The lines of a page in the order in which one reads them.

Programs draw a page mostly as it is read, column by column, so the order of drawing is kept: sorting by height would
mix columns. Strands are stretches of it that go down the page. Where one is drawn into the midst of another (the marks
of footnotes, the values of a form, the columns of a table), they become one by their heights; one that is drawn after
what stands below it is put before it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from attune.documents.pdf.pages.lines import Run
from attune.documents.pdf.pages.rows import Row

FARTHEST = 3  # sizes of letters; a line that far below goes on no strand
MANY = 8  # strands; so many, of a third of the runs, are no order
ROWS = 5  # of two columns of short texts; fewer may be addresses side by side
LEVEL = 0.1  # em; nearer is the same height, however far two pieces are apart
SHORT = 20  # characters of a cell of a table
NUMBER = re.compile(r"\W*\d[\d\W]*\w{0,3}$")
VALUE = re.compile(rf"{NUMBER.pattern}|\W{{1,3}}$|.*:$")  # also bullets, and labels that end with a colon


@dataclass
class Strand:
    """Rows that go down the page; places as in `Run`."""

    rows: list[Row]

    @property
    def top(self) -> float:
        """Return where its first line stands."""
        return self.rows[0].y

    @property
    def bottom(self) -> float:
        """Return where its last line stands."""
        return self.rows[-1].y

    @property
    def x0(self) -> float:
        """Return where its leftmost line begins."""
        return min(row.x0 for row in self.rows)

    @property
    def x1(self) -> float:
        """Return where its rightmost line ends."""
        return max(row.x1 for row in self.rows)


def in_reading_order(runs: Iterable[Run]) -> list[Strand]:
    """Return the strands of runs of one direction of writing."""
    drawn, placed = list(runs), list[Strand]()
    for strand in _drawn(drawn):
        if host := next((other for other in reversed(placed) if _belongs(strand, other)), None):
            _merge(strand, host)
        else:
            _place(strand, placed)
    if len(placed) < MANY or 3 * len(placed) < len(drawn):
        return placed
    whole = _by_height(drawn)
    return [whole] if 5 * len(whole.rows) <= 2 * len(drawn) else placed


def _by_height(runs: Iterable[Run]) -> Strand:
    """Return all runs by their heights: what is drawn without any order, as a table cell by cell."""
    rows: list[Row] = []
    for run in sorted(runs, key=lambda run: (-run.y, run.x0)):
        if row := next((row for row in reversed(rows[-3:]) if row.takes(run)), None):
            row.add(run)
        else:
            rows.append(Row(run))
    return Strand(rows)


def _drawn(runs: Iterable[Run]) -> list[Strand]:
    strands: list[Strand] = []
    row: Row | None = None
    for run in runs:
        if row is not None and row.takes(run):
            row.add(run)
            continue
        goes_on = row is not None and _is_below(run, row, strands[-1])
        row = Row(run)
        if goes_on:
            strands[-1].rows.append(row)
        else:
            strands.append(Strand([row]))
    return strands


def _is_below(run: Run, row: Row, strand: Strand) -> bool:
    larger = max(run.size, row.size)
    if not 0.25 * larger < row.y - run.y < FARTHEST * larger:
        return False
    above = strand.rows[-3:]
    if len(above) == 3 and all(len(other.runs) == 1 for other in above):
        right = max(other.x1 for other in above)
        if run.x1 > right + FARTHEST * larger and run.x0 < right:  # what goes across, below a column
            return False
    return run.x0 < max(other.x1 for other in above) + larger and run.x1 > min(other.x0 for other in above) - larger


def _belongs(strand: Strand, host: Strand) -> bool:
    """Tell whether a strand was drawn into another: between its lines, or as a column of its table."""
    within = strand.top <= host.top + host.rows[0].size and strand.bottom >= host.bottom - host.rows[-1].size
    if within and 2 * sum(_stands_between(row, host) for row in strand.rows) > len(strand.rows):
        return True
    return _is_column(strand, host)


def _nearest(row: Row, host: Strand) -> tuple[Row | None, Row | None, Row | None]:
    """Return the line of the host on whose height a row stands, and those above and below."""
    place = bisect_left(host.rows, -row.y, key=lambda other: -other.y)
    near = [other for other in host.rows[max(0, place - 1) : place + 1] if abs(other.y - row.y) < 0.45 * other.size]
    same = min(near, key=lambda other: abs(other.y - row.y), default=None)
    above = [other for other in host.rows[max(0, place - 2) : place] if other is not same]
    below = [other for other in host.rows[place : place + 2] if other is not same]
    return same, above[-1] if above else None, below[0] if below else None


def _stands_between(row: Row, host: Strand) -> bool:
    same, above, below = _nearest(row, host)
    if same is not None:
        if not all(same.takes(run) for run in row.runs):
            return False
        if same.x0 < row.x0 and row.x1 < same.x1:
            return True
    near = [other for other in (above, below) if other is not None and abs(other.y - row.y) < FARTHEST * other.size]
    return len(near) == 2 and all(other.x0 < row.x1 and row.x0 < other.x1 for other in near)


def _is_column(strand: Strand, host: Strand) -> bool:
    """Tell whether two strands side by side are columns of one table: on the same heights, and short in one of them."""
    pairs = [(row, _nearest(row, host)[0]) for row in strand.rows]
    level = [(row, same) for row, same in pairs if same is not None]
    many = 5 * len(level) >= 3 * min(len(strand.rows), len(host.rows))
    if not level or not many or not all(same.takes(run) for row, same in level for run in row.runs):
        return False
    row, same = level[0]
    ends = len(strand.rows) == 1 and row.x0 > same.x1 and abs(row.y - same.y) < LEVEL * same.size
    if ends and all(NUMBER.match(run.text.strip()) for run in row.runs):
        return True  # amounts that end a line, however far from it: an invoice that was drawn cell by cell
    if len(strand.rows) == 1 or len(host.rows) == 1:  # one value or mark: it belongs to what stands close behind it
        apart = max(max(level[0][0].x0, level[0][1].x0) - min(level[0][0].x1, level[0][1].x1), 0)
        left = min(level[0], key=lambda row: row.x0)
        if apart > 4 * left.size or not VALUE.match("".join(run.text for run in left.runs).strip()):
            return False
    sides = [["".join(run.text for run in pair[side].runs).strip() for pair in level] for side in (0, 1)]
    short = [texts for texts in sides if median(map(len, texts)) <= SHORT]
    if len(short) == 2 and len(level) == len(strand.rows) == len(host.rows) >= ROWS:
        return True
    return any(5 * sum(bool(VALUE.match(text)) for text in texts) >= 3 * len(texts) for texts in short)


def _merge(strand: Strand, host: Strand) -> None:
    for row in strand.rows:
        same = _nearest(row, host)[0]
        if same is not None and all(same.takes(run) for run in row.runs):
            for run in row.runs:
                same.add(run)
        else:
            host.rows.insert(bisect_left(host.rows, -row.y, key=lambda other: -other.y), row)


def _place(strand: Strand, placed: list[Strand]) -> None:
    """Put a strand before the first one that stands below it in its column, else at the end."""
    for number, other in enumerate(placed):
        overlap = min(strand.x1, other.x1) - max(strand.x0, other.x0)
        if strand.bottom >= other.top + 0.2 * other.rows[0].size and overlap > 0.3 * min(
            strand.x1 - strand.x0, other.x1 - other.x0
        ):
            placed.insert(number, strand)
            return
    placed.append(strand)
