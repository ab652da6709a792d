"""One input's refusal costs one chunk; what refuses every input ends the run after a few."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug import Response

from attune.core.errors import UserError
from attune.questions.asking.replies import Replies
from attune.questions.writers.refusals import DOZEN, FEW, MORE, Refusals, name_failed
from tests.support.asking import limits, make, requests
from tests.support.chat_server import ChatServer

FILTER = {"error": {"message": "The prompt was blocked by the content policy", "code": "content_filter"}}
WINDOW = {"error": {"message": "This model's maximum context length is 512 tokens"}}
PAGE = "<html><head><title>Request blocked</title></head></html>"
MUTE = {"error": {"message": "Bad Request"}}


def refusing(server: ChatServer, which: Callable[[str], bool], status: int, body: object) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    kind = "text/html" if isinstance(body, str) else "application/json"
    server.before = lambda number: (
        Response(content, status, content_type=kind) if which(server.prompts[number - 1]) else None
    )


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, FILTER), (403, FILTER), (422, FILTER), (451, FILTER), (400, WINDOW), (413, WINDOW), (403, PAGE),
        (406, PAGE), (400, MUTE), (403, MUTE), (404, MUTE), (400, {"detail": "unsafe"}), (400, ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", [0, 5])
def test_one_input_that_is_refused_is_one_chunk(
    chat_server: ChatServer, tmp_path: Path, status: int, body: object, place: int
) -> None:
    refusing(chat_server, lambda prompt: f"alpha{'x' * place} " in prompt, status, body)
    for asked in (8, 1):  # the next run asks it again, and nothing else
        missing = requests(8) if asked == 8 else requests(8)[place : place + 1]
        with Replies(tmp_path / "r") as replies:
            failed = make(chat_server.url, concurrency=1).write(missing, replies, limits())
            assert (list(failed), len(replies)) == ([f"c{place}"], 7)
    forms = [json.dumps(body.get("response_format")) for body in chat_server.bodies if "alphaxx " in str(body)]
    assert len(forms) == 1 and "json_schema" in forms[0]  # the others are asked as before


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 422])
def test_what_refuses_every_input_ends_after_a_few(chat_server: ChatServer, tmp_path: Path, status: int) -> None:
    refusing(chat_server, lambda prompt: True, status, MUTE)
    with Replies(tmp_path / "r") as replies, pytest.raises(UserError, match="Bad Request"):
        make(chat_server.url, concurrency=1).write(requests(50), replies, limits())
    assert len(chat_server.prompts) <= FEW + 2


READABLE = '{"questions": ["How is the valve oiled?"]}'


@pytest.mark.parametrize("body", ['{"error": "no endpoint"}', PAGE])
def test_replies_none_of_which_can_be_used_end_after_a_dozen(
    chat_server: ChatServer, tmp_path: Path, body: str
) -> None:
    refusing(chat_server, lambda prompt: True, 200, body)
    with Replies(tmp_path / "r") as replies, pytest.raises(UserError, match=f"none of the first {DOZEN} replies"):
        make(chat_server.url, concurrency=1).write(requests(50), replies, limits())
    assert len(chat_server.prompts) == DOZEN


def test_thoughts_that_use_up_the_limit_end_after_a_dozen_and_are_named(
    chat_server: ChatServer, tmp_path: Path
) -> None:
    chat_server.before = lambda number: ChatServer.completion("", "length")
    with Replies(tmp_path / "r") as replies, pytest.raises(UserError, match="max_reply_tokens"):
        make(chat_server.url, concurrency=1).write(requests(50), replies, limits())
    assert len(chat_server.prompts) == DOZEN


def test_neighbours_that_are_refused_do_not_end_a_run() -> None:
    refusals = Refusals(proven=False, all_may_fail=False, concurrency=16)
    refusals.answered(READABLE)
    for _ in range(15):
        refusals.refused(400, "Bad Request", "no")
    refusals.answered(READABLE)
    for _ in range(100):
        refusals.refused(400, "flagged by moderation", "no")


def test_what_was_refused_before_may_be_refused_again() -> None:
    refusals = Refusals(proven=True, all_may_fail=True, concurrency=1)
    for _ in range(100):
        refusals.refused(400, "Bad Request", "no")
    with pytest.raises(UserError, match="wrong key"):
        for _ in range(MORE):
            refusals.refused(401, "blocked", "wrong key")


def test_failed_chunks_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    name_failed({})
    name_failed({f"c{number}": "too long" for number in range(5)})
    assert capsys.readouterr().out == "without a reply: c0, c1, c2 and 2 others (too long)\n"


def test_most_of_a_dozen_that_cannot_be_read_end_the_run_and_one_is_shown(
    chat_server: ChatServer, tmp_path: Path
) -> None:
    chat_server.before = lambda number: ChatServer.completion("All is well with\nthe pump.") if number % 3 else None
    with Replies(tmp_path / "r") as replies:
        with pytest.raises(UserError, match=r"8 of the first 12 replies .*'All is well with the pump[.]'; .*kept"):
            make(chat_server.url, concurrency=1).write(requests(50), replies, limits(failures=3))
        assert len(chat_server.prompts) == len(replies) == DOZEN  # a better reader may read them


def test_whoever_wants_to_go_on_may(chat_server: ChatServer, tmp_path: Path) -> None:
    chat_server.before = lambda number: ChatServer.completion("All is well.")
    with Replies(tmp_path / "r") as replies:
        make(chat_server.url).write(requests(20), replies, limits(failures=20))
        assert len(replies) == 20


def test_half_of_a_dozen_is_not_most(chat_server: ChatServer, tmp_path: Path) -> None:
    chat_server.before = lambda number: ChatServer.completion("All is well.") if number % 2 else None
    with Replies(tmp_path / "r") as replies:
        make(chat_server.url, concurrency=1).write(requests(20), replies, limits(failures=3))
        assert len(replies) == 20
