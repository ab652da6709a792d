"""Systems stand in order, each with what is known of it."""

from __future__ import annotations

from attune.evaluation.results import SetResults
from attune.report.sections.systems import difference_table, system_table
from tests.support.report_parts import found, read


def test_what_cannot_be_noticed_does_not_stretch_the_axis() -> None:
    raw = found((0.8, 0.81, -0.02, 0.04), (0.7, 0.71, -0.02, 0.04), "no detectable change")
    for detectable, ends in ((0.061, ("−10", "+10")), (1.0, ("−2", "+4"))):
        raw["verdict"]["against"]["base"]["hit_rate@5"]["detectable"] = detectable
        table = difference_table(read(SetResults, raw), "hit_rate@5", {})
        assert table and (table.ticks[0][1], table.ticks[-1][1]) == ends


def test_base_model_is_the_first_to_be_compared_with() -> None:
    raw = found((0.8, 0.81, -0.02, 0.04), (0.7, 0.71, -0.02, 0.04), "no detectable change")
    base = raw["verdict"]["against"]["base"]
    raw["verdict"]["against"] = {"bm25": base, "a": base, "base": base}
    table = difference_table(read(SetResults, raw), "ndcg@10", {})
    assert table and [row.system for row in table.rows] == ["base", "bm25", "a"]


def test_systems_are_in_the_order_of_the_measure_that_decides() -> None:
    raw = found((0.8, 0.7, 0, 0), (0.7, 0.71, 0, 0), "no detectable change")
    raw["systems"] |= {"x": {"hit_rate@5": None, "ndcg@10": None}, "y": {"hit_rate@5": 0.1, "ndcg@10": 0.9}}
    table = system_table(read(SetResults, raw), "hit_rate@5", {"x": "no key"})
    assert [(row.system, row.value, row.reason) for row in table.rows] == [
        ("y", "10.0\u202f%", ""),
        ("finetuned", "70.0\u202f%", ""),
        ("base", "80.0\u202f%", ""),
        ("x", "not measured", "no key"),
    ]
