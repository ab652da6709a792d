"""From the text of a reply to the queries in it: JSON where the server keeps to it, else one question a line.

People type full questions, hurried ones and keywords. A server's model is told how many of each to write; what the
local model writes, full questions all of them, is put into the other forms by rule (`rephrase.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

QUESTION_MARKS = ("?", "\uff1f", "\u061f", "\u037e")  # Latin, full-width, Arabic, Greek
SENTENCE_ENDS = (".", "!", ":", "\u2026", "\u3002", "\uff01", "\u0964")  # of a remark of the model
# "1. ", "2) ", "- ", "* ", "• ", "Q: ", "Question 3: ", "**Question:** "
_LABEL = re.compile(
    r"^[\s>*_#]*(?:(?:\(?\d{1,2}[.):]|[-*•–])\s+|\**(?:q|question|query)\s*\d*\s*[:.)]\**\s*)*", re.IGNORECASE
)
_QUOTES = "\"'“”‘’`*_ "
_FENCE = re.compile(r"^\s*```\w*\s*\n?(.*?)(?:```\s*)?$", re.DOTALL)
_STRING = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?')  # with a colon it is the name of a field


class Query(NamedTuple):
    """A query, the chunk that answers it, and its kind: one of `params.KINDS` or of `records.HEADINGS`."""

    chunk_id: str
    text: str
    kind: str


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


def queries_in(chunk_id: str, reply: Parsed, most: int) -> Iterator[Query]:
    """Yield the first `most` queries of the reply about a chunk, their kind told by their form.

    What has no question mark is a keyword query, if the reply is JSON and it is no sentence: else it is as likely a
    remark of the model, and is left to the cleaning.
    """
    for text in reply.questions[:most]:
        keywords = reply.is_json and not text.endswith(QUESTION_MARKS + SENTENCE_ENDS)
        yield Query(chunk_id, text, "keywords" if keywords else "full")


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
