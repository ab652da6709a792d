"""What a server says, found in whatever form it says it: an error object, a list, a sentence, or a page of HTML."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

MOST_CHARACTERS = 300  # of what is shown
FIELDS = (
    "message",
    "error",
    "detail",
    "details",
    "msg",
    "error_message",
    "errorMessage",
    "description",
    "title",
    "code",
)
DEEPEST = 8  # levels that are looked into
_OBJECT = re.compile(r"\s*\{")
_DECODER = json.JSONDecoder()
_TITLE = re.compile(r"<(title|h1)\b[^>]*>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_HIDDEN = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.IGNORECASE | re.DOTALL)
_PAGE = re.compile(
    r"\s*(?:\ufeff|<\?xml[^>]*>|<!--.*?-->|\s)*<(?:!doctype html|html|head|body|title|h1|center)\b", re.I | re.S
)


def parsed(content: bytes) -> Any:
    """Return the JSON in a body, a list where there are several, as the events of a stream are; else its text."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")  # the likeliest of the others
    text = text.lstrip("\ufeff")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # a body of brackets alone is nested deeper than Python reads
        found = list(_objects(text))
    return text if not found else found[0] if len(found) == 1 else found


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects that stand one behind the other at the beginning, whatever follows.

    So servers stream, unasked, as server-sent events or lines, and keep a connection open by comments in front.
    """
    lines = (line for line in text.split("\n") if not line.startswith((":", "event:", "id:", "retry:")))
    text = "\n".join(line.removeprefix("data:") for line in lines)
    place = 0
    while begin := _OBJECT.match(text, place):
        try:
            value, place = _DECODER.raw_decode(text, begin.end() - 1)
        except (ValueError, RecursionError):
            return
        if value:
            yield value


def is_page(body: object) -> bool:
    """Tell whether a body is a page for people: what stands before a server answered, not the server."""
    return isinstance(body, str) and bool(_PAGE.match(body))


def words_of(body: object, depth: int = 0) -> str:
    """Return what a body says in one line; nothing where it says nothing.

    Args:
        body: parsed JSON, or text.
        depth: how many levels of JSON stand above it.
    """
    if isinstance(body, str):
        return " ".join((_page_words(body) if is_page(body) else _inner(body, depth)).split())
    if depth > DEEPEST or body is None:
        return ""
    if isinstance(body, Mapping):
        found = (words_of(body[name], depth + 1) for name in FIELDS if body.get(name))
        return _placed(body, next(filter(None, found), ""), depth) or (
            "" if depth else json.dumps(body, ensure_ascii=False)[:MOST_CHARACTERS]
        )
    if isinstance(body, list):
        return "; ".join(filter(None, (words_of(item, depth + 1) for item in body[:3])))
    return str(body)


def _placed(body: Mapping[str, Any], said: str, depth: int) -> str:
    """Add to the words of an error what it is about, and those of the server behind a gateway."""
    place, metadata = body.get("loc") or body.get("param"), body.get("metadata")
    name = ".".join(str(part) for part in place if part != "body") if isinstance(place, list) else place
    if said and isinstance(name, str) and name and name not in said:
        said = f"{name}: {said}"
    raw = words_of(metadata.get("raw"), depth + 1) if isinstance(metadata, Mapping) else ""
    return f"{said}: {raw}" if raw else said


def _inner(text: str, depth: int) -> str:
    """Gateways put the body of the server behind them into their own as text."""
    if depth <= DEEPEST and text.lstrip().startswith(("{", "[")):
        inner = parsed(text.encode(errors="replace"))
        if not isinstance(inner, str):
            return words_of(inner, depth + 1) or text
    return text


def _page_words(page: str) -> str:
    title = _TITLE.search(page)
    return html.unescape(_HIDDEN.sub(" ", title[2] if title else page))
