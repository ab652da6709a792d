"""Which texts of a JSON value are questions: models name and nest their fields as they like, and add others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from attune.questions.cleaning.reading.lines import QUESTION_MARKS
from attune.questions.cleaning.reading.values import DEEPEST, value_at

LISTS = ("questions", "queries", "searchqueries")  # fields that hold all of them; the schema's is the first
ONE = ("question", "query", "searchquery", "q", "text")  # fields that hold one, the likeliest first
# fields beside questions, or around them
_OTHERS = re.compile(
    r"a|answers?|analysis|category|chunk|comment|confidence|context|description|difficulty|document|error|evidence"
    r"|explanation|id|intent|intro|introduction|kind|label|language|level|message|name|notes?|object|passage|persona"
    r"|rationale|reason|reasoning|remark|role|score|sources?|status|style|summary|tags|theme|thinking|thoughts?|title"
    r"|topics?|type|version"
)
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
        for part in value:
            yield from _questions(part, depth - 1)
    elif depth and isinstance(value, dict):
        fields = {_plain(name): part for name, part in value.items()}
        one = next((fields[name] for name in ONE if isinstance(fields.get(name), (str, dict, list))), None)
        if one is not None:
            yield from _questions(one, depth - 1)
        elif value and all(_MARK.search(name) for name in value):
            yield from value
        else:
            numbered = [part for name, part in fields.items() if _NUMBERED.fullmatch(name)]
            for part in numbered or [part for name, part in fields.items() if not _OTHERS.fullmatch(name)]:
                yield from _questions(part, depth - 1)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
