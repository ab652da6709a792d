"""A small project of git and DVC with the outputs that are shared: documents, replies that persist, and a model."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.conftest import ROOT

PIPELINE = """\
stages:
  ask:
    cmd: python ask.py
    deps: [data/documents, ask.py]
    outs:
      - data/replies.jsonl: {persist: true}
  train:
    cmd: python train.py
    deps: [data/replies.jsonl, train.py]
    params: [finetune]
    outs: [models/finetuned]
    metrics:
      - results/evaluate/metrics.json: {cache: false}
artifacts:
  finetuned-embedder: {path: models/finetuned, type: model}
"""
ASK = """\
import pathlib
path = pathlib.Path("data/replies.jsonl")
rows = path.read_text().splitlines() if path.exists() else []
for document in sorted(pathlib.Path("data/documents").iterdir()):
    row = document.read_text().strip()
    if row not in rows:
        rows.append(row)
        with open("paid.log", "a") as log:
            print(row, file=log)
path.write_text("".join(row + "\\n" for row in sorted(rows)))
"""
TRAIN = """\
import json, pathlib
folder = pathlib.Path("models/finetuned")
folder.mkdir(parents=True)
weights = pathlib.Path("data/replies.jsonl").read_text() + pathlib.Path("params.yaml").read_text()
(folder / "weights.bin").write_bytes(weights.encode() * 1000)
(folder / "config.json").write_text("{}")
rate = float(pathlib.Path("params.yaml").read_text().split("learning_rate:")[1])
metrics = pathlib.Path("results/evaluate/metrics.json")
metrics.parent.mkdir(parents=True, exist_ok=True)
metrics.write_text(json.dumps({"systems": {"finetuned": {"ndcg@10": rate / 10}}}))
with open("trained.log", "a") as log:
    print("trained", file=log)
"""


class Project:
    """A folder with such a project, or a clone of one."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(home),
            "DVC_SITE_CACHE_DIR": str(folder / ".dvc/tmp/site"),
            "DVC_NO_ANALYTICS": "1",
            **{f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }

    @classmethod
    def make(cls, folder: Path, home: Path) -> Project:
        """Put the project, run and committed, into a folder that is not there yet."""
        shutil.copytree(made(), folder, symlinks=True)
        return cls(folder, home)

    def clone(self, folder: Path) -> Project:
        """Clone the project, as another person does."""
        other = Project(folder, Path(self.environment["HOME"]))
        self.run("git", "clone", "-q", str(self.folder), str(folder))
        return other

    def commit(self, message: str) -> None:
        self.run("git", "add", "-A")
        self.run("git", "commit", "-qm", message)

    def run(self, *command: str, check: bool = True) -> str:
        """Run a command in the folder; return what it prints, errors included."""
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        output = done.stdout + done.stderr
        assert done.returncode == 0 or not check, output
        assert (done.returncode == 0) == check or not check, output
        return output

    def script(self, name: str, *arguments: str, check: bool = True) -> str:
        """Run a script of ours in the folder."""
        output = self.run("python", "-m", f"scripts.{name}", *arguments, check=check)
        assert "Traceback" not in output, output
        return output

    def lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@cache
def made() -> Path:
    """A folder with the project, run and committed once for all tests of a process."""
    folder = Path(tempfile.mkdtemp(prefix="dvc-project-"))
    atexit.register(shutil.rmtree, folder)
    project = Project(folder, folder.parent)
    for name, text in {
        "dvc.yaml": PIPELINE,
        "ask.py": ASK,
        "train.py": TRAIN,
        "params.yaml": "finetune:\n  learning_rate: 1\n",
        ".gitignore": "*.log\n/data/replies.jsonl\n/models/finetuned\n",
        "data/documents/one.txt": "one\n",
        "data/documents/two.txt": "two\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    project.run("git", "init", "-q", "--initial-branch=main")
    project.run("dvc", "init", "-q")
    project.run("dvc", "config", "core.autostage", "true")
    project.run("dvc", "add", "data/documents")
    project.run("dvc", "repro")
    project.commit("first run")
    return folder
