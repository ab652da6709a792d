"""The commands of docs/experiments.md, run one after the other as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.dvc_project import Project

pytestmark = pytest.mark.slow
PAGE = (ROOT / "docs/experiments.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ (dvc .*?)(?: +#.*)?$", PAGE, re.MULTILINE)


def test_the_commands_do_what_the_page_says(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "mine", tmp_path)
    assert any("--queue" in command for command in COMMANDS) and any("apply" in command for command in COMMANDS)
    before = (project.folder / "models/finetuned/weights.bin").read_bytes()
    shown: list[str] = []
    for command in COMMANDS:
        output = project.run("bash", "-c", command)
        if "exp show" in command:
            shown.append(output)
        if "exp apply" in command:
            assert (project.folder / "models/finetuned/weights.bin").read_bytes() != before
            assert "learning_rate: 6.0e-05" in (project.folder / "params.yaml").read_text(encoding="utf-8").replace(
                "6e-05", "6.0e-05"
            )
    named = set(re.findall(r"--name (\w+)", " ".join(COMMANDS)))
    assert all(name in shown[0] for name in named)
    # the columns of the table that the page shows, with the names of the rows
    header, rows = re.findall(r"^  (\w.*)$", PAGE, re.MULTILINE)[0], shown[-1]
    assert re.findall(r"\S+", header) == re.findall(
        r"\S+", next(line for line in rows.split("\n") if "Experiment" in line)
    )
    assert "workspace" in rows and "[faster]" in rows and "6e-05" in rows
    assert project.lines("paid.log") == ["one", "two"], "nothing is paid for again"
