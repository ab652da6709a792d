"""What servers and gateways say with the wrong status gets the right one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.servers.meaning import meant, wait_named

AZURE = "The response was filtered due to the prompt triggering our content management policy. Modify it and retry."
PER_MINUTE = "You exceeded your current quota, please check your plan and billing details. Please retry in 34.07s."
TOO_LARGE = "Request too large on tokens per minute (TPM): Limit 6000, Requested 6294, reduce it and try again."


def said(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, said("Provider returned error", code=502), 502),
        (200, said("Provider returned error", code="429"), 429),
        (200, {"error": "Rate limit reached"}, 429),
        (200, {"error": "no such endpoint"}, 200),
        (200, {"error": None, "choices": []}, 200),
        (200, {"error": {"code": 502}, "choices": [{"message": {}}]}, 200),
        (200, None, 200),
        (400, said("ThrottlingException: Too many tokens, please wait before trying again."), 429),
        (500, said("An error occurred (ThrottlingException) when calling the operation"), 429),
        (400, said("The model is being loaded"), 400),  # asked once more in another way, whatever max_retries says
        (400, said("No model is loaded"), 400),
        (400, said("invalid entry in messages"), 400),
        (403, said("rate limit exceeded for this key"), 429),
        (429, said(PER_MINUTE), 429),
        (413, said(TOO_LARGE, code="rate_limit_exceeded"), 413),
        (400, said(AZURE, code="content_filter"), 400),
        (400, said("flagged by the content filter, try again later"), 400),
        (400, said("Budget has been exceeded! Current cost: 76.16, Max budget: 10.0"), 402),
        (429, said("over the limit", type="insufficient_quota"), 402),
        (429, said("LiteLLM User: x, exceeded budget for model=y", type="budget_exceeded"), 402),
        (403, said("Your credit balance is too low to access the API"), 402),
        (402, said("Insufficient Balance"), 402),
        (500, said('response_format type must be one of "text" or "json_object", but got: json_schema'), 400),
        (500, {"detail": "create() got an unexpected keyword argument 'max_tokens'"}, 400),
        (500, {"error": "failed to encode response: json: unsupported value: NaN"}, 422),
        (500, said("input (700 tokens) is too large to process. increase the physical batch size"), 413),
        (500, {"error": "model runner has unexpectedly stopped"}, 500),
        (503, said("Loading model", type="unavailable_error"), 503),
        (404, said("no such model"), 404),
    ],
)
def test_the_status_is_the_one_that_is_meant(status: int, body: Any, expected: int) -> None:
    assert meant(status, json.dumps(body).encode()) == expected


@pytest.mark.parametrize("status", [403, 500, 502, 503])
def test_a_page_keeps_its_status(status: int) -> None:
    assert meant(status, b"<html><title>Too many requests, rate limit, content filter</title></html>") == status


@given(st.integers(200, 599), st.binary() | st.text().map(str.encode))
def test_any_body_has_a_status(status: int, content: bytes) -> None:
    assert 200 <= meant(status, content) < 600


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Please try again in 7m12.5s. Visit", 432.5),
        ("Please try again in 120ms", 0.12),
        ("Please try again in 4.77s. Need more tokens?", 4.77),
        ("have exceeded the call rate limit. Please retry after 55 seconds.", 55),
        ("Please retry in 34.07s.", 34.07),
        ("wait 2 minutes", 120),
        ("try again in 1h3m", 3780),
        ("please wait before you ask again", 0),
        ("try again in a moment; limit 60 s", 0),
        ("", 0),
    ],
)
def test_the_time_that_words_name_is_waited_for(words: str, seconds: float) -> None:
    assert wait_named(words) == pytest.approx(seconds)
