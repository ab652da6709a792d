"""Batches against a real socket: the same bytes as live, each request paid for once, whatever happens in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from werkzeug import Response

from attune.core.beir import write_corpus
from attune.core.errors import UserError
from attune.questions.asking.under_way import BATCHES
from attune.questions.writers import batch as batch_writer
from attune.questions.writers import batch_file
from attune.servers.prices import Price
from stages.synthesize_questions import CORPUS, METRICS, QUERIES, REPLIES, main
from tests.conftest import ROOT, set_params
from tests.support.asking import CANARY, limits, requests, runtime
from tests.support.batch_runs import NAME, entries, interrupt, kept, keys, once, use, write
from tests.support.batch_server import BatchServer, line
from tests.support.machines import chunks

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
    assert "replies are missing, from scripted, at half price: about" in capsys.readouterr().out


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
    price = Price(input=0, output=1000.0)  # 50 tokens of a reply, 64 at most: 0.025 dollars by batch, 0.032 at most
    with pytest.raises(
        UserError,
        match=r"10 requests do not fit .* \(\$0\.00 spent, .* about \$0\.25 for these, and at most \$0\.32\)"
        r".* nothing was submitted",
    ):
        write(server, requests(10), limits(most=0.31, price=price, batch=True))
    assert (server.batches, kept()) == ({}, set())
    write(server, requests(10), limits(most=0.33, price=price, batch=True))
    assert kept() == keys(requests(10))


def test_what_is_on_its_way_counts_in_the_budget(server: BatchServer) -> None:
    price = Price(input=0, output=1000.0)
    interrupt(server, requests(6))
    with pytest.raises(UserError, match=r"4 requests do not fit .*\(\$0\.00 spent, \$0\.19 on its way"):
        write(server, requests(10), limits(most=0.31, price=price, batch=True))
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


# --- nothing is paid for twice ---


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
from attune.questions.asking.budget import Budget
from attune.questions.asking.costs import Bill, Meter
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
    writer.write(asked, replies, Limits(10**6, Budget(None, Bill(None, 64), Meter([], 2, 64, None))))
"""


@pytest.mark.slow
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


@pytest.mark.parametrize("counts", [None, {"completed": None, "failed": None, "total": 3}, {"completed": "?"}, "many"])
def test_numbers_that_are_only_shown_end_no_run(server: BatchServer, counts: object) -> None:
    def odd(event: str) -> Response | None:
        return None if event != "polled" else Response(json.dumps(shown()), content_type="application/json")

    def shown() -> dict[str, object]:
        batch = server.batches["batch_0"]
        server._finish(batch)
        return batch | {"request_counts": counts}

    server.at = odd
    assert write(server, requests(3)) == {}
    assert kept() == keys(requests(3))
