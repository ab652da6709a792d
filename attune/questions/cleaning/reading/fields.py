"""Which texts of a JSON value are questions: models name and nest their fields as they like, and add others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from attune.questions.cleaning.reading.lines import QUESTION_MARKS
from attune.questions.cleaning.reading.values import DEEPEST, value_at
from attune.questions.params import KINDS

LISTS = ("questions", "queries", "searchqueries")  # fields that hold all of them; the schema's is the first
ONE = ("question", "query", "searchquery", "q", "text")  # fields that hold one, the likeliest first
# fields beside questions, or around them
_OTHERS = re.compile(
    r"a|answers?|analysis|category|chunk|comment|confidence|context|description|difficulty|document|error|evidence"
    r"|explanation|id|intent|intro|introduction|kind|label|language|level|message|name|notes?|object|passage|persona"
    r"|rationale|reason|reasoning|remark|role|score|sources?|status|style|summary|tags|theme|thinking|thoughts?|title"
    r"|topics?|type|version"
)
_NUMBER = re.compile(r"\d+")
_NUMBERED = re.compile(r"(?:q|question|query|searchquery)?\d+")
_MARK = re.compile(rf"[{''.join(QUESTION_MARKS)}]\s*$")


def questions_of(value: Any) -> list[str]:
    """Return the questions of a value: of the fields that say so, else of all but those that say otherwise."""
    found = next(_fields(value, LISTS), value)
    return list(_questions(found, DEEPEST))


def named_questions(value: Any) -> bool:
    """Tell whether a value is an object that holds questions in a field of that name."""
    return isinstance(value, dict) and next(_fields(value, LISTS), None) is not None


def are_questions(value: Any) -> bool:
    """Tell whether a value that stands in prose is meant as the answer: fields say so, or it is a list of phrases."""
    if next(_fields(value, LISTS + ONE), None) is not None:
        return True
    texts = questions_of(value)
    return bool(texts) and all(" " in text.strip() or _MARK.search(text) for text in texts)


def decoded(value: Any) -> Any:
    """Return the value that a text holds, if it is JSON, else the text."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        found = value_at(value, len(value) - len(value.lstrip()))
        if found is not None and (found[1] is None or not value[found[1] :].strip()):
            return found[0]
    return value


def _fields(value: Any, names: tuple[str, ...], depth: int = DEEPEST) -> Iterator[Any]:
    """Yield what fields of such names hold, those of the outer objects first."""
    value = decoded(value)
    if depth and isinstance(value, dict):
        fields = {_plain(name): part for name, part in value.items()}
        yield from (fields[name] for name in names if isinstance(fields.get(name), (str, list, dict)))
        for part in value.values():
            yield from _fields(part, names, depth - 1)
    elif depth and isinstance(value, list):
        for part in value:
            yield from _fields(part, names, depth - 1)


def _questions(value: Any, depth: int) -> Iterator[str]:
    value = decoded(value)
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, list):
        rows = [decoded(part) for part in value]
        cells = [dict(enumerate(row)) if isinstance(row, list) else row for row in rows]
        of_rows = _column(cells) if all(isinstance(row, dict) for row in cells) else []
        for part in of_rows or rows:
            yield from _questions(part, depth - 1)
    elif depth and isinstance(value, dict):
        fields = {_plain(name): part for name, part in value.items()}
        one = next((fields[name] for name in ONE if isinstance(fields.get(name), (str, dict, list))), None)
        if one is not None:
            yield from _questions(one, depth - 1)
        elif 2 * sum(bool(_MARK.search(name)) for name in value) > len(value):
            yield from value
        else:
            parts = {name: part for name, part in fields.items() if _NUMBERED.fullmatch(name)}
            parts = parts or {name: part for name, part in fields.items() if not _OTHERS.fullmatch(name)}
            for part in _column([{_NUMBER.sub("", name): part} for name, part in parts.items()]) or parts.values():
                yield from _questions(part, depth - 1)


def _column(rows: list[Mapping[Any, Any]]) -> list[Any]:
    """Return what one field of the rows holds where question marks tell that it, and no other, holds the questions.

    That tells them from answers and remarks whatever the fields are called, and in any language.
    """
    asked = Counter(
        name for row in rows for name, cell in row.items() if isinstance(cell, str) and _MARK.search(cell)
    ).most_common(2)
    if not asked or asked[0][0] in KINDS or (len(asked) > 1 and 2 * asked[1][1] >= asked[0][1]):
        return []
    return [row[asked[0][0]] for row in rows if asked[0][0] in row]


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
