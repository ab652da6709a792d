"""The files of the Batch API: one request a line in, one result a line out; `vllm run-batch` speaks them too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from openai.types.chat import ChatCompletion

from attune.questions.asking.replies import Reply
from attune.questions.asking.requests import Request
from attune.questions.writers.chat import FORMATS, chat_body, to_reply
from attune.servers.server import packed

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


def request_line(
    request: Request,
    settings: Mapping[str, Any],
    base_url: str | None,
    response_format: Mapping[str, Any] | None = FORMATS[0],
) -> str:
    """Return the line that asks for a reply, named by the key of its request, with the newline."""
    body = chat_body(request, settings, base_url, response_format)
    row = {"custom_id": request.key, "method": "POST", "url": ENDPOINT, "body": body}
    return json.dumps(row, ensure_ascii=False) + "\n"


def files_of(requests: Iterable[Request], settings: Mapping[str, Any], base_url: str | None) -> Iterator[list[Request]]:
    """Yield the requests of one file after the other, each within the API's limits."""
    return packed(
        requests, lambda request: len(request_line(request, settings, base_url).encode()), MOST_REQUESTS, MOST_BYTES
    )


def read_results(content: bytes) -> list[Result]:
    """Return the results in a file, in its order.

    Raises:
        ValueError: a line is no result, as when the file was cut off.
    """
    return [result_of(json.loads(line)) for line in content.split(b"\n") if line.strip()]


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
    if not error and isinstance(body, Mapping):
        error = body.get("error")
    if error or status != 200:
        return Result(key, None, _words(error) or f"answered with status {status}", status)
    if not isinstance(body, Mapping):
        return Result(key, None, "the server's reply holds no choices")
    try:
        # as the client builds it, which takes what servers of other makers leave out or add
        return Result(key, to_reply(ChatCompletion.construct(**body), batch=True))
    except ValueError as problem:
        return Result(key, None, str(problem))
    except (AttributeError, TypeError, KeyError):
        return Result(key, None, "the server's reply is not a chat completion")


def _key(row: object) -> str:
    if not isinstance(row, Mapping) or not isinstance(row.get("custom_id"), str):
        raise ValueError("no custom_id")
    return str(row["custom_id"])


def _words(error: object) -> str:
    """Return what an error says, however deep: OpenAI and vLLM nest it differently."""
    while isinstance(error, Mapping):
        error = error.get("message") or error.get("error") or error.get("code")
    return str(error or "")


def shorten(reasons: Sequence[str], most: int = 3) -> str:
    """Return the different reasons in one line."""
    different = sorted(set(reasons))
    return "; ".join(different[:most]) + (f"; and {len(different) - most} others" if len(different) > most else "")
