"""Question synthesis against a server that fails at random, and against being killed (slow)."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from attune.core.beir import write_corpus
from attune.core.records import Chunk
from attune.questions.asking.replies import Replies
from stages.synthesize_questions import CORPUS, METRICS, QUERIES, REPLIES
from tests.conftest import ROOT, set_params
from tests.support.faulty_server import FAULTS, FaultyServer
from tests.support.random_server import RandomServer
from tests.support.stage_process import begin, end

CONCURRENCY = 16
SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu".split(" ")


def write_project(folder: Path, url: str, count: int) -> None:
    words = random.Random(1)

    def word() -> str:
        return "".join(words.choices(SYLLABLES, k=4))

    place = {"document": "a.txt", "title": "A", "start": 0, "end": 1, "pages": None}
    chunks = [Chunk(f"c{i:05d}", "", " ".join(word() for _ in range(30)), place) for i in range(count)]
    shutil.copy(ROOT / "params.yaml", folder)
    shutil.copytree(ROOT / "prompts", folder / "prompts")
    write_corpus(folder / CORPUS, chunks)
    set_params(
        folder / "params.yaml",
        synthesize_questions={"provider": "openai", "model": "scripted", "base_url": url, "max_failed_fraction": 0.0},
        runtime={"concurrency": CONCURRENCY, "request_timeout_seconds": 1.0, "max_retries": 6},
    )


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "stages.synthesize_questions"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(folder: Path) -> dict[Path, bytes]:
    process = start(folder)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return {path: (folder / path).read_bytes() for path in (QUERIES, REPLIES, METRICS)}


@pytest.fixture(scope="module")
def fault_free(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, bytes]:
    folder = tmp_path_factory.mktemp("fault-free")
    with FaultyServer(faults=0.0) as server:
        write_project(folder, server.url, 2000)
        return finish(folder)


# no file of this process may grow beyond some replies, from the moment that asking begins
FULL = """
import resource
from stages import synthesize_questions as stage
from attune.core.errors import run
from attune.questions.asking import ask
plan = ask.plan
def limited(*given):
    planned = plan(*given)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8000, resource.RLIM_INFINITY))
    return planned
ask.plan = limited
run(stage.main)
"""


@pytest.mark.slow
def test_a_full_disk_is_told_in_a_line_and_costs_what_was_in_flight(tmp_path: Path) -> None:
    with FaultyServer(faults=0.0) as server:
        write_project(tmp_path, server.url, 60)
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        full = subprocess.run(
            [sys.executable, "-c", FULL], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert full.returncode == 1 and "Traceback" not in full.stderr
        assert full.stderr.splitlines()[-1] == (
            "error: File too large: what was finished is kept; make room and run the same command again"
        )
        assert 10 < (tmp_path / REPLIES).read_text().count("\n") < 60
        finish(tmp_path)
        assert sum(server.answered.values()) <= 60 + CONCURRENCY + 1
    assert (tmp_path / REPLIES).read_text().count("\n") == 60


@pytest.mark.slow
def test_faults_at_random_change_no_byte_and_no_reply_is_asked_for_twice(
    tmp_path: Path, fault_free: dict[Path, bytes]
) -> None:
    with FaultyServer(faults=0.2, seed=7) as server:
        write_project(tmp_path, server.url, 2000)
        assert finish(tmp_path) == fault_free
        assert server.met == set(FAULTS)
        assert len(server.answered) == 2000
        assert set(server.answered.values()) == {1}


@pytest.mark.slow
def test_killed_ten_times_it_loses_what_was_in_flight_and_no_more(
    tmp_path: Path, fault_free: dict[Path, bytes]
) -> None:
    moments = random.Random(3)
    with FaultyServer(faults=0.0, latency=0.02) as server:
        write_project(tmp_path, server.url, 2000)
        for _ in range(10):
            before = len(server.answered)
            process = start(tmp_path)
            while len(server.answered) == before and process.poll() is None:
                time.sleep(0.01)  # loading takes seconds; the kill is to hit the asking
            time.sleep(moments.random() * 0.15)
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert 0 < len(server.answered) < 2000
        assert finish(tmp_path) == fault_free
        assert sum(server.asked.values()) <= 2000 + 10 * CONCURRENCY


KILLS, BUDGET, DOLLARS = 10, 150.0, 1000.0  # US dollars, and those for a million tokens
OF_A_REPLY = 15  # tokens that the server says each takes


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("undisturbed")
    with RandomServer(seed=0, rate=0.0) as server:
        write_project(folder, server.url, 2000)
        code, said = end(begin(folder), folder)
    assert code == 0, said
    return (folder / QUERIES).read_bytes()


def kill_while_asking(folder: Path, server: RandomServer, moment: float, with_another: bool) -> None:
    """Start the stage and kill it at a moment after the first replies; before, maybe, let another try to write."""
    server.latency = 1.0 if with_another else 0.1
    before = len(server.delivered)
    process = begin(folder)
    while len(server.delivered) < before + 5 and process.is_alive():
        time.sleep(0.01)
    if with_another:
        code, said = end(begin(folder), folder)
        assert (code, said.count(f"is in use by process {process.pid}")) == (1, 1), said
    time.sleep(moment)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.timeout(1800)
@pytest.mark.slow
def test_random_answers_kills_a_second_writer_and_a_budget_lose_nothing_and_pay_nothing_twice(
    tmp_path: Path, undisturbed: bytes
) -> None:
    moments, kept = random.Random(5), set[str]()
    with RandomServer(seed=5, rate=0.3) as server, RandomServer(seed=0, rate=0.0) as honest:
        assert server.hopeless is None
        write_project(tmp_path, server.url, 2000)
        knobs: dict[str, Any] = {"max_cost_usd": BUDGET, "max_failed_fraction": 1.0, "max_reply_tokens": 16}
        knobs["prices"] = {"scripted": {"input": DOLLARS, "output": DOLLARS}}
        set_params(tmp_path / "params.yaml", synthesize_questions=knobs)
        for kill in range(KILLS):
            kill_while_asking(tmp_path, server, moments.random() * 0.15, with_another=kill == KILLS // 2)
            before, kept = kept, set(Replies.read(tmp_path / REPLIES))
            assert before <= kept  # none is lost
        server.latency = 0.02
        code, said = end(begin(tmp_path), tmp_path)
        assert code == 1 and "max_cost_usd is used up" in said.splitlines()[-1], said
        kept = set(Replies.read(tmp_path / REPLIES))
        assert len(kept) * OF_A_REPLY * DOLLARS / 1e6 <= BUDGET
        # what was in flight at a kill may be paid for and is unknown here; nothing else is asked again
        again = sum(count - 1 for count in server.delivered.values())
        assert again <= sum(server.delivered.values()) - len(kept) <= KILLS * CONCURRENCY
        knobs = {"max_cost_usd": None, "max_failed_fraction": 0.0, "base_url": honest.url}
        set_params(tmp_path / "params.yaml", synthesize_questions=knobs)
        code, said = end(begin(tmp_path), tmp_path)
        assert code == 0, said
        assert (tmp_path / QUERIES).read_bytes() == undisturbed
        assert set(honest.delivered.values()) == {1} and len(honest.delivered) == 2000 - len(kept)
        print(f"{len(kept)} kept of {len(server.delivered)} within the budget, {again} of those in flight asked again")
