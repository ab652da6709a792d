"""Every console block of README and docs is run as it stands there, in a copy of a project that has run once (slow).

The project is a clone with a tiny model, documents of its own and a scripted server in place of a language model. A
command that cannot be run here stands in NOT_RUN with the reason; the rest of its block is run all the same.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.conftest import ROOT
from tests.project.test_docs import DOCUMENTS, text
from tests.project.test_repro import Clone
from tests.support.chat_server import ChatServer

NOT_RUN = {  # how a command begins: why it is not run
    "make test": "runs these tests",
    "make lint": "CI runs it, on this very tree",
    "make curve": "trains six times; tests/scripts/test_curve.py does",
    "python -m pytest": "runs these tests",
    "vllm run-batch": "needs a GPU",
    "python -m scripts.batch import": "needs what vLLM wrote; tests/scripts/test_batch.py brings replies",
}
ELSEWHERE = {  # pages with addresses to fill in, and with commands that need those before: the test that runs the like
    "docs/share.md": "tests/project/test_remotes.py",
    "docs/experiments.md": "tests/project/test_experiments.py",
}
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> Iterator[tuple[str, list[str]]]:
    """The page and the commands of each block."""
    for name in (name for name in DOCUMENTS if name not in ELSEWHERE):
        for block in BLOCK.findall(text(name)):
            yield name, [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


BLOCKS = list(blocks())


def is_run(command: str) -> bool:
    return not command.startswith(tuple(NOT_RUN))


def test_each_reason_is_needed_and_each_block_holds_commands() -> None:
    commands = [command for _, commands in BLOCKS for command in commands]
    assert all(any(command.startswith(start) for command in commands) for start in NOT_RUN)
    assert all(commands for _, commands in BLOCKS) and len(BLOCKS) > 10
    for reason in NOT_RUN.values():
        for path in re.findall(r"tests/\S+\.py", reason):
            assert (ROOT / path).is_file(), path


@pytest.mark.parametrize("page", [name for name in DOCUMENTS if name != "CONTRIBUTING.md"])
def test_who_reads_one_page_alone_has_the_environment(page: str) -> None:
    """`make` finds what is installed by itself; a shell finds dvc and the packages once it was told."""
    found = BLOCK.findall(text(page))
    lines = [line.removeprefix("$ ") for block in found for line in block.splitlines() if line.startswith("$ ")]
    needing = [place for place, line in enumerate(lines) if line.split()[0] in ("dvc", "python", "pytest", "gto")]
    assert not needing or "source .venv/bin/activate" in " ".join(lines[: needing[0]]), lines[needing[0]]


@pytest.mark.parametrize("page", ELSEWHERE)
def test_what_is_run_elsewhere_has_its_test(page: str) -> None:
    assert (ROOT / page).is_file() and (ROOT / ELSEWHERE[page]).is_file()


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Iterator[Clone]:
    """A project with an environment that looks installed, after its first run, all of it committed."""
    with HTTPServer(threaded=True) as server:
        clone = Clone(tmp_path_factory.mktemp("ran") / "project", tiny_model, ChatServer(server))
        environment = clone.folder / ".venv"
        environment.mkdir()
        for path in Path(sys.prefix).iterdir():  # links, so that nothing can be installed into it by accident
            if not path.name.startswith(".installed"):
                (environment / path.name).symlink_to(path)
        for name in (".installed", ".installed-dev"):
            (environment / name).touch()
        clone.run("git", "branch", "-M", "main")
        clone.repro()
        clone.run("git", "add", "-A")
        clone.run("git", "commit", "-qm", "first run")
        yield clone


@pytest.mark.slow
@pytest.mark.timeout(1800)  # the first one waits for the first run of the project
@pytest.mark.parametrize(("page", "commands"), [block for block in BLOCKS if any(map(is_run, block[1]))])
def test_block(ran: Clone, page: str, commands: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "project"
    for name in ("project", *(["copy"] if "../copy/" in " ".join(commands) else [])):  # a second one beside it
        shutil.copytree(ran.folder, tmp_path / name, symlinks=True)
    variables = {"DVC_SITE_CACHE_DIR": str(folder / ".dvc/tmp/site"), "HF_HUB_OFFLINE": "1", "DVC_NO_ANALYTICS": "1"}
    variables |= {f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    variables["PATH"] = f"{folder / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"
    script = "\n".join(["set -eu", *filter(is_run, commands)])
    environment = {name: value for name, value in os.environ.items() if "KEY" not in name} | variables
    done = subprocess.run(["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{script}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert "Traceback" not in done.stdout + done.stderr
