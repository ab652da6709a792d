"""Ready-made passages: a file in which somebody has cut documents already, a row each. They are not cut again.

Two forms are known: `corpus.jsonl` of a BEIR data set (rows with `_id`, `title` and `text`), and a CSV with such
columns.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from attune.documents.decode import Unreadable, decode
from attune.documents.sheets.delimited import clean_lines, rows_of

IDS = ("_id", "id", "doc_id", "docid")
KNOWN = {*IDS, "title", "text", "metadata"}
EXPECTED = 'a row of passages is {"_id": "...", "title": "...", "text": "..."}'


@dataclass(frozen=True)
class Passage:
    """A passage: its id in the file, the title of its document, and its text."""

    id: str
    title: str
    text: str


def jsonl_passages(data: bytes) -> list[Passage] | None:
    """Return the passages of a file with a JSON object a line, in their order.

    Raises:
        Unreadable: a row is no passage; the line is named, and what it should be.
    """
    passages = []
    for number, line in enumerate(decode(data).split("\n"), start=1):
        if line.strip():
            passages.append(_passage(number, line))
    if repeated := _repeated(passages):
        raise Unreadable(f"has two passages with the id {repeated!r}")
    return passages


def csv_passages(data: bytes) -> list[Passage] | None:
    """Return the passages of a file of values, or None where its columns say that it is an ordinary table.

    Raises:
        Unreadable: two passages have one id.
    """
    text = clean_lines(decode(data))
    if "text" not in text.partition("\n")[0].lower():
        return None
    rows, _ = rows_of(text)
    names = [name.lower() for name in rows[0]] if rows else []
    ids = [name for name in IDS if name in names]
    if not ids or "text" not in names or not set(names) <= KNOWN or len(set(names)) < len(names):
        return None

    def cell(row: Sequence[str], name: str) -> str:
        place = names.index(name) if name in names else len(row)
        return row[place] if place < len(row) else ""

    passages = [Passage(cell(row, ids[0]), cell(row, "title"), cell(row, "text")) for row in rows[1:] if any(row)]
    if repeated := _repeated(passages):
        raise Unreadable(f"has two passages with the id {repeated!r}")
    return passages


def _passage(number: int, line: str) -> Passage:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):  # also numbers of thousands of digits
        raise Unreadable(f"line {number} is not JSON; {EXPECTED}") from None
    if not isinstance(row, dict):
        raise Unreadable(f"line {number} is no object; {EXPECTED}")
    id, title, text = row.get("_id"), row.get("title"), row.get("text")
    id = str(id) if type(id) is int else id
    if isinstance(id, str) and isinstance(title, str) and isinstance(text, str):
        return Passage(id, title, text)
    values = (id, title, text)
    if "query-id" in row or (isinstance(row.get("text"), str) and "title" not in row and "_id" in row):
        raise Unreadable(f"line {number} has no title: questions or judgements are no documents; {EXPECTED}")
    missing = [name for name, value in zip(("_id", "title", "text"), values, strict=True) if not isinstance(value, str)]
    raise Unreadable(f"line {number} has no text as {' and '.join(missing)}; {EXPECTED}")


def _repeated(passages: Sequence[Passage]) -> str | None:
    most = Counter(passage.id for passage in passages).most_common(1)
    return most[0][0] if most and most[0][1] > 1 else None
