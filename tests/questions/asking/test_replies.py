"""No reply that was paid for is lost, whatever happens to the process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from attune.core.errors import UserError
from attune.questions.asking.replies import Replies, Reply
from attune.questions.asking.requests import Request
from tests.conftest import ROOT


def request(prompt: str) -> Request:
    return Request("chunk", prompt, "", {"model": "m", "temperature": 0.5})


def reply(text: str) -> Reply:
    return Reply(text, "stop", 10, 5)


def test_replies_come_back(tmp_path: Path) -> None:
    path = tmp_path / "data" / "replies.jsonl"
    with Replies(path) as replies:
        replies.add(request("a"), reply("What?\nétrange"))
    with Replies(path) as replies:
        assert dict(replies) == {request("a").key: reply("What?\nétrange")}


def test_bytes_do_not_depend_on_the_order_of_arrival(tmp_path: Path) -> None:
    for name, order in (("one", "abc"), ("two", "cab")):
        with Replies(tmp_path / name) as replies:
            for prompt in order:
                replies.add(request(prompt), reply(prompt))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_reply_is_on_disk_before_the_next_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    with Replies(path) as replies:
        replies.add(request("a"), reply("first"))
        assert json.loads(path.read_text())["text"] == "first"


def test_run_without_a_reply_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), Replies(tmp_path / "data" / "replies.jsonl"):
        raise RuntimeError
    assert list(tmp_path.rglob("*")) == []


def test_an_error_in_the_run_keeps_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    with pytest.raises(RuntimeError), Replies(path) as replies:
        replies.add(request("a"), reply("paid"))
        raise RuntimeError
    with Replies(path) as replies:
        assert request("a").key in replies


@pytest.mark.parametrize("rest", ['{"key": "12', '{"key": "12"}', "{", "\x00\x00"])
def test_torn_last_line_is_dropped_and_the_rest_kept(tmp_path: Path, rest: str) -> None:
    path = tmp_path / "replies.jsonl"
    with Replies(path) as replies:
        replies.add(request("a"), reply("paid"))
    with path.open("a") as file:
        file.write(rest)
    with Replies(path) as replies:
        assert list(replies) == [request("a").key]
        replies.add(request("b"), reply("next"))
    assert len(path.read_text().splitlines()) == 2


def test_a_torn_line_alone_does_not_become_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    path.write_text('{"key": "12')
    with Replies(path) as replies:
        assert not replies
    assert path.read_text() == '{"key": "12'


def test_a_reply_that_cannot_be_written_is_no_reply(tmp_path: Path) -> None:
    with Replies(tmp_path / "r") as replies:
        with pytest.raises(ValueError, match="surrogates"):
            replies.add(request("a"), reply("half a character: \ud83d"))
        assert (list(replies), len(replies), request("a").key in replies) == ([], 0, False)
        replies.add(request("b"), reply("whole"))
    assert list(Replies.read(tmp_path / "r").values()) == [reply("whole")]


def test_broken_line_in_the_middle_is_named_and_nothing_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    path.write_text(
        '{"broken\n{"key": "k", "text": "t", "finish_reason": "s", "prompt_tokens": 1, "completion_tokens": 1}\n'
    )
    before = path.read_bytes()
    with pytest.raises(UserError, match=r"replies\.jsonl:1: not a reply; .* nothing was changed"), Replies(path):
        pass
    assert path.read_bytes() == before


def test_appending_never_writes_through_a_link_into_dvcs_cache(tmp_path: Path) -> None:
    cached = tmp_path / "cache"
    with Replies(cached) as replies:
        replies.add(request("a"), reply("paid"))
    before = cached.read_bytes()
    os.link(cached, tmp_path / "replies.jsonl")
    with Replies(tmp_path / "replies.jsonl") as replies:
        replies.add(request("b"), reply("next"))
    assert cached.read_bytes() == before


def test_the_bytes_of_the_file_are_those_of_every_version(tmp_path: Path) -> None:
    with Replies(tmp_path / "r") as replies:
        replies.add_by_key("b", Reply("Était-ce?", "stop", 10, 5, batch=True))
        replies.add_by_key("a", Reply("", "length", 0, 0))
    lines = [
        '{"key": "a", "text": "", "finish_reason": "length", "prompt_tokens": 0, "completion_tokens": 0}\n',
        '{"key": "b", "text": "Était-ce?", "finish_reason": "stop", "prompt_tokens": 10, "completion_tokens": 5, '
        '"batch": true}\n',
    ]
    assert (tmp_path / "r").read_bytes() == "".join(lines).encode()


@pytest.mark.parametrize(
    "other",
    [
        Request("chunk", "another", "", {"model": "m", "temperature": 0.5}),
        Request("chunk", "a", "", {"model": "n", "temperature": 0.5}),
        Request("chunk", "a", "", {"model": "m", "temperature": 0.6}),
    ],
)
def test_key_depends_on_all_that_shapes_a_reply(other: Request) -> None:
    assert other.key != request("a").key


def test_key_does_not_depend_on_the_chunks_place() -> None:
    assert Request("elsewhere", "a", "", {"temperature": 0.5, "model": "m"}).key == request("a").key


KILLED = """
import sys, time
from pathlib import Path
from attune.questions.asking.replies import Replies, Reply
from attune.questions.asking.requests import Request
with Replies(Path(sys.argv[1])) as replies:
    for number in range(10**6):
        replies.add(Request("c", f"{sys.argv[2]} {number}", "", {}), Reply("x" * 3000, "stop", 1, 1))
        print(number, flush=True)
"""


def test_kill_at_any_moment_loses_no_finished_reply(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    finished = 0
    for attempt in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path), str(attempt)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.013 * attempt)
        process.send_signal(signal.SIGKILL)
        printed = process.stdout.read().splitlines()
        process.wait()
        complete = [line for line in printed if line.isdigit()]
        finished += 1 + len(complete[:-1])  # the last number may itself be torn
    with Replies(path) as replies:
        assert len(replies) >= finished
