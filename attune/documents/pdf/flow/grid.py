"""The lines of a table to rows and columns: what stands in one column, what goes on in the next line, and names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from attune.documents.blocks import Block, table
from attune.documents.pdf.flow import seams
from attune.documents.pdf.flow.tables import right_of_first
from attune.documents.pdf.pages.lines import Cell, Line

NEAR = 1.2  # of the least distance of two lines of a table; only such a line goes on with the one above
MOST_NAMES = 5  # rows
NUMBER = re.compile(r"\d[\d.,]*")
WORD = re.compile(r"[^\W\d_]{2}")
NAME = re.compile(r"[^\W\d_]{3}")
YEAR = re.compile(r"(?:19|20)\d\d$")
DAY = re.compile(r"[0-3]?\d,?$")
Columns = Sequence[tuple[float, float]]  # where each begins and ends, in points


def as_block(lines: Sequence[Line], names: Sequence[bool], words: Counter[str]) -> Block:
    """Return a table.

    Args:
        lines: of the table.
        names: does the file call a line names of columns?
        words: how often the document has each word, to join those broken at the end of a line.
    """
    columns = _columns(lines)
    rows = [_in_columns(line.cells, columns) if columns else [cell.text for cell in line.cells] for line in lines]
    header = next((n for n, name in enumerate(names) if not name), 0) or _header(lines)
    return table(_whole(rows, lines, header, words), header, lines[0].page)


def _columns(lines: Sequence[Line]) -> Columns:
    """Return the columns by the rows with most cells; nothing where each cell has its own, or where they contradict."""
    counts = sorted(len(line.cells) for line in lines)
    if counts[0] == counts[-1]:
        return []
    most = max(2, counts[-1 - len(lines) // 5])
    columns: list[tuple[float, float]] = []
    for x0, x1 in sorted((cell.x0, cell.x1) for line in lines if len(line.cells) >= most for cell in line.cells):
        if columns and x0 < columns[-1][1] - 1:
            columns[-1] = columns[-1][0], max(columns[-1][1], x1)
        else:
            columns.append((x0, x1))
    return columns if len(columns) >= most else []


def _in_columns(cells: Sequence[Cell], columns: Columns) -> list[str]:
    """Return the cells of a row column by column; a cell over several columns stands in the first of them."""
    row = [""] * len(columns)
    least = 0
    for cell in cells:
        half = (cell.x1 - cell.x0) / 2
        gaps = [max(x0 - cell.x1, cell.x0 - x1, -half) for x0, x1 in columns]
        place = max(gaps.index(min(gaps)), least)
        row[place] = f"{row[place]} {cell.text}".strip()
        least = min(place + 1, len(columns) - 1)
    return row


def _whole(rows: list[list[str]], lines: Sequence[Line], header: int, words: Counter[str]) -> list[list[str]]:
    """Return the rows with those put together of which a cell goes on in the next line."""
    steps = [above.y - below.y for above, below in pairwise(lines)]
    whole = rows[:1]
    for number in range(1, len(rows)):
        above, below = whole[-1], rows[number]
        if number > header and steps[number - 1] <= NEAR * min(steps) and _goes_on(above, below):
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
        return all(n < len(above) and WORD.search(above[n]) and WORD.search(below[n]) for n in filled)
    label = [n for n, text in enumerate(above) if text] == [0] and above[0][-1] not in ":.;"
    return bool(below[0][:1].islower() and (label or filled == [0]) and WORD.search(above[0]))


def _header(lines: Sequence[Line]) -> int:
    """Return how many rows name the columns: those above the first with a number, or the first if it alone is bold."""
    edge = right_of_first(lines)
    header = 0
    for line in lines[:MOST_NAMES]:
        cells = line.cells if line.x0 > edge else line.cells[1:]
        if not cells or not all(map(_is_name, cells)):
            break
        header += 1
    if 0 < header < min(len(lines), MOST_NAMES):
        return header
    return int(lines[0].bold and not any(line.bold for line in lines[1:]))


def _is_name(cell: Cell) -> bool:
    """Tell whether a cell may name a column: it has no numbers, or those of years and days only."""
    numbers = NUMBER.findall(cell.text)
    days = NAME.search(cell.text) is not None
    return all(YEAR.match(number) or (days and DAY.match(number)) for number in numbers)
