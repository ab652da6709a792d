"""The OpenAI writer against a real socket: what is sent, what is kept, and what a user reads when it fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from werkzeug import Response

from attune.core.errors import UserError
from attune.questions.asking.replies import Replies
from attune.questions.asking.requests import Request
from attune.questions.asking.writer import Limits
from attune.questions.params import chat_settings
from attune.questions.writers.chat import FORMATS
from attune.questions.writers.live import LiveWriter
from attune.questions.writers.refusals import FEW, MORE
from attune.servers.prices import Price
from attune.servers.server import KEY
from tests.support.asking import CANARY, limits, make, requests, runtime
from tests.support.chat_server import ChatServer


def write(
    writer: LiveWriter, path: Path, asked: Sequence[Request], stop: Limits | None = None
) -> tuple[dict[str, str], int]:
    with Replies(path) as replies:
        failed = writer.write(asked, replies, stop or limits())
        return failed, len(replies)


def test_every_request_is_answered_once(chat_server: ChatServer, tmp_path: Path) -> None:
    assert write(make(chat_server.url), tmp_path / "r", requests(20)) == ({}, 20)
    assert len(chat_server.prompts) == len(set(chat_server.prompts)) == 20


def test_the_body_is_what_every_compatible_server_knows(chat_server: ChatServer, tmp_path: Path) -> None:
    write(make(chat_server.url), tmp_path / "r", requests(1))
    assert chat_server.bodies == [
        {
            "model": "scripted",
            "messages": [{"role": "user", "content": requests(1)[0].prompt}],
            "temperature": 0.7,
            "max_tokens": 64,
            "response_format": FORMATS[0],
        }
    ]


def test_temperature_can_be_left_to_the_server(chat_server: ChatServer, tmp_path: Path) -> None:
    write(LiveWriter(chat_settings("m", None, 64), chat_server.url, runtime()), tmp_path / "r", requests(1))
    assert "temperature" not in chat_server.bodies[0]


def test_requests_are_in_flight_together_and_no_more_than_allowed(chat_server: ChatServer, tmp_path: Path) -> None:
    lock, now, most = threading.Lock(), 0, 0

    def slow(number: int) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.1)
        with lock:
            now -= 1

    chat_server.before = slow
    write(make(chat_server.url, concurrency=3), tmp_path / "r", requests(12))
    assert most == 3


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_repeated(chat_server: ChatServer, tmp_path: Path, status: int) -> None:
    chat_server.before = lambda number: Response("busy", status, {"retry-after": "0.05"}) if number <= 2 else None
    assert write(make(chat_server.url, concurrency=1), tmp_path / "r", requests(3)) == ({}, 3)
    assert len(chat_server.prompts) == 5


def test_retry_after_is_waited_for(chat_server: ChatServer, tmp_path: Path) -> None:
    chat_server.before = lambda number: Response("busy", 429, {"retry-after": "1"}) if number == 1 else None
    start = time.monotonic()
    write(make(chat_server.url), tmp_path / "r", requests(1))
    assert time.monotonic() - start >= 1


def test_one_bad_chunk_does_not_stop_the_others(chat_server: ChatServer, tmp_path: Path) -> None:
    chat_server.before = lambda number: Response("no", 500) if "xxx " in chat_server.prompts[number - 1] else None
    failed, kept = write(make(chat_server.url, max_retries=0, concurrency=1), tmp_path / "r", requests(3 + 1))
    assert (list(failed), kept) == (["c3"], 3)


@pytest.mark.parametrize(
    "broken",
    [
        ChatServer.completion("x", choices=[]),
        ChatServer.completion("x", choices=None),
        Response('{"error": "odd"}', content_type="application/json"),
        Response("null", content_type="application/json"),
        Response("<html>gateway</html>", content_type="text/html"),
    ],
)
def test_a_reply_without_content_is_a_failure_of_its_chunk(
    chat_server: ChatServer, tmp_path: Path, broken: Response
) -> None:
    chat_server.before = lambda number: broken if number == 1 else None
    failed, kept = write(make(chat_server.url, concurrency=1), tmp_path / "r", requests(2))
    assert (list(failed), kept) == (["c0"], 1)


@pytest.mark.parametrize(
    ("finish", "words"),
    [("content_filter", "content filter"), ("stop", "is empty"), ("length", "synthesize_questions.max_reply_tokens")],
)
@pytest.mark.parametrize("text", [None, "", "<think>What is"])
def test_a_reply_without_an_answer_is_a_failure_that_is_asked_again(
    chat_server: ChatServer, tmp_path: Path, finish: str, words: str, text: str | None
) -> None:
    finish = finish if not text else "length"  # what stopped by itself and cannot be read is kept, and counted
    words = words if not text else "synthesize_questions.max_reply_tokens"
    chat_server.before = lambda number: ChatServer.completion(text, finish) if number == 1 else None
    stop = limits(price=Price(input=1e6, output=0), most=1000)
    failed, kept = write(make(chat_server.url, concurrency=1), tmp_path / "r", requests(3), stop)
    assert (list(failed), kept) == (["c0"], 2)
    assert words in failed["c0"]
    assert "$30.00 spent" in stop.budget.overrun([])  # the empty one is paid for as well
    assert write(make(chat_server.url), tmp_path / "r", requests(1)) == ({}, 3)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, f"refuses the key in {KEY}"),
        (403, f"refuses the key in {KEY}"),
        (404, "knows no model 'scripted'"),
        (400, "bad things"),
    ],
)
def test_what_cannot_pass_ends_the_run_in_one_line_without_the_key(
    chat_server: ChatServer, tmp_path: Path, status: int, expected: str
) -> None:
    body = f'{{"error": {{"message": "bad things about {CANARY}"}}}}'
    chat_server.before = lambda number: Response(body, status, content_type="application/json") if number > 3 else None
    with pytest.raises(UserError) as caught:
        write(make(chat_server.url, concurrency=1), tmp_path / "r", requests(10))
    assert expected in str(caught.value)
    assert CANARY not in str(caught.value)
    assert "\n" not in str(caught.value)
    # other inputs are tried: one alone may be refused for what it holds; a 400 may also mean that the server
    # knows no JSON schema, so two simpler ways are tried before it is believed
    assert len(chat_server.prompts) - 3 == {401: FEW, 403: MORE, 404: MORE, 400: MORE + 2}[status]
    with Replies(tmp_path / "r") as replies:
        assert len(replies) == 3


def test_unreachable_server_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot reach http://127\.0\.0\.1:9/v1"):
        write(make("http://127.0.0.1:9/v1", max_retries=0), tmp_path / "r", requests(5))


def test_hanging_server_is_given_up(chat_server: ChatServer, tmp_path: Path) -> None:
    chat_server.before = lambda number: time.sleep(1.5)
    writer = make(chat_server.url, request_timeout_seconds=0.2, max_retries=0)
    failed, kept = write(writer, tmp_path / "r", requests(1))
    assert kept == 0
    assert "did not answer within 0.2 s" in failed["c0"]


def test_openai_itself_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY)
    with pytest.raises(UserError, match=f"{KEY} is not set: .*provider to 'local'"):
        make(None)


def test_other_servers_need_none(monkeypatch: pytest.MonkeyPatch, chat_server: ChatServer, tmp_path: Path) -> None:
    monkeypatch.delenv(KEY)
    assert write(make(chat_server.url), tmp_path / "r", requests(1)) == ({}, 1)


def test_the_key_is_sent_and_written_nowhere(chat_server: ChatServer, tmp_path: Path) -> None:
    write(make(chat_server.url), tmp_path / "r", requests(2))
    assert chat_server.headers[0]["Authorization"] == f"Bearer {CANARY}"
    assert CANARY not in (tmp_path / "r").read_text()
    assert CANARY not in str(make(chat_server.url).settings)


@pytest.mark.parametrize(("known", "asked"), [(("json_schema",), 3), (("json_object",), 4), ((), 5)])
def test_a_server_that_knows_no_schema_is_asked_more_simply_from_then_on(
    chat_server: ChatServer, tmp_path: Path, known: tuple[str, ...], asked: int
) -> None:
    def picky(number: int) -> Response | None:
        wanted = chat_server.bodies[number - 1].get("response_format")
        if wanted is None or wanted["type"] in known:
            return None
        return Response(
            '{"error": {"message": "response_format is not supported"}}', 400, content_type="application/json"
        )

    chat_server.before = picky
    assert write(make(chat_server.url, concurrency=1), tmp_path / "r", requests(3)) == ({}, 3)
    assert len(chat_server.prompts) == asked


def test_refusal_is_told_apart(chat_server: ChatServer, tmp_path: Path) -> None:
    message = {"role": "assistant", "content": None, "refusal": "I cannot help with that."}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    chat_server.before = lambda number: ChatServer.completion(None, choices=choices)
    with Replies(tmp_path / "r") as replies:
        make(chat_server.url).write(requests(1), replies, limits())
        assert [reply.finish_reason for reply in replies.values()] == ["refusal"]


def test_used_up_quota_ends_the_run_at_once(chat_server: ChatServer, tmp_path: Path) -> None:
    body = '{"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}'
    chat_server.before = lambda number: Response(body, 429, content_type="application/json")
    with pytest.raises(UserError, match="exceeded your current quota"):
        write(make(chat_server.url, max_retries=0, concurrency=1), tmp_path / "r", requests(9))
    assert len(chat_server.prompts) == 1


def test_the_run_ends_when_there_are_more_failures_than_allowed(chat_server: ChatServer, tmp_path: Path) -> None:
    chat_server.before = lambda number: Response("no", 500)
    failed, kept = write(
        make(chat_server.url, max_retries=0, concurrency=2), tmp_path / "r", requests(40), limits(failures=3)
    )
    assert kept == 0
    assert 4 <= len(failed) <= 6


@pytest.mark.parametrize(
    "body",
    [
        '{"error": {"message": "Provider returned error", "code": 502}}',
        '{"error": "overloaded, please try again later"}',
    ],
)
def test_an_error_that_comes_with_200_is_repeated_where_it_may_pass(
    chat_server: ChatServer, tmp_path: Path, body: str
) -> None:
    chat_server.before = lambda number: Response(body, content_type="application/json") if number == 1 else None
    assert write(make(chat_server.url, concurrency=1), tmp_path / "r", requests(2)) == ({}, 2)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (402, "This request requires more credits, or fewer max_tokens"),
        (400, "Budget has been exceeded! Current cost: 76.16, Max budget: 10.0"),
        (429, "ExceededBudget: End User=x over budget"),
    ],
)
def test_where_nobody_pays_any_more_nothing_more_is_asked(
    chat_server: ChatServer, tmp_path: Path, status: int, words: str
) -> None:
    body = f'{{"error": {{"message": "{words}"}}}}'
    chat_server.before = lambda number: Response(body, status) if number > 2 else None
    with pytest.raises(UserError, match=words[:20]):
        write(make(chat_server.url, concurrency=1), tmp_path / "r", requests(20))
    assert len(chat_server.prompts) == 3


def test_what_is_in_flight_when_the_run_ends_is_kept_and_nothing_new_is_asked(
    chat_server: ChatServer, tmp_path: Path
) -> None:
    """The fourth ends the run while the others are being written."""
    arrived = threading.Barrier(4)

    def ending(number: int) -> Response | None:
        arrived.wait(5)
        if "xxx " in chat_server.prompts[number - 1]:
            return Response('{"error": {"message": "no credits left", "code": 402}}', 402)
        time.sleep(0.3)
        return None

    chat_server.before = ending
    with pytest.raises(UserError, match="no credits left"):
        write(make(chat_server.url, concurrency=4), tmp_path / "r", requests(40))
    assert len(chat_server.prompts) == 4
    with Replies(tmp_path / "r") as replies:
        assert len(replies) == 3
