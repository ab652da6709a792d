"""Tables: lines whose cells stand below each other. Where a page shows no more than that, which lines are one is a guess."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from attune.documents.blocks import Block, table
from attune.documents.pdf.flow import seams
from attune.documents.pdf.pages.rows import Cell, Line

FARTHEST = 3.2  # sizes of letters between rows
ALIGNED = 0.6  # em; so near cells begin or end below each other
NUMBER = re.compile(r"\d")
WORDS = re.compile(r"[^\W\d_]{2}")
YEAR = re.compile(r"\W*(?:(?:fy|q[1-4]|h[12])\W*)?(?:19|20)\d\d\W*$", re.I)
DATE = re.compile(r"(?:\d{1,2}\W+)?[^\W\d]{3,9}\.?\W*\d{1,2}\W*(?:(?:19|20)\d\d)?\W*$")
MOST_HEADERS = 4


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
    end = start + 1
    place = end
    left, right = lines[start].x0, lines[start].x1
    while place < len(lines) and _is_near(lines[place - 1], lines[place]):
        line = lines[place]
        if len(line.cells) > 1:
            if line.x0 > right or line.x1 < left:
                break
            end = place + 1
            left, right = min(left, line.x0), max(right, line.x1)
        elif place - end >= 2 or _is_prose(line, left, right):
            break
        place += 1
    return end


def _is_near(above: Line, below: Line) -> bool:
    return above.turn == below.turn and 0 < above.y - below.y < FARTHEST * max(above.size, below.size)


def _is_prose(line: Line, left: float, right: float) -> bool:
    return line.x1 - line.x0 > 0.75 * (right - left) or len(line.text) > 90 or line.x0 < left - 2 * line.size


def _first(lines: Sequence[Line], start: int, first: int, end: int) -> int:
    """Return where a table begins: a line above it that stands over its columns, and not over the first, names them."""
    left, right = min(line.x0 for line in lines[first:end]), max(line.x1 for line in lines[first:end])
    edge = left + 0.3 * (right - left)
    while first > start and _is_near(lines[first - 1], lines[first]) and lines[first - 1].x0 > edge:
        first -= 1
    return first


def _is_table(lines: Sequence[Line]) -> bool:
    rows = [line for line in lines if len(line.cells) > 1]
    if len(rows) < 2:
        return False
    aligned = sum(_is_aligned(row, [other for other in rows if other is not row]) for row in rows)
    same = len({len(row.cells) for row in rows}) == 1 and max(row.x0 for row in rows) - min(row.x0 for row in rows) < rows[0].size
    return 5 * aligned >= 3 * len(rows) or (same and len(rows) >= 3)


def _is_aligned(row: Line, others: Sequence[Line]) -> bool:
    """Tell whether a cell after the first begins, ends or has its middle below one of another row."""
    near = ALIGNED * row.size
    return any(
        abs(a.x0 - b.x0) < near or abs(a.x1 - b.x1) < near or abs(a.x0 + a.x1 - b.x0 - b.x1) < near
        for a in row.cells[1:]
        for other in others
        for b in other.cells[1:]
    )


def as_block(lines: Sequence[Line], names: Sequence[bool], words: Counter[str]) -> Block:
    """Return a table.

    Args:
        lines: of the table.
        names: does the file call a line names of columns?
        words: how often the document has each word, to join those broken at the end of a line.
    """
    columns = _columns(lines)
    rows = [_in_columns(line.cells, columns) for line in lines] if columns else [[c.text for c in line.cells] for line in lines]
    header = next((n for n, name in enumerate(names) if not name), 0) or _header(lines)
    return table(_whole(rows, lines, header, words), header, lines[0].page)


def _whole(rows: list[list[str]], lines: Sequence[Line], header: int, words: Counter[str]) -> list[list[str]]:
    """Return the rows with those put together of which a cell goes on in the next line."""
    steps = [above.y - below.y for above, below in pairwise(lines)]
    near = 1.2 * min(steps, default=0)
    whole = rows[:1]
    for number in range(1, len(rows)):
        above, below = whole[-1], rows[number]
        if number > header and steps[number - 1] <= near and _goes_on(above, below):
            width = max(len(above), len(below))
            pairs = zip(above + [""] * (width - len(above)), below + [""] * (width - len(below)), strict=True)
            whole[-1] = [seams.joined(a, b, words) if a and b else a or b for a, b in pairs]
        else:
            whole.append(below)
    return whole


def _goes_on(above: Sequence[str], below: Sequence[str]) -> bool:
    """Tell whether a line of a table goes on with the cells of the one above."""
    filled = [n for n, text in enumerate(below) if text]
    if filled and filled[0] > 0 and above[0]:  # words below words, and nothing at the left
        return all(n < len(above) and WORDS.search(above[n]) and WORDS.search(below[n]) for n in filled)
    label = [n for n, text in enumerate(above) if text] == [0] and above[0][-1:] not in ":.;"
    return bool(below[:1] and below[0][:1].islower() and (label or filled == [0]) and WORDS.search(above[0]))


def _columns(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Return where each column begins and ends, by the rows that have most cells; nothing where they contradict."""
    if len({len(line.cells) for line in lines if len(line.cells) > 1}) == 1 and all(len(line.cells) > 1 for line in lines):
        return []  # each cell has its column
    most = sorted(len(line.cells) for line in lines)[-1 - len(lines) // 5]
    full = [line for line in lines if len(line.cells) >= max(2, most)]
    columns: list[tuple[float, float]] = []
    for x0, x1 in sorted((cell.x0, cell.x1) for line in full for cell in line.cells):
        if columns and x0 < columns[-1][1] - 1:
            columns[-1] = columns[-1][0], max(columns[-1][1], x1)
        else:
            columns.append((x0, x1))
    return columns if len(columns) >= most else []


def _in_columns(cells: Sequence[Cell], columns: Sequence[tuple[float, float]]) -> list[str]:
    """Return the cells of a row column by column; a cell over several columns stands in the first of them."""
    row = [""] * len(columns)
    least = 0
    for cell in cells:
        gaps = [max(x0 - cell.x1, cell.x0 - x1) for x0, x1 in columns]
        place = min(range(len(columns)), key=lambda n: (max(gaps[n], -0.5 * (cell.x1 - cell.x0)), n))
        place = max(place, least)
        row[place] = f"{row[place]} {cell.text}".strip()
        least = min(place + 1, len(columns) - 1) if cell.x0 >= columns[place][0] else place
    return row


def _header(lines: Sequence[Line]) -> int:
    """Return how many rows name the columns: those above the first with a number, or the first if it alone is bold."""
    header = 0
    for line in lines[:MOST_HEADERS]:
        beside_first = line.cells if line.x0 > lines[-1].cells[0].x1 else line.cells[1:]
        if any(NUMBER.search(cell.text) and not YEAR.match(cell.text) and not DATE.match(cell.text) for cell in beside_first):
            break
        if not beside_first and header:
            break
        header += 1
    else:
        header = 0
    if 0 < header < len(lines):
        while header > 1 and len(lines[header - 1].cells) == 1 and lines[header - 1].x0 <= lines[header].x0 + 1:
            header -= 1  # a row of one cell at the left begins a part of the table
        return header
    bold = [line.bold for line in lines]
    return 1 if bold[0] and not any(bold[1:]) else 0
