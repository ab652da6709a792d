"""The doctor finds each fault at its place, names a remedy, and ends with code 1 where one stops a run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Response

from attune.core.params import RuntimeParams, load_params
from attune.questions.params import SynthesizeQuestionsParams
from scripts.health import dvc_state, machine, packages, project, writer
from scripts.health.finding import FINE, MIND, WRONG, Finding, line
from tests.conftest import ROOT, set_params
from tests.project.test_dvc_yaml import section_classes
from tests.support.chat_server import ChatServer

RANK = {FINE: 0, MIND: 1, WRONG: 2}


def doctor(folder: Path, *options: str, python: tuple[str, ...] = (sys.executable,)) -> tuple[int, str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [*python, "-m", "scripts.doctor", *options]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def wrong(finding: Finding | None, *words: str) -> None:
    assert finding is not None and finding.level == WRONG and finding.remedy
    assert all(word in line(finding) for word in words), line(finding)


def test_before_anything_is_installed_it_says_what_to_run() -> None:
    code, said = doctor(ROOT, python=(sys.executable, "-S"))  # without what is installed
    assert code == 0 and "Traceback" not in said, said  # as `make repro` installs, nothing is wrong
    assert "nothing is installed yet: `make install` does it" in said and "were not looked at" in said


@pytest.mark.slow
def test_a_clone_is_ready_and_a_broken_knob_is_one_line(project: Path) -> None:
    for name in ("requirements.txt", "requirements-models.txt"):
        shutil.copy(ROOT / name, project)
    subprocess.run(["git", "init", "-q"], check=True)
    code, said = doctor(project)
    assert code == 0 and "\nready" in said, said
    set_params(project / "params.yaml", split={"test_fraction": 2.0})
    code, said = doctor(project)
    assert code == 1 and "'split.test_fraction' is 2.0" in said and "Traceback" not in said


def test_the_version_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.python().level == FINE
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    wrong(machine.python(), "3.10.4", "3.11")


@given(st.floats(0, 64), st.floats(0, 64))
def test_more_memory_and_less_work_are_never_worse(one: float, other: float) -> None:
    low, high = sorted([one, other])
    assert RANK[machine.memory(high).level] <= RANK[machine.memory(low).level]
    assert RANK[machine.processors(2, low).level] <= RANK[machine.processors(2, high).level]


def test_memory_is_read_as_the_system_tells_it(tmp_path: Path) -> None:
    table = tmp_path / "meminfo"
    table.write_text("MemTotal:       8000000 kB\nMemFree:  10 kB\nMemAvailable:    1048576 kB\n")
    assert machine.available_memory(table) == 1.0
    wrong(machine.memory(1.0), "1.0 GiB")
    total = machine.available_memory(tmp_path / "absent")
    assert total is None or total > 0.1


def test_a_package_that_is_another_is_named(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("# pinned\nnumpy==0.0.1   # via x\npydantic==0.1\nno-such-package==1.0\n")
    assert packages.pins(file) == {"numpy": "0.0.1", "pydantic": "0.1", "no-such-package": "1.0"}
    wrong(packages.compare(packages.pins(file)), "no-such-package is missing", "numpy is", "not 0.0.1", "make install")
    wanted = {name: pin for name in packages.PINNED for name, pin in packages.pins(ROOT / name).items()}
    assert len(wanted) > 100 and packages.compare(wanted).level == FINE


def test_a_folder_that_is_no_clone(tmp_path: Path) -> None:
    assert packages.git(ROOT).level == FINE
    wrong(packages.git(tmp_path), "no clone")


def test_it_checks_every_section() -> None:
    assert section_classes() == project.SECTION_CLASSES


@pytest.mark.parametrize(
    ("name", "revision", "level"),
    [
        ("all-MiniLM-L6-v2", None, FINE),
        ("no-such-model", None, WRONG),
        ("organisation/model", None, WRONG),  # no commit hash
        ("organisation/model", "0" * 40, WRONG),  # not here, and the tests are offline
        ("tests", None, FINE),
    ],
)
def test_models_are_looked_for_and_not_fetched(
    monkeypatch: pytest.MonkeyPatch, name: str, revision: str | None, level: str
) -> None:
    monkeypatch.chdir(ROOT)
    assert project.model("base model", name, revision).level == level


def test_a_model_of_the_hub_may_still_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    assert project.model("base model", "organisation/model", "0" * 40).level == MIND


def test_a_lock_that_was_left_is_told_from_one_that_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert dvc_state.lock() is None
    dvc_state.LOCK.parent.mkdir(parents=True)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    row = '{"data": {"write": {"pid": %d, "cmd": "dvc repro"}}, "models": {"read": [{"pid": %d, "cmd": "dvc repro"}]}}'
    dvc_state.LOCK.write_text(row % (gone.pid, gone.pid))
    wrong(dvc_state.lock(), "was killed", "delete")
    dvc_state.LOCK.write_text(row % (gone.pid, os.getpid()))
    held = dvc_state.lock()
    assert held is not None and held.level == MIND and str(os.getpid()) in held.what
    dvc_state.LOCK.write_text("{half")
    wrong(dvc_state.lock(), "cannot be read")
    dvc_state.LOCK.write_text("{}")
    assert dvc_state.lock() is None


@pytest.mark.slow
def test_the_remote_is_read_as_dvc_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    dvc = [str(Path(sys.executable).with_name("dvc")), "-q"]
    subprocess.run([*dvc, "init", "--no-scm"], check=True)
    assert "stay on this machine" in dvc_state.remote().what
    subprocess.run([*dvc, "remote", "add", "--default", "storage", str(tmp_path / "storage")], check=True)
    wrong(dvc_state.remote(), "is not there")
    (tmp_path / "storage").mkdir()
    assert dvc_state.remote().level == FINE
    subprocess.run([*dvc, "remote", "add", "--default", "cloud", "s3://bucket/path"], check=True)
    found = dvc_state.remote()
    assert found.level == (FINE if packages.installed_version("dvc-s3") else WRONG) and "s3://bucket/path" in found.what
    (tmp_path / ".dvc/config").write_text("[core]\n    remote = nowhere\n")
    wrong(dvc_state.remote(), "'nowhere' has no address")
    (tmp_path / ".dvc/config").write_text("remote\n")
    wrong(dvc_state.remote(), "cannot be read")


def knobs(url: str | None) -> tuple[SynthesizeQuestionsParams, RuntimeParams]:
    params = load_params("synthesize_questions", SynthesizeQuestionsParams, ROOT / "params.yaml")
    asked = params.model_copy(update={"provider": "openai", "model": "scripted", "base_url": url})
    return asked, load_params("runtime", RuntimeParams, ROOT / "params.yaml")


def test_the_language_model_is_asked_only_when_told_to(http: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary-3141")
    server = ChatServer(http)
    server.before = lambda number: ChatServer.completion("yes")
    found = writer.server(*knobs(server.url), ask=False)
    assert found.level == MIND and server.bodies == []
    found = writer.server(*knobs(server.url), ask=True)
    assert found.level == FINE and len(server.bodies) == 1
    assert len(str(server.bodies)) < 200  # a tiny request
    server.before = lambda number: Response('{"error": {"message": "wrong key canary-3141"}}', 401)
    found = writer.server(*knobs(server.url), ask=True)
    assert found.level == WRONG and "refuses the key" in found.what and "canary" not in found.what


def test_a_server_that_is_not_there_and_a_key_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = writer.server(*knobs("http://127.0.0.1:9/v1"), ask=True)
    assert found.level == WRONG and "cannot reach" in found.what
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    found = writer.server(*knobs(None), ask=False)
    assert found.level == WRONG and "OPENAI_API_KEY is not set" in found.what
