"""User Behavior Insights (UBI), as OpenSearch keeps it: an index of queries and one of events, exported as JSON or CSV.

Schema: https://github.com/o19s/ubi, version 1.3.0. A click is an event; the query that it belongs to has the same
`query_id`, or stands in the event itself (`user_query`, since 1.3). Exports differ in what they put around a row
(`_source`, `hits`), and in whether nested fields come nested or with dots in their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

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


class _Click(NamedTuple):
    where: str
    query: str  # as the event has it
    query_id: str
    opened: str
    client: str


class Ubi:
    """Rows of both indexes, in any order; of each it keeps what is needed, for logs are large."""

    def __init__(self, log: Log) -> None:
        """Hold nothing; what cannot be used will be counted in `log`."""
        self._log, self._typed, self._queries = log, list[Row](), dict[str, str]()
        self._clicks: list[_Click] = []

    def add(self, where: str, row: Fields) -> None:
        """Add a row of either index, with its file and line."""
        query, id_ = value(row, "user_query"), value(row, "query_id")
        if not (action := value(row, "action_name").casefold()):
            self._typed.append(Row(query, where))
            if query and id_:
                self._queries[id_] = query
        elif action in OPENING or action.endswith("click"):
            self._clicks.append(_Click(where, query, id_, first(row, OBJECT), first(row, CLIENT)))
        else:
            self._log.actions[action] += 1
            self._typed += [Row(query, where)] if query else []

    def rows(self) -> Iterator[Row]:
        """Yield the queries, alone, and those of clicks, each with the result that was opened."""
        yield from self._typed
        for click in self._clicks:
            query = click.query or self._queries.get(click.query_id, "")
            if not query:
                self._log.left_out["without_query"] += 1
            elif not click.opened:
                self._log.left_out["without_document"] += 1
                yield Row(query, click.where)
            else:
                yield Row(query, click.where, Target(click.opened), clicks=1.0, client=click.client)


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
