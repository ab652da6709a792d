"""Rows of cells to blocks: which row names the columns, and what stands above it. For workbooks and CSV alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby, zip_longest

from attune.documents.blocks import Block, table

LOOKED_AT = 20  # rows among which the names of the columns are looked for
LONG_NAME = 100  # characters; a name of a column is shorter
NUMBER = re.compile(r"[-+(]?[$€£¥]?\s?\d[\d.,:/ '-]*\s?(?:%|[$€£¥])?\)?")
PERIOD = re.compile(r"(?:19|20)\d\d(?:-[01]\d(?:-[0-3]\d)?)?")

Rows = Sequence[Sequence[str]]


def blocks_of(rows: Rows, page: int | None = None) -> list[Block]:
    """Return a sheet as blocks: what stands above a table as paragraphs, then the table.

    Rows that follow an empty row and begin with new names of columns are a table of their own.

    Args:
        rows: the cells of each row as shown, empty ones as "".
        page: the number of the sheet.
    """
    blocks: list[Block] = []
    for part in _parts(rows):
        header = header_rows(part)
        for row in part[: header.start]:
            cells = (cell for cell, _ in groupby(row) if cell)  # one that spans columns stands in each of them
            blocks.append(Block("paragraph", " ".join(cells), page=page))
        blocks.append(table(part[header.start :], header=len(header), page=page))
    return blocks


def header_rows(rows: Rows) -> range:
    """Guess which rows name the columns: the first that fill over half of them with words, and no two of them alike.

    It takes two rows where cells of the upper one span several columns. Above stand only rows with fewer cells, such
    as a title; below at least one row. An empty range at 0: none.
    """
    none = range(0)
    width = max((sum(map(bool, row)) for row in rows[: LOOKED_AT + 1]), default=0)
    for number, row in enumerate(rows[:LOOKED_AT]):
        filled = [cell for cell in row if cell]
        if len(filled) <= max(1, width // 2) or len(set(filled)) == 1:
            continue
        if not _are_names(filled):
            return none
        for upper, lower in ((row, row), (row, rows[number + 1] if number + 1 < len(rows) else [])):
            pairs = [pair for pair in zip_longest(upper, lower, fillvalue="") if any(pair)]
            end = number + (1 if lower is row else 2)
            if len(set(pairs)) == len(pairs) and end < len(rows) and _are_names([cell for cell in lower if cell]):
                return range(number, end)
        return none
    return none


def _are_names(cells: Sequence[str]) -> bool:
    """Whether cells may name columns: words, or years and dates where there are several of them."""
    numbers = [cell for cell in cells if NUMBER.fullmatch(cell)]
    periods = len(numbers) > 1 and all(map(PERIOD.fullmatch, numbers))
    return (not numbers or periods) and all(len(cell) <= LONG_NAME for cell in cells)


def _parts(rows: Rows) -> list[list[Sequence[str]]]:
    """Cut rows where an empty row stands before names of columns; empty rows go."""
    parts: list[list[Sequence[str]]] = []
    for filled, group in groupby(rows, key=any):
        if not filled:
            continue
        found = list(group)
        if not parts or _names_columns(found, parts[-1]):
            parts.append(found)
        else:
            parts[-1] += found
    return parts


def _names_columns(rows: Rows, before: Rows) -> bool:
    """Whether rows after a gap begin a table: they have a header, and something below it is a number."""
    header = header_rows(rows)
    return bool(header and header_rows(before)) and any(
        NUMBER.fullmatch(cell) for row in rows[header.stop :] for cell in row
    )
