"""DVC's hooks, as they are installed: they push, check out and tell, and stop nobody who has done nothing wrong."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.dvc_project import Project

pytestmark = pytest.mark.slow  # each command of DVC takes a second or two


def hooked(project: Project) -> Project:
    """Put the script and an environment into a project, and say that a branch was checked out, as pre-commit does."""
    (project.folder / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/hook", project.folder / "scripts")
    (project.folder / ".venv/bin").mkdir(parents=True)
    (project.folder / ".venv/bin/dvc").symlink_to(Path(sys.executable).with_name("dvc"))
    project.environment["PRE_COMMIT_CHECKOUT_TYPE"] = "1"
    return project


def test_a_push_without_a_remote_goes_on_and_with_one_takes_the_data_along(tmp_path: Path) -> None:
    project = hooked(Project.make(tmp_path / "mine", tmp_path))
    assert "no remote of DVC is set" in project.run("scripts/hook", "pre-push")
    project.run("dvc", "remote", "add", "--default", "storage", str(tmp_path / "storage"))
    project.run("scripts/hook", "pre-push")
    assert list((tmp_path / "storage").rglob("*.dir"))
    shutil.rmtree(tmp_path / "storage")
    (tmp_path / "storage").write_text("no folder", encoding="utf-8")
    project.run("scripts/hook", "pre-push", check=False)


def test_a_branch_brings_its_data_and_says_where_that_is_not_here(tmp_path: Path) -> None:
    project = hooked(Project.make(tmp_path / "mine", tmp_path))
    (project.folder / "data/replies.jsonl").unlink()
    assert "not all data" not in project.run("scripts/hook", "post-checkout")
    assert project.lines("data/replies.jsonl") == ["one", "two"]
    other = hooked(project.clone(tmp_path / "other"))
    assert "'make pull' fetches what a remote has" in other.run("scripts/hook", "post-checkout")
    assert "changed" in other.run("scripts/hook", "pre-commit") or "deleted" in other.run("scripts/hook", "pre-commit")
