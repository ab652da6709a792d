"""What metrics.json says, and what it leaves out."""

from __future__ import annotations

from attune.evaluation.results import DEPLOYABLE, Results, SetResults, hybrid_of
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
