"""Rows of cells to blocks: which row names the columns, and what stands above it. For workbooks and CSV alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from attune.documents.blocks import Block, table

LOOKED_AT = 20  # rows among which the names of the columns are looked for
LONG_NAME = 100  # characters; a name of a column is shorter
NUMBER = re.compile(r"[-+(]?[$€£¥]?\s?\d[\d.,:/ '-]*\s?(?:%|[$€£¥])?\)?")

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
        header = header_row(part)
        above = part[:header] if header else []
        blocks += [Block("paragraph", " ".join(filter(None, row)), page=page) for row in above]
        if part[len(above) :]:
            blocks.append(table(part[len(above) :], header=int(header is not None), page=page))
    return blocks


def header_row(rows: Rows) -> int | None:
    """Guess which row names the columns: the first one that fills them with different words, none of them a number.

    Above it stand only rows with fewer cells, such as a title; below it at least one row. None: there is none.
    """
    width = max((sum(map(bool, row)) for row in rows[: LOOKED_AT + 1]), default=0)
    for number, row in enumerate(rows[:LOOKED_AT]):
        names = [cell for cell in row if cell]
        if len(names) <= max(1, width // 2):
            continue
        words = all(not NUMBER.fullmatch(name) and len(name) <= LONG_NAME for name in names)
        return number if words and len(set(names)) == len(names) and number + 1 < len(rows) else None
    return None


def _parts(rows: Rows) -> list[list[Sequence[str]]]:
    """Cut rows where an empty row stands before names of columns; empty rows go."""
    parts: list[list[Sequence[str]]] = []
    for filled, group in groupby(rows, key=any):
        if not filled:
            continue
        found = list(group)
        if parts and _names_columns(found, parts[-1]):
            parts.append(found)
        elif parts:
            parts[-1] += found
        else:
            parts.append(found)
    return parts


def _names_columns(rows: Rows, before: Rows) -> bool:
    """Whether rows after a gap begin a table: they have a header, and something in them is a number that it is not."""
    header = header_row(rows)
    if header is None or header_row(before) is None:
        return False
    return any(NUMBER.fullmatch(cell) for row in rows[header + 1 :] for cell in row)
