"""Tables of queries as people and tools write them: judgements, clicks, or queries alone; and plain lists."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from attune.core.errors import UserError, listed
from attune.people.queries.rows import NOTHING, Row, Target
from attune.people.spreadsheet import Cells, pages_of, read_columns, read_text

NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)")
COLUMNS = {  # what tools call each column; the first name is ours
    "query": ("query", "question", "user_query"),
    "document": ("document", "file", "docid", "url"),
    "page": ("page",),
    "section": ("section", "heading"),
    "quote": ("quote",),
    "grade": ("grade", "rating"),
    "clicks": ("clicks",),
    "client": ("client", "client_id", "session_id"),
}
EXPECTED = "the column 'query' and, where they are known, " + ", ".join(list(COLUMNS)[1:])
SHOWN = 5


def queries_in_lines(path: Path) -> Iterator[Row]:
    """Yield the queries of a text file, one a line.

    Raises:
        UserError: it cannot be opened, or is not UTF-8.
    """
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        yield Row(line, f"{path}:{number}")


def rows_of_table(path: Path, rows: Iterator[tuple[str, Cells]]) -> Iterator[Row]:
    """Yield the rows of a table.

    A row with a grade is a judgement, and one with clicks was opened. Where there is no such column a row is a
    judgement as well, of grade 1, and so is one without clicks that names a place in the document. Of a row with an
    empty grade, or without clicks, the query counts alone.

    Raises:
        UserError: there is no column of queries, two of one kind, or a cell is not what its column needs.
    """
    names: dict[str, str] = {}
    for place, (where, cells) in enumerate(rows):
        names = names if place else _columns(path, where, cells)
        yield _row(where, {column: cells[name] for column, name in names.items()})


def table(path: Path) -> Iterator[tuple[str, Cells]]:
    """Yield the cells of each row by the names of their columns in lower case; see `read_columns`."""
    return read_columns(path, EXPECTED)


def _columns(path: Path, where: str, cells: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column, known in COLUMNS.items():
        there = [name for name in known if name in cells]
        if len(there) > 1 and column != "client":
            raise UserError(f"{path}: the columns '{there[0]}' and '{there[1]}' mean the same; leave one of them out")
        if there:
            found[column] = there[0]
    unread = [name for name in cells if name and not any(name in known for known in COLUMNS.values())]
    if "query" not in found:
        raise UserError(f"{path}: no column 'query', but {listed(list(cells), SHOWN)}; expected {EXPECTED}")
    if unread:
        print(f"warning: {path}: not read: the columns {listed(unread, SHOWN)}; expected {EXPECTED}", file=sys.stderr)
    return found


def _row(where: str, cells: Mapping[str, str]) -> Row:
    pages = pages_of(where, cells.get("page", ""))
    target = Target(cells.get("document", ""), pages, cells.get("section", ""), cells.get("quote", ""))
    if target != NOTHING and not target.document and not target.quote:
        raise UserError(f"{where}: a page or a section, but no document; expected the document that it is in")
    grade, clicks = _number(where, "grade", cells), _number(where, "clicks", cells)
    has_place = bool(target.pages or target.section or target.quote)
    if "grade" not in cells and ("clicks" not in cells or (clicks is None and has_place)):
        grade = 1.0  # whoever wrote the row says that it answers
    if clicks is not None and clicks < 0:
        raise UserError(f"{where}: {clicks:g} clicks; expected 0 or more")
    return Row(cells["query"], where, target, grade, clicks or 0.0, cells.get("client", ""))


def _number(where: str, column: str, cells: Mapping[str, str]) -> float | None:
    text = cells.get(column, "")
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        raise UserError(f"{where}: the cell '{column}' is '{text}'; expected a number, above 0 where it answers")
    return float(text.replace(",", "."))
