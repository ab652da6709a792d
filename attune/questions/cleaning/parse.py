"""From the text of a reply to the questions in it: JSON where the server keeps to it, else one question a line."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

# "1. ", "2) ", "- ", "* ", "• ", "Q: ", "Question 3: ", "**Question:** "
_LABEL = re.compile(
    r"^[\s>*_#]*(?:(?:\(?\d{1,2}[.):]|[-*•–])\s+|\**(?:q|question|query)\s*\d*\s*[:.)]\**\s*)*", re.IGNORECASE
)
_QUOTES = "\"'“”‘’`*_ "
_FENCE = re.compile(r"^\s*```\w*\s*\n?(.*?)(?:```\s*)?$", re.DOTALL)
_STRING = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?')  # with a colon it is the name of a field


class Parsed(NamedTuple):
    """The questions in a reply, and whether it is JSON, complete or cut off, so that nothing else is in it."""

    questions: list[str]
    is_json: bool


def parse(reply: str) -> Parsed:
    """Return the questions of a reply without list marks, labels and quotes.

    A line is not yet a good question; `cleaner.py` decides that.
    """
    found = _from_json(reply)
    lines = (_LABEL.sub("", line, count=1).strip(_QUOTES) for line in (reply.splitlines() if found is None else found))
    return Parsed([" ".join(line.split()) for line in lines if line.strip()], found is not None)


def _from_json(reply: str) -> list[str] | None:
    """Return the texts of a JSON reply, fenced or not, or None where it is none.

    Of JSON that was cut off, the complete strings are kept: a question without its end is worse than none.
    """
    body = _FENCE.sub(r"\1", reply).strip()
    if not body.startswith(("{", "[")):
        return None
    try:
        return _texts(json.loads(body))
    except ValueError:
        return [_unquote(text) for text, colon in _STRING.findall(body) if not colon] or None


def _unquote(text: str) -> str:
    try:
        return str(json.loads(text, strict=False))
    except ValueError:  # an escape that JSON does not know
        return text


def _texts(value: Any) -> list[str]:
    """Return every text in a JSON value, in its order: models name and nest their fields as they like."""
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in items for text in _texts(item)]
