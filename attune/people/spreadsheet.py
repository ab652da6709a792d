"""Tables as people and spreadsheet programs write them: the columns in any order, with any of the usual separators."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from attune.core.errors import UserError
from attune.core.records import Pages

SEPARATORS = ",;\t"
PAGES = re.compile(r"(\d{1,6})(?:\.0)?(?:\s*[-–—]\s*(\d{1,6}))?")  # pandas writes 3.0 where other cells are empty
Cells = dict[str, str]


def read_table(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> Iterator[tuple[str, Cells]]:
    """Yield, for each row that is not blank, where it stands ("path:line") and its cells by column, stripped.

    A column that is missing, or a cell at the end of a row, counts as empty.

    Raises:
        UserError: the file cannot be opened, is no UTF-8 text, has another header, or a row does not fit to it.
    """
    expected = _listed(required, optional)
    yield from _rows(path, expected, lambda where, cells: _header(where, cells, required, optional))


def read_columns(path: Path, expected: str) -> Iterator[tuple[str, Cells]]:
    """Yield the same of a table with whatever columns, by their names in lower case; `expected` tells of them.

    Raises:
        UserError: as for `read_table`, but any column may be there, or missing.
    """
    yield from _rows(path, expected, _distinct)


def pages_of(where: str, cell: str) -> Pages | None:
    """Return the pages that a cell names; None where it is empty.

    Raises:
        UserError: it names none.
    """
    if not cell:
        return None
    found = PAGES.fullmatch(cell)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= first <= last:
        raise UserError(
            f"{where}: the page is '{cell}'; expected a number from 1 such as 3, or a range such as 3-4 "
            "(a spreadsheet program may take a range for a date: give the column the format 'text')"
        )
    return first, last


def read_text(path: Path) -> str:
    """Return the text of a file that people wrote or exported, without a byte order mark.

    Raises:
        UserError: it cannot be opened, or is not UTF-8.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be opened ({error.strerror})") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{path}:{line}: byte 0x{data[error.start]:02x} is not UTF-8; save it as UTF-8 "
            "(spreadsheet programs call this 'CSV UTF-8'), or convert it with `iconv -f WINDOWS-1252 -t UTF-8`"
        ) from None


def _rows(path: Path, expected: str, named: Callable[[str, list[str]], list[str]]) -> Iterator[tuple[str, Cells]]:
    lines = io.StringIO(read_text(path), newline="")
    separator = max(SEPARATORS, key=lines.readline().count)
    lines.seek(0)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    header: list[str] = []
    line = 1
    try:
        for cells in reader:
            where, line = f"{path}:{line}", reader.line_num + 1
            cells = [cell.strip() for cell in cells]
            if not header:
                header = named(where, cells)
            elif any(cells):
                yield where, _row(where, header, cells, separator)
    except csv.Error as error:
        raise UserError(
            f"{path}:{line}: {error}; a cell that holds quotes or line breaks stands in quotes, its own quotes doubled"
        ) from None
    if not header:
        raise UserError(f"{path} is empty; expected a line with {expected}, and the rows below it")


def _header(where: str, cells: list[str], required: Sequence[str], optional: Sequence[str]) -> list[str]:
    known = [*required, *optional]
    names = _names(where, cells)
    for name in names:
        if name not in known or names.count(name) > 1:
            close = difflib.get_close_matches(name, known, n=1)
            problem = "stands there twice" if name in known else "is unknown"
            if close and name not in known:
                problem += f"; did you mean '{close[0]}'?"
            raise UserError(f"{where}: the column '{name}' {problem} (expected {_listed(required, optional)})")
    if missing := [name for name in required if name not in names]:
        raise UserError(f"{where}: no column '{missing[0]}' (expected {_listed(required, optional)})")
    return names


def _names(where: str, cells: list[str]) -> list[str]:
    names = [cell.casefold() for cell in cells]
    while names and not names[-1]:  # spreadsheet programs save empty columns too
        names.pop()
    return names


def _distinct(where: str, cells: list[str]) -> list[str]:
    names = _names(where, cells)
    for name in names:
        if name and names.count(name) > 1:
            raise UserError(f"{where}: the column '{name}' stands there twice; expected one of each")
    return names


def _row(where: str, header: list[str], cells: list[str], separator: str) -> Cells:
    if any(cells[len(header) :]):
        raise UserError(
            f"{where}: {len(cells)} cells; expected {len(header)} ({', '.join(header)}); "
            f"put a cell that holds {separator!r} in double quotes"
        )
    return dict.fromkeys(header, "") | dict(zip(header, cells, strict=False))


def _listed(required: Sequence[str], optional: Sequence[str]) -> str:
    return ", ".join([*required, *(f"{name} (optional)" for name in optional)])
