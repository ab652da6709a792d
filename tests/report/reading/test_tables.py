"""The tables that the stages wrote."""

from __future__ import annotations

from pathlib import Path

from attune.report.reading.tables import Curves, read_curves


def test_column_of_a_system_that_did_not_run_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "curve.csv").write_text("k,base,gone\n1,0.5,\n2,0.75,\n")
    assert read_curves(tmp_path / "curve.csv", "k") == Curves([1.0, 2.0], {"base": [0.5, 0.75]})
