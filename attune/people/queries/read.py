"""All that lies in data/queries, whatever form it has; data/queries/README.md is the format."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from attune.core.errors import UserError, listed
from attune.people.queries.rows import Log, Row, Target
from attune.people.queries.tables import queries_in_lines, rows_of_table, table
from attune.people.queries.ubi import Fields, Ubi, is_ubi, unwrapped, value
from attune.people.spreadsheet import read_text

FORMAT = "README.md"
UBI_TABLES = {"action_name", "query_id"}  # columns that a table of queries with answers does not have
SHOWN = 5


def read_log(folder: Path) -> Log:
    """Read every file of the folder; one that is not there is empty.

    What is not read, and events that are no clicks, is named on standard error.

    Raises:
        UserError: a file is malformed, or in no form that is read.
    """
    log = Log()
    ubi = Ubi(log)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; expected a folder of files, see docs/your-queries.md")
    for path in sorted(folder.rglob("*")):
        if not path.is_dir() and path.name != FORMAT and not path.name.startswith(".") and path.suffix != ".dvc":
            log.rows += _rows_of(path, ubi)
    log.rows += ubi.rows()
    if log.actions:
        told = listed([f"{number} {action}" for action, number in log.actions.most_common()], SHOWN)
        print(f"data/queries: events of UBI that open no result, and so are no clicks: {told}", file=sys.stderr)
    return log


def _rows_of(path: Path, ubi: Ubi) -> Iterator[Row]:
    """Yield the rows of a file; those of UBI, which belong together over files, are added to `ubi` instead."""
    kind = path.suffix.casefold() if path.is_file() else ""  # a link that leads nowhere, a pipe
    if kind == ".txt":
        yield from queries_in_lines(path)
    elif kind in (".csv", ".tsv"):
        rows = table(path)
        if (head := next(rows, None)) is None:
            return
        if UBI_TABLES.isdisjoint(head[1]) or "query" in head[1]:
            yield from rows_of_table(path, chain([head], rows))
        else:
            for where, cells in chain([head], rows):
                ubi.add(where, cells)
    elif kind in (".json", ".jsonl", ".ndjson"):
        for where, row in _json_rows(path):
            if is_ubi(row):
                ubi.add(where, row)
            else:
                yield from _ratings(where, row)
    else:
        print(f"warning: {path} is not read; data/queries/README.md tells what is", file=sys.stderr)


def _json_rows(path: Path) -> Iterator[tuple[str, Fields]]:
    text = read_text(path)
    try:
        whole = json.loads(text) if path.suffix.casefold() == ".json" else None
    except (ValueError, RecursionError):
        whole = None  # JSON Lines, by a name that does not say so
    if whole is not None:
        yield from ((str(path), row) for row in unwrapped(str(path), whole))
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            where = f"{path}:{number}"
            try:
                read = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise UserError(f"{where}: not JSON ({error}); expected one JSON object per line") from None
            yield from ((where, row) for row in unwrapped(where, read))


def _ratings(where: str, row: Fields) -> Iterator[Row]:
    """Yield the judgements in a row of OpenSearch's Search Relevance Workbench: a query, and ratings of documents.

    Raises:
        UserError: it is none, and so in no form that is read.
    """
    for judged in row.get("judgmentRatings") or [row]:
        query, ratings = value(judged, "query"), judged.get("ratings") if isinstance(judged, dict) else None
        if not query or not isinstance(ratings, list):
            raise UserError(
                f"{where}: neither a query of UBI (user_query), nor an event (action_name), nor judgements (query, "
                f"ratings), but {listed(sorted(row), SHOWN)}; data/queries/README.md has the forms"
            )
        for rating in ratings:
            yield Row(query, where, Target(value(rating, "docId")), _grade(where, value(rating, "rating")))


def _grade(where: str, text: Any) -> float:
    try:
        return float(text)
    except ValueError:
        raise UserError(f"{where}: a rating is '{text}'; expected a number, above 0 where it answers") from None
