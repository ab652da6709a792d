"""Batches against a real socket: the same bytes as live, each request paid for once, whatever happens in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from attune.core.beir import write_corpus
from attune.core.errors import UserError
from attune.questions.asking.replies import Replies
from attune.questions.asking.requests import Request
from attune.questions.asking.under_way import BATCHES, UnderWay
from attune.questions.asking.writer import Limits
from attune.questions.params import chat_settings
from attune.questions.writers import batch as batch_writer
from attune.questions.writers import batch_file
from attune.questions.writers.batch import BatchWriter
from attune.servers.prices import Price
from attune.servers.server import KEY
from scripts import batch as batch_script
from stages.synthesize_questions import CORPUS, METRICS, QUERIES, REPLIES, main
from tests.conftest import ROOT, set_params
from tests.questions.writers.test_live import CANARY, limits, requests, runtime
from tests.stages.test_synthesize_questions import chunks
from tests.support.batch_server import BatchServer, answer, line

NAME = "scripted"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(KEY, CANARY)


@pytest.fixture
def server(http: HTTPServer) -> BatchServer:
    http.clear()
    return BatchServer(http)


def write(
    server: BatchServer, asked: list[Request], stop: Limits | None = None, model: str = NAME, **changes: Any
) -> dict[str, str]:
    writer = BatchWriter(chat_settings(model, 0.7, 64), server.url, runtime(batch_poll_seconds=0.01, **changes))
    with Replies(REPLIES) as replies:
        missing = [request for request in asked if request.key not in replies]
        return writer.write(missing, replies, stop or limits()) if missing else {}


def kept() -> set[str]:
    return set(Replies.read(REPLIES))


def keys(asked: list[Request]) -> set[str]:
    return {request.key for request in asked}


def once(server: BatchServer, asked: list[Request]) -> bool:
    return dict(server.asked) == dict.fromkeys(keys(asked), 1)


def entries() -> list[dict[str, Any]]:
    return list(json.loads(BATCHES.read_text())["batches"])


def use(project: Path, server: BatchServer, **knobs: Any) -> None:
    set_params(
        project / "params.yaml",
        synthesize_questions={"provider": "openai", "model": NAME, "base_url": server.url, **knobs},
        runtime={"max_retries": 1, "request_timeout_seconds": 5.0, "batch_poll_seconds": 0.01},
    )


# --- the same as live ---


def test_batch_gives_the_bytes_of_live_at_half_the_price(
    project: Path, server: BatchServer, capsys: pytest.CaptureFixture[str]
) -> None:
    write_corpus(CORPUS, chunks(10))
    made = {}
    for mode in ("live", "batch"):
        REPLIES.unlink(missing_ok=True)
        use(project, server, mode=mode, prices={NAME: {"input": 1000.0, "output": 1000.0}})
        main()
        made[mode] = {path: path.read_text() for path in (QUERIES, REPLIES, METRICS)}
    live, batch = made["live"], made["batch"]
    assert live[QUERIES] == batch[QUERIES]
    assert live[REPLIES] == batch[REPLIES].replace(', "batch": true', "")
    assert '"batch"' not in live[REPLIES]
    assert batch[REPLIES].count('"batch": true') == 10
    costs = [json.loads(made[mode][METRICS]).pop("cost_usd") for mode in made]
    assert costs == [pytest.approx(10 * 15 / 1000), pytest.approx(10 * 15 / 2000)]
    assert len(server.prompts) == 10
    assert "to ask scripted for, at half price: about" in capsys.readouterr().out


def test_replies_of_one_mode_serve_the_other(project: Path, server: BatchServer) -> None:
    write_corpus(CORPUS, chunks(10))
    use(project, server, mode="batch")
    main()
    before = REPLIES.read_bytes()
    use(project, server, mode="live")
    main()
    assert (server.prompts, REPLIES.read_bytes()) == ([], before)


def test_the_request_is_the_one_of_live(server: BatchServer, project: Path) -> None:
    write_corpus(CORPUS, chunks(3))
    for mode in ("live", "batch"):
        REPLIES.unlink(missing_ok=True)
        use(project, server, mode=mode)
        main()
    rows = [json.loads(text) for text in server.files["file-0"].decode().splitlines()]
    by_prompt = {body["messages"][0]["content"]: body for body in server.bodies}
    assert {row["body"]["messages"][0]["content"]: row["body"] for row in rows} == by_prompt


def test_a_model_in_this_process_has_no_batches(project: Path) -> None:
    set_params(project / "params.yaml", synthesize_questions={"mode": "batch"})
    with pytest.raises(UserError, match=r"'synthesize_questions\.mode' is 'batch': a model in this process has no"):
        main()


def test_the_key_stands_in_no_file(server: BatchServer, tmp_path: Path) -> None:
    server.answer = lambda row: line(row, {"status_code": 500, "body": {"error": {"message": f"about {CANARY}"}}})
    failed = write(server, requests(3))
    assert server.headers[0]["Authorization"] == f"Bearer {CANARY}"
    assert CANARY not in str(failed)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and CANARY in path.read_text()] == []
    assert not any(CANARY.encode() in content for name, content in server.files.items() if "error" not in name)


# --- costs ---


def test_what_does_not_fit_into_the_budget_is_not_submitted(server: BatchServer) -> None:
    price = Price(input=0, output=1000.0)  # 50 tokens of a reply: 0.05 dollars live, 0.025 by batch
    with pytest.raises(
        UserError,
        match=r"10 requests do not fit .* \(\$0\.00 spent, .* about \$0\.25 for these\).* nothing was submitted",
    ):
        write(server, requests(10), limits(most=0.24, price=price, batch=True))
    assert (server.batches, kept()) == ({}, set())
    write(server, requests(10), limits(most=0.26, price=price, batch=True))
    assert kept() == keys(requests(10))


def test_what_is_on_its_way_counts_in_the_budget(server: BatchServer) -> None:
    price = Price(input=0, output=1000.0)
    interrupt(server, requests(6))
    with pytest.raises(UserError, match=r"4 requests do not fit .*\(\$0\.00 spent, \$0\.15 on its way"):
        write(server, requests(10), limits(most=0.24, price=price, batch=True))
    assert sum(server.asked.values()) == 6


# --- limits of the API ---


def test_more_than_a_file_may_hold_makes_several_batches(server: BatchServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_file, "MOST_REQUESTS", 4)
    assert write(server, requests(10)) == {}
    assert [batch["request_counts"]["total"] for batch in server.batches.values()] == [4, 4, 2]
    assert (kept(), entries()) == (keys(requests(10)), [])


def test_files_stay_below_the_limit_of_bytes(server: BatchServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_file, "MOST_BYTES", 1500)
    assert write(server, requests(10)) == {}
    uploaded = [content for name, content in server.files.items() if "batch" not in name]
    assert len(uploaded) > 2
    assert all(len(content) <= 1500 for content in uploaded)
    assert once(server, requests(10))


def test_batches_that_find_no_room_wait_or_are_made_smaller(
    server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_file, "MOST_REQUESTS", 8)
    monkeypatch.setattr(batch_writer, "SMALLEST", 2)
    server.room = 5
    assert write(server, requests(16)) == {}
    assert once(server, requests(16))
    assert kept() == keys(requests(16))


def test_a_batch_that_finds_no_room_however_small_is_given_up(server: BatchServer) -> None:
    server.room = 1
    with pytest.raises(UserError, match=r"refused batch .* Enqueued token limit reached"):
        write(server, requests(16))
    assert entries() == []


# --- what servers answer ---


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


# --- nothing is paid for twice ---


def interrupt(server: BatchServer, asked: list[Request]) -> None:
    """Submit, and end while the batch runs."""

    def stop(event: str) -> Response | None:
        if event == "polled":
            raise_interrupt.set()
        return None

    raise_interrupt = threading.Event()
    server.at = stop

    def sleep(seconds: float) -> None:
        if raise_interrupt.is_set():
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("attune.questions.writers.batch.time.sleep", sleep)
        with pytest.raises(KeyboardInterrupt):
            write(server, asked)
    server.at = lambda event: None


def test_an_interrupted_run_is_taken_up(server: BatchServer, capsys: pytest.CaptureFixture[str]) -> None:
    interrupt(server, requests(5))
    assert [entry["id"] for entry in entries()] == ["batch_0"]
    assert write(server, requests(5)) == {}
    assert "batch batch_0 of 5 requests, submitted by an earlier run, is " in capsys.readouterr().out
    assert once(server, requests(5))
    assert (kept(), entries()) == (keys(requests(5)), [])


def test_requests_that_came_meanwhile_are_submitted_beside_a_running_batch(server: BatchServer) -> None:
    interrupt(server, requests(5))
    assert write(server, requests(8)) == {}
    assert once(server, requests(8))


def test_replies_to_what_is_no_longer_asked_are_kept(server: BatchServer) -> None:
    interrupt(server, requests(5))
    for batch in server.batches.values():
        server._finish(batch)
    assert write(server, requests(8)[3:]) == {}
    assert kept() == keys(requests(8))
    assert once(server, requests(8))


def test_live_mode_tells_what_waits_in_a_batch(
    project: Path, server: BatchServer, capsys: pytest.CaptureFixture[str]
) -> None:
    write_corpus(CORPUS, chunks(4))
    use(project, server)
    carry("export", "in.jsonl")
    names = [json.loads(text)["custom_id"] for text in Path("in.jsonl").read_text().splitlines()]
    UnderWay().intend(server.url, names[:3])
    main()
    assert "3 of them were submitted in a batch by an earlier run: mode: batch waits" in capsys.readouterr().out


def test_batches_of_another_server_are_left_alone(server: BatchServer, capsys: pytest.CaptureFixture[str]) -> None:
    interrupt(server, requests(2))
    BATCHES.write_text(BATCHES.read_text().replace(server.url, "http://elsewhere/v1"))
    assert write(server, requests(2)) == {}
    assert "2 of the requests wait at another server" in capsys.readouterr().out
    assert len(entries()) == 1


def test_a_deleted_record_is_made_again_from_the_servers_list(
    server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_file, "MOST_REQUESTS", 2)
    for batch in range(3):  # of others, so that ours is not on the first page
        server.batches[f"other_{batch}"] = {"id": f"other_{batch}", "created_at": 2**31, "status": "completed"}
    interrupt(server, requests(9))
    BATCHES.unlink()
    assert write(server, requests(9)) == {}
    assert once(server, requests(9))
    assert kept() == keys(requests(9))


def test_a_batch_that_the_server_forgot_is_not_paid_for_again_unasked(server: BatchServer) -> None:
    interrupt(server, requests(2))
    server.batches.clear()
    with pytest.raises(UserError, match="does not know batch batch_0"):
        write(server, requests(2))
    BATCHES.unlink()
    assert write(server, requests(2)) == {}


def test_a_broken_record_is_named(server: BatchServer) -> None:
    BATCHES.parent.mkdir()
    BATCHES.write_text("{")
    with pytest.raises(UserError, match=r"data/batches\.json is not a list of batches; delete it"):
        write(server, requests(2))


@pytest.mark.parametrize("event", ["creating", "created"])
def test_a_lost_answer_to_the_creation_creates_no_second_batch(server: BatchServer, event: str) -> None:
    server.at = lambda now: Response("", 502) if now == event and server.events.count(event) == 1 else None
    assert write(server, requests(5)) == {}
    assert once(server, requests(5))


CHILD = """
import json, sys
from attune.questions.writers.batch import BatchWriter
from attune.questions.asking.costs import Bill, Budget, Meter
from attune.core.params import RuntimeParams
from attune.questions.asking.replies import Replies
from attune.questions.asking.requests import Request
from attune.questions.asking.writer import Limits
from attune.questions.params import chat_settings
from pathlib import Path
url, path, runtime, prompts = sys.argv[1:]
asked = [Request(f"c{n}", prompt, "", {"model": "scripted"}) for n, prompt in enumerate(json.loads(prompts))]
writer = BatchWriter(chat_settings("scripted", 0.7, 64), url, RuntimeParams(**json.loads(runtime)))
with Replies(Path(path)) as replies:
    writer.write(asked, replies, Limits(10**6, Budget(None, Bill(None), Meter([], 2, 64, None))))
"""


@pytest.mark.parametrize(
    ("moment", "number"),
    [("uploaded", 1), ("created", 1)]
    + [(moment, 2) for moment in ("uploading", "uploaded", "creating", "created", "polled", "downloading")],
)
def test_killed_at_any_moment_it_asks_each_request_once(
    server: BatchServer, monkeypatch: pytest.MonkeyPatch, moment: str, number: int
) -> None:
    asked = requests(7)
    started = threading.Event()

    def kill(event: str) -> Response | None:
        if event == moment and server.events.count(event) == number:  # of two batches
            started.wait()
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
        return None

    server.at = kill
    knobs = runtime(batch_poll_seconds=0.01).model_dump_json()
    child = subprocess.Popen(
        [sys.executable, "-c",
         "from attune.questions.writers import batch_file\nbatch_file.MOST_REQUESTS = 4\n" + CHILD,
         server.url, str(REPLIES), knobs, json.dumps([request.prompt for request in asked])],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    started.set()
    assert child.wait(timeout=20) == -signal.SIGKILL
    server.at = lambda event: None
    monkeypatch.setattr(batch_file, "MOST_REQUESTS", 4)
    assert len(kept()) < 7
    assert write(server, asked) == {}
    assert once(server, asked)
    assert (kept(), entries()) == (keys(asked), [])


# --- by file ---


def carry(*arguments: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["scripts.batch", *arguments])
        batch_script.main()


def run_batch(source: Path, target: Path, broken: int | None = None) -> None:
    """What `vllm run-batch` writes: its own ids, every field spelled out, a 400 where it could not answer."""
    rows = [json.loads(text) for text in source.read_text().splitlines()]
    with target.open("w") as file:
        for number, row in enumerate(rows):
            result = answer(row) | {"id": f"vllm-{number:032x}"}
            message = result["response"]["body"]["choices"][0]["message"]
            message |= {"refusal": None, "tool_calls": [], "reasoning_content": None}
            result["response"]["body"] |= {"prompt_logprobs": None, "kv_transfer_params": None}
            if number == broken:
                result["response"] = {"status_code": 400, "request_id": "vllm-batch-1", "body": None}
                result["error"] = {"error": {"message": "too long", "type": "BadRequestError", "code": 400}}
            file.write(json.dumps(result) + "\n")


def test_export_and_import_give_the_bytes_of_live(
    project: Path, server: BatchServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpus(CORPUS, chunks(10))
    use(project, server)
    main()
    live = {path: path.read_text() for path in (QUERIES, REPLIES)}
    REPLIES.unlink()
    monkeypatch.delenv(KEY)  # nothing is asked, so no key is needed
    carry("export", "in.jsonl")
    run_batch(Path("in.jsonl"), Path("out.jsonl"), broken=3)
    carry("import", "out.jsonl")
    assert "9 added, 0 were there already, 0 unknown, 1 failed (too long)" in capsys.readouterr().out
    carry("export", "rest.jsonl")
    assert len(Path("rest.jsonl").read_text().splitlines()) == 1
    run_batch(Path("rest.jsonl"), Path("rest_out.jsonl"))
    carry("import", "rest_out.jsonl")
    asked = len(server.prompts)
    main()
    assert len(server.prompts) == asked
    assert QUERIES.read_text() == live[QUERIES]
    assert REPLIES.read_text().replace(', "batch": true', "") == live[REPLIES]
    carry("export", "nothing.jsonl")
    assert not Path("nothing.jsonl").exists()


def test_results_for_other_requests_are_counted_as_unknown(project: Path, server: BatchServer) -> None:
    write_corpus(CORPUS, chunks(4))
    use(project, server)
    carry("export", "in.jsonl")
    run_batch(Path("in.jsonl"), Path("out.jsonl"))
    use(project, server, temperature=0.1)
    with pytest.raises(UserError, match="0 added, 0 were there already, 4 unknown, 0 failed"):
        carry("import", "out.jsonl")
    assert kept() == set()


def test_what_is_no_file_of_results_is_named(project: Path, server: BatchServer) -> None:
    write_corpus(CORPUS, chunks(4))
    use(project, server)
    with pytest.raises(UserError, match=r"missing\.jsonl does not exist; expected what"):
        carry("import", "missing.jsonl")
    Path("odd.jsonl").write_text('{"a": 1}\n')
    with pytest.raises(UserError, match=r"odd\.jsonl:1: not a result of a batch"):
        carry("import", "odd.jsonl")
    with pytest.raises(UserError, match=r"expected `python -m scripts\.batch export FILE`"):
        carry("export")
    use(project, server, provider="local")
    with pytest.raises(UserError, match="provider is 'local'"):
        carry("export", "in.jsonl")
