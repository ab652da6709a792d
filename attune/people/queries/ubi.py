"""User Behavior Insights (UBI), as OpenSearch keeps it: an index of queries and one of events, exported as JSON or CSV.

Schema: https://github.com/o19s/ubi, version 1.3.0. A click is an event; the query that it belongs to has the same
`query_id`, or stands in the event itself (`user_query`, since 1.3). Exports differ in what they put around a row
(`_source`, `hits`), and in whether nested fields come nested or with dots in their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attune.core.errors import UserError
from attune.people.queries.rows import Log, Row, Target

# Actions of people who open a result, of those that the schema names, and whatever ends with "click". An impression
# is none, nor is a view, which was what impressions were called before version 1.2.
OPENING = {"click", "add_to_cart", "purchase", "watch"}
OBJECT = ("event_attributes.object.object_id", "event_attributes.object.internal_id")
CLIENT = ("client_id", "user_id", "session_id", "query_id")
Fields = Mapping[str, Any]


def is_ubi(fields: Iterable[str]) -> bool:
    """Tell whether a row or a header with these fields is one of UBI's."""
    return not {"action_name", "user_query", "query_id"}.isdisjoint(fields) and "query" not in fields


def rows_of_ubi(found: Iterable[tuple[str, Fields]], log: Log) -> Iterator[Row]:
    """Yield the queries, each with the result that was opened, or alone; what cannot be used is counted in `log`.

    Args:
        found: rows of both indexes, in any order, each with file and line.
        log: its counts are added to.
    """
    queries: dict[str, str] = {}
    events: list[tuple[str, Fields]] = []
    for where, row in found:
        if value(row, "action_name"):
            events.append((where, row))
        elif query := value(row, "user_query"):
            if id_ := value(row, "query_id"):
                queries[id_] = query
            yield Row(query, where)
        else:
            yield Row("", where)
    for where, event in events:
        query = value(event, "user_query") or queries.get(value(event, "query_id"), "")
        action = value(event, "action_name").casefold()
        if action not in OPENING and not action.endswith("click"):
            log.actions[action] += 1
            if query:
                yield Row(query, where)
        elif not query:
            log.left_out["without_query"] += 1
        elif not (opened := first(event, OBJECT)):
            log.left_out["without_document"] += 1
            yield Row(query, where)
        else:
            yield Row(query, where, Target(opened), clicks=1.0, client=first(event, CLIENT))


def unwrapped(where: str, read: Any) -> Iterator[Fields]:
    """Yield the rows in a piece of JSON: a list, the answer to a search, a row of an export or the row itself.

    Raises:
        UserError: it is none of these.
    """
    if isinstance(read, list):
        for each in read:
            yield from unwrapped(where, each)
    elif not isinstance(read, dict):
        raise UserError(f"{where}: found {type(read).__name__}; expected rows of UBI, each a JSON object")
    elif isinstance(hits := read.get("hits"), dict):
        yield from unwrapped(where, hits.get("hits", []))
    elif isinstance(inner := read.get("_source", read.get("fields")), dict):
        yield inner
    elif read.keys() - {"index", "create"}:  # the lines between those of a bulk file
        yield read


def first(row: Fields, paths: Iterable[str]) -> str:
    """Return the first of some fields that is not empty."""
    return next(filter(None, (value(row, path) for path in paths)), "")


def value(row: Any, path: str) -> str:
    """Return a field as text, whether nested, with dots in its name, or in a list of one; empty where there is none."""
    if isinstance(row, Mapping):
        names = path.split(".")
        for count in range(len(names), 0, -1):
            name, rest = ".".join(names[:count]), ".".join(names[count:])
            if name in row:
                return value(row[name], rest) if rest else value(row[name], "")
        return ""
    if isinstance(row, list) and len(row) == 1:
        return value(row[0], path)
    if path or isinstance(row, bool) or not isinstance(row, str | int | float):
        return ""
    return str(int(row)) if isinstance(row, float) and row.is_integer() else str(row).strip()
