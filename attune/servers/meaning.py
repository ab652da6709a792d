"""What an answer means where its status says something else: servers and gateways differ in the numbers they take.

A full account is 402 here and 429 there; "too many requests" comes as a 400 or a 500; an error of the server behind a
gateway comes with 200. With the status that is meant, the client repeats what may pass, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from attune.servers.words import is_page, parsed, words_of

NO_MONEY, OF_MANNER, TOO_LONG, UNUSABLE, TOO_MANY = 402, 400, 413, 422, 429
_NO_MONEY = re.compile(
    r"(?:budget|credits?|balance|funds)\b.{0,40}(?:exceed|exhaust|insufficient|deplet|too low)|requires more credits|"
    r"(?:exceeded?|over|insufficient|not enough|out of|no)[ _]?(?:your )?(?:budget|credits?|balance|funds)|"
    r"budget_exceeded|insufficient_quota|payment required",
    re.IGNORECASE,
)
_TOO_MANY = re.compile(r"throttl|rate[ _-]?limit|too many requests|please wait|overloaded", re.IGNORECASE)
_TOO_LONG = re.compile(
    r"context[ _](?:length|window|size)|maximum context|too (?:long|large) to process|physical batch size|input length",
    re.IGNORECASE,
)
_UNUSABLE = re.compile(r"unsupported value: (?:nan|[+-]?inf)|content[ _]?filter|data[ _]inspection", re.IGNORECASE)
_OF_MANNER = re.compile(
    r"response_format|json_schema|max_(?:completion_)?tokens.{0,40}support|"
    r"(?:unexpected|unsupported|unknown|invalid) (?:keyword )?(?:argument|parameter)",
    re.IGNORECASE,
)
_UNITS = r"(\d+(?:\.\d+)?)\s*(h|min|milli|ms|m|s)[a-z]*\s*"
_TIME = re.compile(_UNITS, re.IGNORECASE)
_WAIT = re.compile(rf"(?:retry|try again|wait)[^\d\n.;]{{0,20}}(?P<time>(?:{_UNITS})+)", re.IGNORECASE)
_SECONDS = {"h": 3600.0, "min": 60.0, "m": 60.0, "s": 1.0, "ms": 0.001, "milli": 0.001}


def meant(status: int, content: bytes) -> int:
    """Return the status that an answer should have.

    Args:
        status: the one that it has.
        content: its body.
    """
    if status < 400 and (b'"error"' not in content or b'"choices":' in content or b'"data":' in content):
        return status  # an answer is not looked at twice
    body = parsed(content)
    words = "" if is_page(body) else _all_words(body)
    named = status if status >= 400 else _code(body)
    if named in (0, 400, 403, 429, 500) and _NO_MONEY.search(words) and not wait_named(words):
        return NO_MONEY
    if named in (0, 400, 403) and _TOO_MANY.search(words) and not _UNUSABLE.search(words):
        return TOO_MANY
    if named >= 500:
        others = {TOO_LONG: _TOO_LONG, UNUSABLE: _UNUSABLE, OF_MANNER: _OF_MANNER, TOO_MANY: _TOO_MANY}
        return next((found for found, said in others.items() if said.search(words)), named)
    return named or status


def wait_named(words: str) -> float:
    """Return the seconds that a server's words ask to wait; 0 where they name no time."""
    found = _WAIT.search(words)
    return sum(float(number) * _SECONDS[unit.lower()] for number, unit in _TIME.findall(found["time"])) if found else 0


def _code(body: object) -> int:
    """Return the status that an error names itself; 0 where it names none."""
    error = body.get("error") if isinstance(body, Mapping) else None
    places = [one for one in (error, body) if isinstance(one, Mapping)]
    for name in ("code", "status", "status_code", "statusCode"):
        for place in places:
            value = str(place.get(name, ""))
            if value.isdecimal() and 400 <= int(value[:4]) < 600:
                return int(value[:4])
    return 0


def _all_words(body: object) -> str:
    """Return what a body says, its codes included, which the words for people leave out."""
    error = body.get("error") if isinstance(body, Mapping) else None
    codes = [str(error.get(name) or "") for name in ("code", "type", "status")] if isinstance(error, Mapping) else []
    return " ".join([words_of(body), *codes])
