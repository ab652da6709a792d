"""What a runner of GitHub does with a job: its steps one after the other, in a clone that nobody has touched."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT

ACTIONS = {"checkout", "setup-python", "cache/restore", "cache/save", "upload-artifact", "download-artifact"}
GH = """#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$GH_CALLS"
"""


def job(workflow: str, name: str) -> dict[str, Any]:
    """A job of a workflow, with the variables of the workflow."""
    found = yaml.load((ROOT / f".github/workflows/{workflow}.yml").read_text(encoding="utf-8"), yaml.BaseLoader)
    steps: dict[str, Any] = found["jobs"][name]
    return {**steps, "env": {**found.get("env", {}), **steps.get("env", {})}}


class Runner:
    """A machine of its own for each job: a home folder, the variables of a runner, a `gh` that notes what it is told.

    What a cache and artifacts hold lies in `folder` and lasts from job to job.
    """

    def __init__(self, folder: Path, values: dict[str, str]) -> None:
        self.folder, self.values = folder, values
        self.log = ""
        for name in ("home", "bin", "temp"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "bin/gh").write_text(GH, encoding="utf-8")
        (folder / "bin/gh").chmod(0o755)

    def value(self, text: str) -> str:
        """Put values where expressions stand; an expression that has none is a fault of the test."""
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: self.values[found[1]], text)

    def environment(self) -> dict[str, str]:
        """The variables of a runner, and those by which packages are found on this machine."""
        passed = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "OMP_"))}
        return passed | {
            "PATH": f"{self.folder}/bin{os.pathsep}{Path(sys.base_prefix)}/bin{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": str(self.folder / "home"),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "GITHUB_OUTPUT": str(self.folder / "temp/output"),
            "GITHUB_ENV": str(self.folder / "temp/env"),
            "RUNNER_TEMP": str(self.folder / "temp"),
            "GH_CALLS": str(self.folder / "calls"),
            "HF_HUB_OFFLINE": "1",
        }

    def clone(self, repository: Path, commit: str, depth: str) -> Path:
        """Check a commit out as `actions/checkout` does: detached, and of the history what `fetch-depth` says."""
        workspace = self.folder / "workspace"
        shutil.rmtree(workspace, ignore_errors=True)
        git = ["git", "-c", "protocol.file.allow=always", "-c", "advice.detachedHead=false"]
        subprocess.run([*git, "init", "-q", str(workspace)], check=True)
        shallow = [] if depth == "0" else [f"--depth={depth}"]
        fetch = [*git, "fetch", "-q", *shallow, f"file://{repository}", "+refs/heads/*:refs/remotes/origin/*", commit]
        subprocess.run(fetch, cwd=workspace, check=True)
        subprocess.run([*git, "checkout", "-q", "--detach", commit], cwd=workspace, check=True)
        return workspace

    def run(self, steps: list[dict[str, Any]], variables: dict[str, str], repository: Path, commit: str) -> int:
        """Do the steps of a job; return 0, or the exit status of the first command that failed."""
        environment = self.environment() | {name: self.value(value) for name, value in variables.items()}
        status, workspace = 0, self.folder / "workspace"
        for step in steps:
            if status and step.get("if") != "always()":
                continue
            given = {name: self.value(value) for name, value in step.get("with", {}).items()}
            if "run" in step:
                script = self.folder / "temp/step.sh"
                script.write_text(self.value(step["run"]), encoding="utf-8")
                own = {name: self.value(value) for name, value in step.get("env", {}).items()}
                done = subprocess.run(
                    ["bash", "-e", str(script)], cwd=workspace, env=environment | own, capture_output=True, text=True
                )
                self.log += f"$ {step['run']}\n{done.stdout}{done.stderr}"
                status = status or done.returncode
                continue
            action = "/".join(step["uses"].partition("@")[0].split("/")[1:])
            assert action in ACTIONS, action
            if action == "checkout":
                workspace = self.clone(repository, commit, given.get("fetch-depth", "1"))
                self.prepare(workspace)
            elif action == "cache/restore":
                self.copy(self.folder / "cache", workspace, given["path"])
            elif action == "cache/save":
                self.copy(workspace, self.folder / "cache", given["path"])
            elif action == "upload-artifact":
                self.copy(workspace, self.folder / "artifact", given["path"])
            elif action == "download-artifact":
                shutil.copytree(self.folder / "artifact", workspace, dirs_exist_ok=True)
        return status

    @staticmethod
    def copy(here: Path, there: Path, names: str) -> None:
        for name in names.split():
            if (here / name).is_dir():
                shutil.copytree(here / name, there / name, dirs_exist_ok=True, symlinks=True)
            elif (here / name).exists():
                (there / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(here / name, there / name)

    @staticmethod
    def prepare(workspace: Path) -> None:
        """Put an environment into the clone that has the packages of this one, so that installing finds them there."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(workspace / ".venv")], check=True)
        inside = next((workspace / ".venv/lib").glob("python*/site-packages"))
        below = [path for path in sys.path if path.endswith("site-packages")]
        (inside / "below.pth").write_text("".join(f"{path}\n" for path in below), encoding="utf-8")
        for name, module in (("pip", "pip"), ("dvc", "dvc"), ("gto", "gto")):
            script = workspace / ".venv/bin" / name
            script.write_text(f'#!/bin/sh\nexec "$(dirname "$0")/python" -m {module} "$@"\n', encoding="utf-8")
            script.chmod(0o755)
        (workspace / ".venv/.installed").touch()
