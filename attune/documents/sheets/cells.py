"""The cells of a sheet as text: values as one reads them, merged cells filled, hidden ones left out."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeAlias

from python_calamine import CalamineSheet

from attune.documents.blocks import characters
from attune.documents.sheets.facts import Facts

MOST_CELLS = 20_000_000  # of a sheet as a rectangle: some 2 GiB on the way to text
DIGITS = 15  # that a spreadsheet program shows of a number

Value: TypeAlias = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta


def cells_of(sheet: CalamineSheet, facts: Facts, left_out: Counter[str]) -> list[list[str]]:
    """Return the rows of a sheet; what is hidden is counted in `left_out`."""
    first = sheet.start[1] if sheet.start else 0
    rows = [
        [shown(value, facts.percent.get((row, column))) for column, value in enumerate(cells, start=first)]
        for row, cells in enumerate(sheet.iter_rows())
    ]
    merges = sheet.merged_cell_ranges or []
    _fill([((a, b - first), (c, d - first)) for (a, b), (c, d) in merges], rows)
    if not facts.hidden_rows and not facts.hidden_columns:
        return rows
    kept = []
    for number, cells in enumerate(rows):
        out = number in facts.hidden_rows
        hidden = [cell for column, cell in enumerate(cells, start=first) if out or column in facts.hidden_columns]
        left_out["hidden"] += characters("".join(hidden))
        if not out:
            kept.append([cell for column, cell in enumerate(cells, start=first) if column not in facts.hidden_columns])
    return kept


def shown(value: Value, decimals: int | None = None) -> str:
    """Return a value as it is read: dates in ISO form, numbers without an exponent, `decimals` of a percentage."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return (
            value.date().isoformat() if midnight else value.isoformat(" ", "minutes" if not value.second else "seconds")
        )
    if isinstance(value, datetime.time):
        return value.isoformat("minutes" if not value.second else "seconds")
    if isinstance(value, datetime.timedelta):
        seconds = round(value.total_seconds())
        sign = "-" if seconds < 0 else ""
        hours, rest = divmod(abs(seconds), 3600)
        return f"{sign}{hours}:{rest // 60:02}:{rest % 60:02}"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if decimals is not None:
        return f"{value * 100:.{min(decimals, DIGITS)}f}%"
    digits = f"{value:.{DIGITS}g}"
    return f"{Decimal(digits):f}" if 1e-9 < abs(value) < 1e21 else digits


def _fill(merges: Sequence[tuple[tuple[int, int], tuple[int, int]]], rows: list[list[str]]) -> None:
    """Write what a merged cell says into each cell that it covers; one over the whole width is a title."""
    width = max((sum(map(bool, row)) for row in rows), default=0)
    budget = MOST_CELLS
    for (top, left), (bottom, right) in merges:
        if left < 0 or top >= len(rows) or left >= len(rows[top]) or not rows[top][left]:
            continue
        if right - left + 1 >= max(width, 2) and bottom == top:
            continue
        for row in rows[top : bottom + 1]:
            for column in range(left, min(right + 1, len(row))):
                row[column] = row[column] or rows[top][left]
                budget -= 1
        if budget < 0:
            return
