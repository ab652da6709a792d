"""Whatever servers answer to a batch, what they did is kept and the rest is asked for anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug import Response

from attune.core.errors import UserError
from attune.questions.writers import batch as batch_writer
from attune.questions.writers import batch_file
from attune.servers.server import KEY
from tests.support.asking import CANARY, limits, requests
from tests.support.batch_runs import entries, interrupt, kept, keys, once, write
from tests.support.batch_server import BatchServer, answer, line
from tests.support.chat_server import ChatServer


def test_a_file_that_is_refused_is_one_line(server: BatchServer) -> None:
    with pytest.raises(UserError, match=r"refused batch batch_0, and asked nothing of it: line 1: not a request; line"):
        write(server, requests(5), model="refused")
    assert entries() == []
    assert write(server, requests(5)) == {}


@pytest.mark.parametrize(
    ("response", "error", "reason"),
    [
        ({"status_code": 400, "body": {"error": {"message": "too long"}}}, None, "too long"),
        ({"status_code": 503, "body": None}, None, "answered with status 503"),
        (None, {"code": "batch_expired", "message": "This request could not be executed"}, "could not be executed"),
        (
            {"status_code": 400, "request_id": "r"},
            {"error": {"message": "no such model", "code": 404}},
            "no such model",
        ),
        ({"status_code": 200, "body": {"choices": []}}, None, "holds no choices"),
        ({"status_code": 200, "body": {"choices": ["?"]}}, None, "not a chat completion"),
        ({"status_code": 200, "body": None}, None, "holds no choices"),
    ],
)
def test_one_bad_line_does_not_stop_the_others(
    server: BatchServer, response: dict[str, Any] | None, error: dict[str, Any] | None, reason: str
) -> None:
    bad = requests(4)[2]
    server.answer = lambda row: line(row, response, error) if row["custom_id"] == bad.key else answer(row)
    failed = write(server, requests(4))
    assert list(failed) == [bad.chunk_id]
    assert reason in failed[bad.chunk_id]
    server.answer = answer
    assert write(server, requests(4)) == {}
    assert server.asked == {request.key: 1 + (request == bad) for request in requests(4)}


def form(row: dict[str, Any]) -> str:
    return str(row["body"].get("response_format", {"type": "none"})["type"])


def refusing(forms: list[str], status: int = 400) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Answer as a server that does not know some ways to ask for JSON."""

    def answered(row: dict[str, Any]) -> dict[str, Any]:
        if form(row) not in forms:
            return answer(row)
        message = f"'response_format.type' {form(row)} is not supported by this model"
        return line(row, {"status_code": status, "body": {"error": {"message": message}}})

    return answered


def forms_of_files(server: BatchServer) -> list[set[str]]:
    uploaded = [content for name, content in server.files.items() if "batch" not in name]
    return [{form(json.loads(text)) for text in content.decode().splitlines()} for content in uploaded]


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("refused", [["json_schema"], ["json_schema", "json_object"]])
def test_a_server_that_refuses_a_way_to_ask_for_json_is_asked_the_next_way(
    server: BatchServer, monkeypatch: pytest.MonkeyPatch, refused: list[str], status: int
) -> None:
    monkeypatch.setattr(batch_file, "MOST_REQUESTS", 4)
    server.answer = refusing(refused, status)
    assert write(server, requests(7)) == {}
    assert (kept(), entries()) == (keys(requests(7)), [])
    steps = ["json_schema", "json_object", "none"]
    assert [step for step in steps for asked in forms_of_files(server) if asked == {step}] == [
        step for step in steps[: len(refused) + 1] for _ in range(2)
    ]
    assert dict(server.asked) == dict.fromkeys(keys(requests(7)), len(refused) + 1)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("max_tokens", "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        ("temperature", "'temperature' does not support 0.7; only the default is supported"),
    ],
)
def test_a_parameter_that_a_server_does_not_know_is_submitted_otherwise(
    server: BatchServer, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.setattr(batch_file, "MOST_REQUESTS", 4)
    refused = {"status_code": 400, "body": {"error": {"message": words}}}
    server.answer = lambda row: line(row, refused) if name in row["body"] else answer(row)
    assert write(server, requests(7)) == {}
    assert dict(server.asked) == dict.fromkeys(keys(requests(7)), 2)


def test_a_server_that_refuses_every_way_leaves_the_requests_failed(server: BatchServer) -> None:
    server.answer = refusing(["json_schema", "json_object", "none"])
    failed = write(server, requests(3))
    assert set(failed) == {"c0", "c1", "c2"}
    assert "none is not supported" in failed["c0"]
    assert (len(server.batches), entries()) == (3, [])


def test_a_refused_way_is_remembered_over_an_interruption(server: BatchServer) -> None:
    server.answer = refusing(["json_schema", "json_object"])
    interrupt(server, requests(3))
    for _ in range(2):  # the next way each time, and never the same again
        server._finish(server.batches[list(server.batches)[-1]])
        interrupt(server, requests(3))
    assert [entry["format"] for entry in entries()] == [2]
    assert write(server, requests(3)) == {}
    assert forms_of_files(server) == [{"json_schema"}, {"json_object"}, {"none"}]


def test_a_file_that_is_refused_for_the_way_it_asks_is_submitted_in_another(server: BatchServer) -> None:
    server.problem = lambda row: "json_schema is not supported" if form(row) == "json_schema" else None
    assert write(server, requests(3)) == {}
    assert once(server, requests(3))  # the first file was asked nothing


@pytest.mark.parametrize("bad", [1, 3])
def test_other_refusals_do_not_change_the_way_of_asking(server: BatchServer, bad: int) -> None:
    wrong = {request.key for request in requests(3)[:bad]}
    about = "json_schema is too long" if bad < 3 else "prompt is too long"
    refused = {"status_code": 400, "body": {"error": {"message": about}}}
    server.answer = lambda row: line(row, refused) if row["custom_id"] in wrong else answer(row)
    assert len(write(server, requests(3))) == bad
    assert len(server.batches) == 1


@pytest.mark.parametrize("final", ["expired", "cancelled"])
def test_what_an_unfinished_batch_has_done_is_kept_and_the_rest_asked_for_anew(server: BatchServer, final: str) -> None:
    done = keys(requests(3))
    server.final, server.answer = final, lambda row: answer(row) if row["custom_id"] in done else None
    failed = write(server, requests(5))
    assert (list(failed), kept()) == (["c3", "c4"], done)
    assert f"batch_0 {final} before it came to this request" in failed["c3"]
    server.final, server.answer = "completed", answer
    assert write(server, requests(5)) == {}
    assert server.asked == {request.key: 1 + (request.key not in done) for request in requests(5)}


def test_results_of_nobody_are_ignored(server: BatchServer) -> None:
    server.answer = lambda row: answer(row) | ({"custom_id": "nobody"} if row["custom_id"] == only.key else {})
    only = requests(1)[0]
    assert list(write(server, requests(3))) == ["c0"]
    assert kept() == keys(requests(3)[1:])


@pytest.mark.parametrize("kind", ["reset", "short", "500"])
def test_a_torn_download_is_fetched_again(server: BatchServer, kind: str) -> None:
    def tear(event: str) -> Response | None:
        if event != "downloading" or server.events.count(event) > 1:
            return None
        content = server.files["file-output-batch_0"]
        torn = Response("oops" if kind == "500" else content[: len(content) // 2], 500 if kind == "500" else 200)
        if kind == "reset":
            torn.headers["content-length"] = str(len(content))
            torn.automatically_set_content_length = False
        return torn

    server.at = tear
    assert write(server, requests(5)) == {}
    assert server.events.count("downloading") == 2
    assert (kept(), once(server, requests(5))) == (keys(requests(5)), True)


def test_a_line_that_is_no_result_costs_no_other(server: BatchServer) -> None:
    def add(event: str) -> Response | None:
        if event != "downloading":
            return None
        first, rest = server.files["file-output-batch_0"].split(b"\n", 1)
        odd = [b'{"custom', b"[" * 5000, b"null", b'{"custom_id": null}', b"done"]
        return Response(b"\n".join([first, *odd, rest, b'{"event": "end"}\n']))

    server.at = add
    assert write(server, requests(5)) == {}
    assert (kept(), once(server, requests(5))) == (keys(requests(5)), True)


def test_a_download_that_stays_torn_is_kept_for_the_next_run(server: BatchServer) -> None:
    server.at = lambda event: Response('{"custom') if event == "downloading" else None
    with pytest.raises(UserError, match="cut off, 2 times; nothing is lost"):
        write(server, requests(5), max_retries=1)
    server.at = lambda event: None
    assert write(server, requests(5)) == {}
    assert once(server, requests(5))


def test_a_server_without_batches_is_named(server: BatchServer) -> None:
    server.at = lambda event: Response('{"detail": "Not Found"}', 404) if event in ("listing", "uploading") else None
    with pytest.raises(UserError, match=r"no Batch API .*\.mode: live asks request by request"):
        write(server, requests(2))


def test_results_that_are_gone_are_asked_for_anew(server: BatchServer) -> None:
    interrupt(server, requests(2))
    server._finish(server.batches["batch_0"])
    del server.files["file-output-batch_0"]
    assert list(write(server, requests(2))) == ["c0", "c1"]
    assert write(server, requests(2)) == {}


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_ends_the_run_in_one_line(server: BatchServer, status: int) -> None:
    server.at = lambda event: Response(f'{{"error": {{"message": "bad {CANARY}"}}}}', status)
    with pytest.raises(UserError, match=f"refuses the key in {KEY}") as caught:
        write(server, requests(2))
    assert CANARY not in str(caught.value)


def test_a_pause_of_the_server_does_not_end_the_waiting(
    server: BatchServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.at = lambda event: Response("", 503) if event == "polled" and server.events.count(event) in (2, 3) else None
    assert write(server, requests(2), max_retries=0) == {}
    assert "asking again every" in capsys.readouterr().out


def test_no_other_batch_is_submitted_where_most_replies_cannot_be_read(
    server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_file, "MOST_REQUESTS", 12)
    monkeypatch.setattr(batch_writer, "SMALLEST", 2)
    server.room = 12
    body = json.loads(ChatServer.completion("I have read it.").get_data())
    server.answer = lambda row: line(row, {"status_code": 200, "body": body})
    with pytest.raises(UserError, match=r"12 of the first 12 replies .*'I have read it.'"):
        write(server, requests(24), limits(failures=3))
    assert kept() == keys(requests(12)) and entries() == []
    assert write(server, requests(24), limits(failures=24)) == {}  # whoever allows that all fail is obeyed
    assert once(server, requests(24))
