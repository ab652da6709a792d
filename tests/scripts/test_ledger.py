"""What others paid for is joined, checked and counted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from attune.core.errors import UserError
from attune.questions.asking.replies import Replies, Reply
from attune.servers.vectors import Vectors
from scripts.ledger import main
from stages.evaluate import VECTORS
from stages.synthesize_questions import REPLIES
from tests.conftest import ROOT


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def keep(path: Path, keys: str) -> None:
    with Replies(path) as replies:
        for key in keys:
            replies.add_by_key(key, Reply(key, "stop", 10, 5))


def keep_vectors(path: Path, keys: str, size: int) -> None:
    with Vectors(path) as vectors:
        vectors.keep(list(keys), np.ones((len(keys), size), dtype=np.float32), {})


def join(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["ledger", "join", *arguments])
    main()


def test_rows_of_other_files_are_joined_and_counted(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(REPLIES, "ab")
    keep(here / "one", "bc")
    keep(here / "two", "d")
    with (here / "two").open("a") as file:
        file.write('{"key": "e", "text": []}\n{"key": "torn')
    keep(here / "straight", "abcd")
    join(monkeypatch, "one", "two")
    out = capsys.readouterr().out
    assert "one -> data/replies.jsonl: 1 added, 1 were there already, 0 do not fit" in out
    assert "two: 1 of 2 rows hold no reply that can be used" in out
    assert "two -> data/replies.jsonl: 1 added, 0 were there already" in out
    assert REPLIES.read_bytes() == (here / "straight").read_bytes()


def test_vectors_go_to_the_file_of_their_model(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_vectors(VECTORS / "m.jsonl", "a", 3)
    keep_vectors(here / "other" / "m.jsonl", "bc", 3)
    keep_vectors(here / "wrong" / "m.jsonl", "de", 4)
    join(monkeypatch, "other/m.jsonl", "wrong/m.jsonl")
    out = capsys.readouterr().out
    assert "other/m.jsonl -> data/vectors/m.jsonl: 2 added, 0 were there already, 0 do not fit" in out
    assert "wrong/m.jsonl -> data/vectors/m.jsonl: 0 added, 0 were there already, 2 do not fit" in out
    assert list(Vectors.read(VECTORS / "m.jsonl")) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "expected files, or --rev"),
        (("one", "--rev", "main"), "expected files, or --rev"),
        (("none",), "none is no file"),
        (("broken",), "broken:1: not JSON"),
        (("--rev", "nowhere"), "cannot read the ledgers of 'nowhere'"),
    ],
)
def test_mistakes_are_named_and_nothing_is_changed(
    here: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    keep(here / "one", "a")
    (here / "broken").write_text("{\n")
    with pytest.raises(UserError, match=message):
        join(monkeypatch, *arguments)
    assert not REPLIES.exists()


@pytest.mark.slow
def test_two_branches_that_both_paid_are_joined(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def call(*command: str) -> None:
        subprocess.run(command, cwd=here, check=True, capture_output=True)

    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    for name in ("DVC_SITE_CACHE_DIR", "DVC_GLOBAL_CONFIG_DIR", "DVC_SYSTEM_CONFIG_DIR"):
        monkeypatch.setenv(name, str(here / ".dvc" / "tmp" / name))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    call("git", "init", "--initial-branch", "main")
    call("git", "config", "user.name", "x")
    call("git", "config", "user.email", "x@example.org")
    call("dvc", "init")
    stage = "{cmd: 'true', outs: [data/replies.jsonl: {persist: true}, data/vectors: {persist: true}]}"
    (here / "dvc.yaml").write_text(f"stages: {{ask: {stage}}}\n")
    (here / ".gitignore").write_text("/data\n.attune/\n")

    def commit(keys: str) -> None:
        keep(REPLIES, keys)
        keep_vectors(VECTORS / "m.jsonl", keys, 3)
        call("dvc", "commit", "--force")
        call("git", "add", ".")
        call("git", "commit", "-m", keys)

    commit("a")
    call("git", "checkout", "-b", "theirs")
    commit("b")
    call("git", "checkout", "main")
    call("dvc", "checkout", "--force")
    for file in (here / ".attune").rglob("*.jsonl"):
        file.unlink()  # theirs was paid for elsewhere
    commit("c")
    join(monkeypatch, "--rev", "theirs")
    assert [json.loads(line)["key"] for line in REPLIES.read_text().splitlines()] == ["a", "b", "c"]
    assert list(Vectors.read(VECTORS / "m.jsonl")) == ["a", "b", "c"]
