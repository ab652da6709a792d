"""JSON in a reply, wherever it stands, and what models write in its place: Python literals, curly quotes, more commas.

Nothing is evaluated: what is not JSON is rewritten token by token, and is JSON then or nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

DEEPEST = 50  # lists in lists
TRIES = 8  # places where a value that was cut off may be closed
MOST = 100  # brackets that are tried in a reply: each may be read up to its end
_STRICT = json.JSONDecoder(strict=False)  # takes control characters in strings
# a quote ends a string where a mark of JSON follows it; others belong to a text that nobody escaped
_MARK_FOLLOWS = r"\s*(?:[,:;，：；\]})]|\Z)|[ \t]*\n"
_QUOTES = (
    ('"', '"', "double"), ("'", "'", "single"), ("`(?!`)", "`", "back"), ("“", "”", "curly"), ("”", "”", "closing"),
    ("‘", "’", "high"), ("„", "“", "low"), ("«", "»", "angle"),
)  # fmt: skip
_NAMES = {name for *_, name in _QUOTES}
_STRINGS = (
    rf"{begin}(?P<{name}>(?:[^{end}\\]|\\.|{end}(?!{_MARK_FOLLOWS}|\s*{begin}))*+){end}" for begin, end, name in _QUOTES
)
_TOKEN = re.compile(
    r"\s*(?:" + "|".join(_STRINGS) + r"|(?P<open>[\[{(])|(?P<close>[\]})])"
    r"|(?P<mark>[,:;，：；])|(?P<comment>//[^\n]*|/\*.*?\*/|\#[^\n]*)|(?P<word>[\w.+-]+)(?P<key>(?=\s*[:：]))?)",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(u[0-9a-fA-F]{4}|[\"\\/bfnrt])|(.))", re.DOTALL)
_WORDS = {"None": "null", "True": "true", "False": "false", ";": ",", "，": ",", "；": ",", "：": ":"}
_CLOSES = {"[": "]", "{": "}", "(": "]"}
_BEGINS = re.compile(r"[\[{]")
_LINE_BEGIN = re.compile(r"(?:^(?:\s*<[^<>]*>)*|```)[^\w]*(?:(?:json|python)[ \t]*)?\Z", re.IGNORECASE)
_LINE_END = re.compile(r"[\s`;.~]*?(?:\n|\Z)")


def value_at(text: str, start: int) -> tuple[Any, int | None] | None:
    """Return the value that begins at a bracket, and its end, or None for the end of a value that was cut off."""
    try:
        value, end = _STRICT.raw_decode(text, start)
    except (ValueError, RecursionError):
        return _mended(text, start)
    return value, end


def values_in(text: str) -> Iterator[tuple[Any, str]]:
    """Yield the values in prose, in their order, and for one that was cut off the text in front of it.

    A value stands at the beginning of a line or at the end of one: others are what a question is about.
    """
    place = 0
    for _ in range(MOST):
        found = _BEGINS.search(text, place)
        if not found:
            return
        place = found.end()
        # of a whole line only: looking back through all of a long reply takes long
        line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        value = value_at(text, found.start())
        if value is not None:
            said, end = value
            if _LINE_BEGIN.search(line) or (end is not None and _LINE_END.match(text, end)):
                yield said, text[: found.start()] if end is None else ""
                place = len(text) if end is None else end


def _mended(text: str, start: int) -> tuple[Any, int | None] | None:
    """Rewrite a value as JSON up to its end; of one that was cut off, keep what is complete."""
    written: list[str] = []
    closing: list[str] = []  # of the brackets that are open
    complete: list[tuple[int, str]] = []  # how much is written, and what would close it
    place: int | None = start
    while (token := _TOKEN.match(text, place or 0)) and len(closing) <= DEEPEST:
        place = token.end()
        kind = token.lastgroup or ""
        _write(written, closing, kind, token[kind], token["word"])
        if not closing:
            complete = [(len(written), "")]
            break
        if kind == "close" or kind in _NAMES:
            complete.append((len(written), "".join(reversed(closing))))
    else:
        place = None
    for count, ends in complete[: -TRIES - 1 : -1]:
        try:
            return json.loads("".join(written[:count]) + ends), place
        except ValueError:
            continue
    return None


def _write(written: list[str], closing: list[str], kind: str, said: str, word: str) -> None:
    """Write one token as JSON; `closing` is what is to close the brackets that are open."""
    if written and written[-1][-1] in '"]}' and kind not in ("close", "mark", "comment"):
        written.append(",")  # that was forgotten
    if kind == "open":
        written.append("{" if said == "{" else "[")
        closing.append(_CLOSES[said])
    elif kind == "close":
        if written[-1] == ",":
            written.pop()
        written.append(closing.pop())
    elif kind in _NAMES:
        written.append(json.dumps(_unescaped(said)))
    elif kind == "key":
        written.append(json.dumps(word))
    elif kind != "comment":
        written.append(_WORDS.get(said, said))


def _unescaped(text: str) -> str:
    """Return what a string says; of an escape that JSON does not know, the sign behind a backslash may be meant."""

    def one(found: re.Match[str]) -> str:
        if found[1]:
            return chr(int(found[1], 16))
        if found[2]:
            return str(json.loads(f'"\\{found[2]}"'))
        return found[3] if found[3] in "'’‘“”\n" else f"\\{found[3]}"

    return _ESCAPE.sub(one, text)
