"""A release is of a commit of main that is whole, up to date, and told in the changelog."""

from __future__ import annotations

from pathlib import Path

import pytest

from attune.core.errors import UserError
from scripts.release import version
from tests.conftest import ROOT
from tests.support.dvc_project import Project


def write(folder: Path, changelog: str, number: str = "0.2.0") -> None:
    (folder / "CITATION.cff").write_text(f"version: {number}\n", encoding="utf-8")
    (folder / "CHANGELOG.md").write_text(changelog, encoding="utf-8")


def test_the_next_version_of_this_project_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert version().count(".") == 2


@pytest.mark.parametrize(
    ("changelog", "expected"),
    [
        ("# Changelog\n", "begins with ''"),
        ("# Changelog\n\n## Unreleased\n\n- A thing.\n\n## 0.2.0\n\n- More.\n", "begins with 'Unreleased'"),
        ("# Changelog\n\n## 0.1.0\n\n- A thing.\n", "says version 0.2.0"),
        ("# Changelog\n\n## 0.2.0\n\n## 0.1.0\n\n- A thing.\n", "says nothing about 0.2.0"),
    ],
)
def test_the_changelog_must_tell_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changelog: str, expected: str
) -> None:
    write(tmp_path, changelog)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=expected):
        version()


@pytest.mark.slow
def test_a_release_is_checked_and_tagged_and_not_pushed(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "mine", tmp_path)
    other = project.clone(tmp_path / "other")
    write(other.folder, "# Changelog\n\n## 0.2.0\n\n- A thing.\n")
    assert "not committed: " in other.script("release", check=False)
    other.commit("changelog")
    other.run("git", "switch", "-qc", "feature")
    assert "releases are of main, this is feature" in other.script("release", check=False)
    other.run("git", "switch", "-q", "main")
    (other.folder / "params.yaml").write_text("finetune:\n  learning_rate: 5\n", encoding="utf-8")
    other.commit("a knob, not run")
    assert "a run would run train" in other.script("release", check=False)
    other.run("git", "reset", "-q", "--hard", "HEAD~1")
    assert "tagged v0.2.0" in other.script("release")
    assert "v0.2.0 is there already" in other.script("release", check=False)
    assert other.run("git", "tag").split() == ["v0.2.0"] and project.run("git", "tag") == ""
