"""What metrics.json says, and what it leaves out."""

from __future__ import annotations

import json
from pathlib import Path

from attune.evaluation.results import DEPLOYABLE, Results, SetResults, hybrid_of, read_metrics, write_results
from tests.support.report_parts import found, read

RAW = found((0.8, 0.81, -0.02, 0.04), (0.7, 0.71, -0.02, 0.04), "no detectable change")


def test_tables_of_other_things_are_no_systems() -> None:
    raw = RAW | {"skipped": {"model@commit": "no key"}, "prompts": {"base": "query: "}, "truncated": {"a@b": 0.5}}
    assert list(read(Results, raw).systems) == ["base", "finetuned"]


def test_a_system_that_was_skipped_keeps_its_keys() -> None:
    results = Results.of(read(SetResults, RAW), {"x": "no key"}, test_set="4fd1a09c33b7e5d2")
    assert results.systems == RAW["systems"] | {"x": {"hit_rate@5": None, "ndcg@10": None}}
    assert (results.skipped, results.questions, results.chunks) == ({"x": "no key"}, 800, 324)


def test_hybrids_have_names_that_tell_what_is_fused() -> None:
    names = ["base", "finetuned", "base@64", "finetuned@64", "x", "finetuned-large"]
    hybrids = ["hybrid_base", "hybrid", "hybrid_base@64", "hybrid@64", "hybrid_x", "hybrid_finetuned-large"]
    assert [hybrid_of(name) for name in names] == hybrids
    assert {"hybrid_base", "hybrid"} <= set(DEPLOYABLE)


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
