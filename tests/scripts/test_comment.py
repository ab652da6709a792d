"""The comment on a pull request: complete, not too long, and a failure where the model is worse."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.comment import LONGEST, MARK, comment
from tests.conftest import ROOT
from tests.support.dvc_project import Project


def test_it_has_the_report_and_the_changes() -> None:
    text = comment("### better\n", "| a | b |", "main")
    assert text.startswith(f"{MARK}\n### better\n") and "| a | b |" in text and "since main" in text


@pytest.mark.parametrize(("report", "table"), [(10, LONGEST), (LONGEST, 10), (3 * LONGEST, 3 * LONGEST)])
def test_what_is_too_long_is_cut_and_says_so(report: int, table: int) -> None:
    text = comment("word\n" * (report // 5), "| row |\n" * (table // 8), "main")
    assert len(text) < 65_536 and text.startswith(MARK) and "`dvc metrics diff main` have the rest" in text


@pytest.mark.slow
def test_the_table_has_what_changed_and_where_nothing_did_it_says_so(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "mine", tmp_path)
    command = ["python", "-c", "from scripts.comment import changes; print(changes('HEAD'))"]
    assert "No measure changed." in project.run(*command)
    (project.folder / "results/evaluate/metrics.json").write_text('{"systems": {"finetuned": {"ndcg@10": 0.7}}}')
    assert "systems.finetuned.ndcg@10" in project.run(*command)


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A folder with the committed measures and a report."""
    shutil.copytree(ROOT / "results/evaluate", tmp_path / "results/evaluate")
    (tmp_path / "results/report.md").write_text("### A report\n", encoding="utf-8")
    return tmp_path


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.comment", "HEAD"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": str(Path(sys.executable).parent), "HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("which", ["", "general"])
def test_a_worse_verdict_fails_and_is_told_all_the_same(run_folder: Path, which: str) -> None:
    path = run_folder / "results/evaluate/metrics.json"
    metrics = json.loads(path.read_text(encoding="utf-8"))
    (metrics[which] if which else metrics)["verdict"]["word"] = "worse"
    path.write_text(json.dumps(metrics), encoding="utf-8")
    done = run(run_folder)
    assert done.returncode == 1 and "### A report" in done.stdout
    assert "error: the fine-tuned model is worse than the base model on: " in done.stderr
    assert "Traceback" not in done.stderr and "fail_if_worse" not in done.stderr


@pytest.mark.slow
def test_any_other_verdict_passes_and_no_commit_to_compare_with_is_said(run_folder: Path) -> None:
    done = run(run_folder)
    assert done.returncode == 0, done.stderr
    assert "Nothing to compare with: " in done.stdout


@pytest.mark.slow
def test_no_report_is_one_line(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 1 and done.stderr.startswith("error: results/report.md does not exist")
