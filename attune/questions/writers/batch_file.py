"""The files of the Batch API: one request a line in, one result a line out; `vllm run-batch` speaks them too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from attune.core.files import jsonl_line
from attune.questions.asking.replies import Reply
from attune.questions.asking.requests import Request
from attune.questions.writers.chat import FORMATS, chat_body
from attune.questions.writers.completion import NoAnswerError, to_reply
from attune.questions.writers.manner import FIRST, Manner
from attune.servers.server import packed
from attune.servers.words import words_of

ENDPOINT: Final = "/v1/chat/completions"
MOST_REQUESTS = 50_000  # the API's limits for one file
MOST_BYTES = 200_000_000


@dataclass(frozen=True)
class Result:
    """What became of one request: its reply, or else the reason why there is none."""

    key: str
    reply: Reply | None
    problem: str = ""
    status: int | None = None  # of HTTP, where the server tells it
    paid: Reply | None = None  # a reply that costs money and holds no answer


def request_line(
    request: Request,
    settings: Mapping[str, Any],
    base_url: str | None,
    manner: Manner = FIRST,
) -> str:
    """Return the line that asks for a reply, named by the key of its request, with the newline."""
    body = manner.worded(chat_body(request, settings, base_url, FORMATS[manner.format]))
    row = {"custom_id": request.key, "method": "POST", "url": ENDPOINT, "body": body}
    return jsonl_line(row)


def files_of(requests: Iterable[Request], settings: Mapping[str, Any], base_url: str | None) -> Iterator[list[Request]]:
    """Yield the requests of one file after the other, each within the API's limits."""
    return packed(
        requests, lambda request: len(request_line(request, settings, base_url).encode()), MOST_REQUESTS, MOST_BYTES
    )


def read_results(content: bytes) -> list[Result]:
    """Return the results in a file, in its order; a line that is none costs one request, not the others.

    Raises:
        ValueError: the last line is no result and has no end, as when the file was cut off.
    """
    *lines, last = content.split(b"\n")
    results = [result_of(json.loads(last))] if last.strip() else []
    for line in reversed(lines):
        with suppress(ValueError, RecursionError):
            results.append(result_of(json.loads(line)))
    return results[::-1]


def read_keys(content: bytes) -> set[str]:
    """Return the keys of the requests in a file that was handed in.

    Raises:
        ValueError: a line is no request.
    """
    return {_key(json.loads(line)) for line in content.split(b"\n") if line.strip()}


def result_of(row: object) -> Result:
    """Return the result in a line.

    Raises:
        ValueError: it is none.
    """
    key = _key(row)
    assert isinstance(row, Mapping)
    response, error = row.get("response"), row.get("error")
    status, body = (
        (response.get("status_code"), response.get("body")) if isinstance(response, Mapping) else (None, None)
    )
    status = int(status) if isinstance(status, str) and status.isdecimal() else status
    if not error and isinstance(body, Mapping):
        error = body.get("error")
    if error or status != 200:
        said = words_of(error) or (words_of(body) if body else "")
        return Result(key, None, said or f"answered with status {status}", status if isinstance(status, int) else None)
    try:
        return Result(key, to_reply(body, batch=True))
    except NoAnswerError as problem:
        return Result(key, None, str(problem), paid=problem.reply)
    except ValueError as problem:
        return Result(key, None, str(problem))


def _key(row: object) -> str:
    if not isinstance(row, Mapping) or not isinstance(row.get("custom_id"), str):
        raise ValueError("no custom_id")
    return str(row["custom_id"])


def shorten(reasons: Sequence[str], most: int = 3) -> str:
    """Return the different reasons in one line."""
    different = sorted(set(reasons))
    return "; ".join(different[:most]) + (f"; and {len(different) - most} others" if len(different) > most else "")
