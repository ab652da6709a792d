"""What is written is what was set, and what is read is told about where it is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attune.core.errors import UserError
from attune.evaluation.metrics_file import read_metrics, write_results
from attune.evaluation.results import Results, SetResults
from tests.support.report_parts import found, read

RAW = found((0.8, 0.81, -0.02, 0.04), (0.7, 0.71, -0.02, 0.04), "no detectable change")


def test_what_is_not_set_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    written, human = read(SetResults, RAW), read(SetResults, RAW | {"unmapped": 2})
    write_results(path, Results.of(written, {}))
    assert set(json.loads(path.read_text())) == {"questions", "chunks", "systems", "verdict", "skipped"}
    write_results(path, Results.of(written, {}, human=human, general=None))
    values = json.loads(path.read_text())
    assert values["human"]["unmapped"] == 2 and values["general"] is None
    assert "truncated" not in values and "intervals" not in values["human"]
    assert read_metrics(path, Results).model_dump(exclude_unset=True) == values


def test_a_file_that_is_missing_or_of_another_version_is_told(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    with pytest.raises(UserError, match="does not exist; `dvc repro` makes it"):
        read_metrics(path, Results)
    path.write_text(json.dumps(RAW | {"questions": "many"}))
    with pytest.raises(UserError, match=r"metrics\.json: 'questions': .*an older version may have written it"):
        read_metrics(path, Results)
