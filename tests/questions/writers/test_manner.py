"""A server is asked as it wants: what its refusals tell is tried once, and remembered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from werkzeug import Response

from attune.core.errors import UserError
from attune.questions.asking.replies import Replies
from attune.questions.writers.chat import FORMATS
from attune.questions.writers.manner import Manner
from tests.support.asking import limits, make, requests
from tests.support.chat_server import ChatServer

WORDS = {
    "max_tokens": [
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        "body.max_tokens: Extra inputs are not permitted",
        "Unrecognized request argument supplied: max_tokens",
    ],
    "temperature": [
        "Unsupported value: 'temperature' does not support 0.7. Only the default (1) value is supported.",
        "`temperature` is deprecated for this model.",
        "`temperature` may only be set to 1 when thinking is enabled.",
        "temperature: Input should be greater than or equal to 1",
        "该模型不支持参数 temperature",
    ],
    "response_format": ["'response_format.type' must be 'text'", "failed to parse grammar"],
}


def refusal(words: str, status: int = 400) -> Response:
    return Response(json.dumps({"error": {"message": words}}), status, content_type="application/json")


@pytest.mark.parametrize(("name", "words"), [(name, words) for name in WORDS for words in WORDS[name]])
@pytest.mark.parametrize("status", [400, 422])
def test_a_parameter_that_a_server_does_not_know_is_left_out_from_then_on(
    chat_server: ChatServer, tmp_path: Path, name: str, words: str, status: int
) -> None:
    chat_server.before = lambda number: refusal(words, status) if name in chat_server.bodies[number - 1] else None
    with Replies(tmp_path / "r") as replies:
        assert make(chat_server.url, concurrency=1).write(requests(4), replies, limits()) == {}
    tries = len(FORMATS) if name == "response_format" else 2
    assert len(chat_server.bodies) == 4 - 1 + tries
    last = chat_server.bodies[-1]
    assert name not in last
    assert ("max_completion_tokens" in last) == (name == "max_tokens")


def test_several_parameters_are_found_out_one_after_the_other(
    chat_server: ChatServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def picky(number: int) -> Response | None:
        body = chat_server.bodies[number - 1]
        return next((refusal(words[0]) for name, words in WORDS.items() if name in body), None)

    chat_server.before = picky
    with Replies(tmp_path / "r") as replies:
        assert make(chat_server.url, concurrency=2).write(requests(6), replies, limits()) == {}
    assert set(chat_server.bodies[-1]) == {"model", "messages", "max_completion_tokens"}
    assert "takes no temperature" in capsys.readouterr().out


def test_a_limit_that_is_too_large_is_no_unknown_name() -> None:
    body = {"max_tokens": 9, "temperature": 1}
    assert Manner().next("max_tokens is too large: 9. This model supports at most 4", body, may_guess=False) is None
    assert Manner().next("max_tokens: unknown", {"max_completion_tokens": 9}, may_guess=False) == Manner(
        limit="max_tokens"
    )


def test_a_refusal_that_passes_changes_nothing_for_the_others(chat_server: ChatServer, tmp_path: Path) -> None:
    chat_server.before = lambda number: refusal("The model is being loaded") if number == 1 else None
    with Replies(tmp_path / "r") as replies:
        assert make(chat_server.url, concurrency=1).write(requests(5), replies, limits()) == {}
    types = [body.get("response_format", {}).get("type") for body in chat_server.bodies]
    assert types == ["json_schema", "json_object", *["json_schema"] * 4]


@pytest.mark.parametrize("every", [2, 3])
def test_json_that_the_model_failed_to_write_is_asked_for_more_simply_once_and_changes_nothing_for_the_others(
    chat_server: ChatServer, tmp_path: Path, every: int
) -> None:
    words = "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details."

    def failing(number: int) -> Response | None:
        odd = len(chat_server.prompts[number - 1]) % every == 0
        return refusal(words) if odd and "response_format" in chat_server.bodies[number - 1] else None

    chat_server.before = failing
    with Replies(tmp_path / "r") as replies:
        assert make(chat_server.url, concurrency=1).write(requests(12), replies, limits()) == {}
    first: dict[str, str | None] = {}
    for prompt, body in zip(chat_server.prompts, chat_server.bodies, strict=True):
        first.setdefault(prompt, body.get("response_format", {}).get("type"))
    assert set(first.values()) == {"json_schema"} and len(first) == 12


def test_a_server_that_says_nothing_of_the_format_is_understood_at_the_second_request(
    chat_server: ChatServer, tmp_path: Path
) -> None:
    chat_server.before = lambda number: (
        refusal("Bad Request") if "response_format" in chat_server.bodies[number - 1] else None
    )
    with Replies(tmp_path / "r") as replies:
        assert make(chat_server.url, concurrency=1).write(requests(5), replies, limits()) == {}
    assert len(chat_server.bodies) == 3 + 3 + 3


def test_a_parameter_that_is_refused_either_way_ends_the_run(chat_server: ChatServer, tmp_path: Path) -> None:
    chat_server.before = lambda number: refusal("max_tokens and max_completion_tokens are unknown to me")
    with Replies(tmp_path / "r") as replies, pytest.raises(UserError, match="unknown to me"):
        make(chat_server.url, concurrency=1).write(requests(50), replies, limits())
    assert len(chat_server.bodies) <= 10
