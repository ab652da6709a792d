"""Workflows, compose file and the rest of the household: valid, pinned, and made of scripts that run here as well."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
SCRIPTS = sorted((ROOT / "scripts/ci").iterdir())
BIN = Path(sys.executable).parent
SCHEMAS = {  # file: its schema, as check-jsonschema calls it
    **{path.relative_to(ROOT).as_posix(): "github-workflows" for path in WORKFLOWS},
    ".gitlab-ci.yml": "gitlab-ci",
    "compose.yaml": "compose-spec",
    ".github/dependabot.yml": "dependabot",
    "CITATION.cff": "citation-file-format",
}


def load(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    return found


@pytest.mark.skipif(not (BIN / "actionlint").exists(), reason="no actionlint")
def test_actionlint_is_content() -> None:
    done = subprocess.run([BIN / "actionlint", *WORKFLOWS], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(not (BIN / "check-jsonschema").exists(), reason="no check-jsonschema")
@pytest.mark.parametrize("name", SCHEMAS)
def test_files_are_as_their_readers_want_them(name: str) -> None:
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", f"vendor.{SCHEMAS[name]}", str(ROOT / name)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_little_and_is_pinned(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert "cancel-in-progress" in workflow["concurrency"]
    for job in workflow["jobs"].values():
        assert int(job["timeout-minutes"]) > 0
        assert {who for who, what in job.get("permissions", {}).items() if what == "write"} <= {"pull-requests"}
        for step in job["steps"]:
            assert "persist-credentials" in step.get("with", {}) or "checkout" not in step.get("uses", "")
    for line in re.findall(r"uses: .*", path.read_text(encoding="utf-8")):
        assert re.fullmatch(r"uses: [\w-]+/[\w-]+(/\w+)?@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def commands() -> list[str]:
    """Every shell line of the workflows, and of their twin but for what makes its containers ready."""
    jobs = [job for path in WORKFLOWS for job in load(path)["jobs"].values()]
    lines = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    twin = [
        job["script"] for job in load(ROOT / ".gitlab-ci.yml").values() if isinstance(job, dict) and "script" in job
    ]
    return lines + [line for script in twin for line in script]


def test_every_shell_line_is_a_script_of_ours() -> None:
    names = [re.fullmatch(r"(scripts/ci/\w+)(?: (?:dev|\"\$\w+\"))?", line) for line in commands()]
    assert all(names), commands()
    called = {(ROOT / str(name[1])).name for name in names if name}
    assert called | {"repro"} == {path.name for path in SCRIPTS}, "the image runs repro, workflows all others"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_can_be_run(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("#!/usr/bin/env bash\n# ") and "\nset -euo pipefail\n" in text
    assert os.access(path, os.X_OK)
    subprocess.run(["bash", "-n", path], check=True)
    for module in re.findall(r"python -m (scripts\.\w+)", text):
        assert (ROOT / (module.replace(".", "/") + ".py")).exists()


GH = """#!/usr/bin/env bash
printf '%s\\n' "$*" >> calls
case "$*" in *--paginate*) cat found;; esac
"""


FIRST, LATER = ("", "POST repos/o/r/issues/7/comments"), ("12\n34\n", "PATCH repos/o/r/issues/comments/12")


@pytest.mark.parametrize(("found", "method"), [FIRST, LATER])
def test_one_comment_is_written_and_then_changed(tmp_path: Path, found: str, method: str) -> None:
    (tmp_path / "scripts/ci").mkdir(parents=True)
    shutil.copy(ROOT / "scripts/ci/comment", tmp_path / "scripts/ci")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/comment.md").write_text("<!-- attune -->\nbetter\n", encoding="utf-8")
    (tmp_path / "found").write_text(found, encoding="utf-8")
    (tmp_path / "gh").write_text(GH, encoding="utf-8")
    (tmp_path / "gh").chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "GH_REPO": "o/r"}
    subprocess.run([tmp_path / "scripts/ci/comment", "7"], env=environment, check=True)
    asked, wrote = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert "repos/o/r/issues/7/comments" in asked
    assert wrote.startswith(f"api --method {method} ") and "body=@reports/comment.md" in wrote


PYTHON = "#!/bin/sh\ntouch pulling\nwhile [ ! -e go ]; do sleep 0.05; done\n"


@pytest.mark.skipif(not shutil.which("flock"), reason="no flock")
def test_a_second_container_ends_and_one_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    """By numbers of processes, as DVC does it, no container sees another one's."""
    (tmp_path / "scripts/ci").mkdir(parents=True)
    shutil.copy(ROOT / "scripts/ci/repro", tmp_path / "scripts/ci")
    for name, text in (("python", PYTHON), ("dvc", "#!/bin/sh\nrm pulling\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}

    def start() -> subprocess.Popen[str]:
        found = subprocess.Popen(
            [tmp_path / "scripts/ci/repro"], env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        while not (tmp_path / "pulling").exists() and found.poll() is None:
            time.sleep(0.02)
        return found

    first, second = start(), start()
    assert "error: another container runs the pipeline of this clone" in second.communicate()[1]
    assert second.returncode == 1 and first.poll() is None
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    (tmp_path / "go").touch()
    third = start()
    assert third.communicate()[1] == "" and third.returncode == 0


@pytest.fixture
def clone() -> Iterator[Path]:
    """A clone with the image's script in a folder that every user may enter, as those of pytest are not."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "clone"
        (found / "scripts/ci").mkdir(parents=True)
        (found / ".dvc/cache").mkdir(parents=True)
        shutil.copy(ROOT / "scripts/ci/repro", found / "scripts/ci")
        for path in (Path(folder), *Path(folder).rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o755)
        yield found


@pytest.mark.parametrize("folder", [".", ".dvc/cache"])
def test_a_clone_of_another_user_is_told(clone: Path, folder: str) -> None:
    (clone / folder).chmod(0o555)
    other = 4321 if os.getuid() == 0 else None  # the administrator may write anywhere
    done = subprocess.run(
        [clone / "scripts/ci/repro"], capture_output=True, text=True, user=other, extra_groups=[] if other else None
    )
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert f"{clone}/{folder} is of user {os.getuid()}, and user " in done.stderr and "--user UID:GID" in done.stderr


def test_no_secret_stands_in_a_file() -> None:
    services = load(ROOT / "compose.yaml")["services"]
    assert {name: value for name, value in services["attune"]["environment"].items() if value} == {}
    for path in WORKFLOWS:
        for name, value in re.findall(
            r"^ +(\w*(?:KEY|TOKEN)\w*): (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            assert re.fullmatch(r"\$\{\{ (secrets\.\w+|github\.token) \}\}", value), name


def test_the_image_is_the_same_everywhere() -> None:
    (base,) = re.findall(
        r"^ARG BASE=(python:\S+@sha256:[0-9a-f]{64})$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    assert load(ROOT / ".gitlab-ci.yml")[".python"]["image"] == base
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    assert (ROOT / ".devcontainer" / container["build"]["dockerfile"]).resolve() == ROOT / "Dockerfile"
    user = re.findall(r"^USER (\w+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert user[-1] == container["remoteUser"] != "root"


def test_a_checkout_has_the_same_bytes_on_every_system(tmp_path: Path) -> None:
    """DVC knows files by their bytes; git for Windows changes ends of lines, unless it is told not to."""
    (tmp_path / "mine").mkdir()
    content = {"a.md": b"one\ntwo\n", "b.csv": b"one\r\ntwo\r\n", "c.txt": b"mixed\r\nends\n"}
    for name, data in content.items():
        (tmp_path / "mine" / name).write_bytes(data)
    shutil.copy(ROOT / ".gitattributes", tmp_path / "mine")
    windows = ["git", "-c", "core.autocrlf=true", "-c", "core.eol=crlf", "-c", "user.name=x", "-c", "user.email=x"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"], ["clone", "-q", ".", "../theirs"]):
        subprocess.run([*windows, *command], cwd=tmp_path / "mine", check=True)
    assert {name: (tmp_path / "theirs" / name).read_bytes() for name in content} == content


def test_no_two_files_differ_in_case_alone() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    names = set(listed.stdout.splitlines())
    assert len({name.casefold() for name in names}) == len(names)


def test_hooks_leave_what_stages_write_alone() -> None:
    config = load(ROOT / ".pre-commit-config.yaml")
    for path in ("dvc.lock", "results/report.html", "data/general/corpus.jsonl", "tests/data/chunk/corpus.jsonl"):
        assert re.search(config["exclude"], path)
    assert not re.search(config["exclude"], "attune/core/beir.py")
    hooks = {hook["id"] for repo in config["repos"] for hook in repo["hooks"]}
    assert {"gitleaks", "ruff-check", "ruff-format", "dvc-pre-commit", "dvc-pre-push", "dvc-post-checkout"} <= hooks
    own = [hook["entry"] for repo in config["repos"] for hook in repo["hooks"] if hook["id"].startswith("dvc-")]
    assert own == ["scripts/hook pre-commit", "scripts/hook pre-push", "scripts/hook post-checkout"]
    assert os.access(ROOT / "scripts/hook", os.X_OK)
    assert all(repo["repo"] == "local" or re.fullmatch(r"[0-9a-f]{40}", repo["rev"]) for repo in config["repos"])
