"""The workflow of a pull request, step by step as a runner does it, with a remote, with a cache, and with neither.

The scripts are ours, the pipeline is a small one, whose stages take no time: what a run of it asks for is noted.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.project.test_repro import copy_project
from tests.support.dvc_project import ASK, Project
from tests.support.runner import Runner, job

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
CANARY = "sk-canary-2b9f77d0c4"
FAILED = "The pipeline did not get as far as the report"
PIPELINE = """\
stages:
  ask:
    cmd: python ask.py
    deps: [data/documents, ask.py]
    outs:
      - data/replies.jsonl: {persist: true}
  report:
    cmd: python show.py
    deps: [data/replies.jsonl, show.py, metrics.json]
    params: [finetune]
    outs: [results/report.md, results/report.html]
    metrics:
      - results/evaluate/metrics.json: {cache: false}
"""
SHOW = """\
import pathlib, shutil, sys
params = pathlib.Path("params.yaml").read_text()
if "-1" in params:
    sys.exit("error: finetune.learning_rate is -1")
pathlib.Path("results/evaluate").mkdir(parents=True, exist_ok=True)
shutil.copy("metrics.json", "results/evaluate/metrics.json")
for name in ("results/report.md", "results/report.html"):
    pathlib.Path(name).write_text("### A report\\n" + params)
"""


def project(folder: Path) -> Project:
    """A project whose documents DVC keeps, run and committed."""
    made = Project(folder, folder.parent)
    copy_project(folder, "results/", "tests/", "docs/", "dvc.yaml", "params.yaml", "benchmarks/")
    for name, text in {
        "dvc.yaml": PIPELINE,
        "ask.py": ASK.replace('"paid.log"', '"../paid.log"'),
        "show.py": SHOW,
        "params.yaml": "finetune:\n  learning_rate: 1\n",
        "metrics.json": (ROOT / "results/evaluate/metrics.json").read_text(encoding="utf-8"),
        "data/documents/one.txt": "one\n",
        "data/documents/two.txt": "two\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    made.run("git", "init", "-q", "--initial-branch=main")
    made.run("dvc", "add", "data/documents")
    made.run("dvc", "repro")
    made.commit("first run")
    return made


class Team:
    """Such a project, a branch of it, and the runner that checks the branch."""

    def __init__(self, made: Path, folder: Path) -> None:
        shutil.copytree(made, folder, symlinks=True, dirs_exist_ok=True)
        self.folder, self.storage, self.mine = folder, str(folder / "storage"), Project(folder / "mine", folder)
        values = {
            "vars.TORCH_INDEX": "",
            "hashFiles('dvc.lock')": "lock",
            "github.run_id": "1",
            "github.run_attempt": "1",
            "github.event.pull_request.base.sha || 'HEAD~1'": self.mine.run("git", "rev-parse", "HEAD").strip(),
            "github.event.pull_request.number": "7",
            "github.repository": "o/r",
            "github.token": CANARY,
            "secrets.OPENAI_API_KEY": CANARY,
            "secrets.AWS_ACCESS_KEY_ID": CANARY,
            "secrets.AWS_SECRET_ACCESS_KEY": CANARY,
        }
        self.runner = Runner(folder / "runner", values)

    def asked(self) -> list[str]:
        """What was paid for, by whom it may be."""
        logs = [log for log in (self.folder / "paid.log", self.folder / "runner/paid.log") if log.exists()]
        return [line for log in logs for line in log.read_text(encoding="utf-8").splitlines()]

    def check(self, name: str = "pipeline") -> int:
        """Commit what lies in the folder, and let the runner do a job of the workflow; what it says is in its log."""
        self.mine.run("git", "add", "-A")
        self.mine.run("git", "commit", "-qm", "a change", "--allow-empty")
        self.runner.log = ""
        found, commit = job("pipeline", name), self.mine.run("git", "rev-parse", "HEAD").strip()
        return self.runner.run(found["steps"], found["env"], self.mine.folder, commit)

    def comment(self) -> str:
        return (self.runner.folder / "artifact/reports/comment.md").read_text(encoding="utf-8")

    def share(self) -> None:
        self.mine.run("dvc", "remote", "add", "--default", "storage", self.storage)
        self.mine.commit("a remote")
        self.mine.script("share")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    project(folder / "mine")
    return folder


@pytest.fixture
def team(made: Path, tmp_path: Path) -> Team:
    return Team(made, tmp_path)


def test_what_a_remote_has_is_not_made_again_and_no_key_stays_anywhere(team: Team, tmp_path: Path) -> None:
    team.share()
    assert team.check() == 0, team.runner.log
    assert "Running stage" not in team.runner.log and team.asked() == ["one", "two"]
    assert "### A report" in team.comment() and "No measure changed." in team.comment()
    assert (team.runner.folder / "summary.md").read_text(encoding="utf-8") == team.comment()
    assert (team.runner.folder / "artifact/results/report.html").exists()
    # the comment is a job of its own, on a machine that has the artifact and no more
    assert team.check("comment") == 0, team.runner.log
    calls = (team.runner.folder / "calls").read_text(encoding="utf-8")
    assert "repos/o/r/issues/7/comments --field body=@reports/comment.md" in calls
    assert CANARY not in team.runner.log
    for path in tmp_path.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert CANARY.encode() not in path.read_bytes(), path


def test_without_a_remote_the_cache_keeps_what_a_run_made_and_paid_for(team: Team) -> None:
    (team.mine.folder / "data/documents.dvc").unlink()  # these documents are git's
    ignored = team.mine.folder / ".gitignore"
    ignored.write_text(ignored.read_text(encoding="utf-8").replace("/data/documents\n", ""), encoding="utf-8")
    (team.mine.folder / "data/documents/three.txt").write_text("three\n", encoding="utf-8")
    assert team.check() != 0
    assert "dvc.lock is not of these files: a run would run ask" in team.runner.log
    assert "### A report" in team.comment() and FAILED not in team.comment()
    paid = team.asked()
    assert "three" in paid[2:]
    # the next push has the lock that this run wrote; nothing is made or paid for again
    for name in ("dvc.lock", "results/evaluate/metrics.json"):
        shutil.copy(team.runner.folder / "workspace" / name, team.mine.folder / name)
    assert team.check() == 0, team.runner.log
    assert "Running stage" not in team.runner.log and team.asked() == paid


def test_a_run_that_fails_says_so_and_shows_no_older_report(team: Team) -> None:
    team.share()
    (team.mine.folder / "params.yaml").write_text("finetune:\n  learning_rate: -1\n", encoding="utf-8")
    assert team.check() != 0
    assert "learning_rate is -1" in team.runner.log
    assert FAILED in team.comment() and "A report" not in team.comment()


def test_documents_that_are_not_here_are_not_replaced_by_samples(team: Team) -> None:
    assert team.check() != 0
    assert "error: data/documents holds no documents" in team.runner.log and "Running" not in team.runner.log
    assert FAILED in team.comment() and team.asked() == ["one", "two"]


def test_a_remote_that_cannot_be_read_costs_nothing(team: Team) -> None:
    team.share()
    shutil.rmtree(team.storage)
    assert team.check() != 0
    assert (
        f"error: the remote 'storage', {team.storage}, is not there" in team.runner.log
        and "Running" not in team.runner.log
    )
    assert FAILED in team.comment() and team.asked() == ["one", "two"]
