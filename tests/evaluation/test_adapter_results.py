"""How much of a map is taken is told with what it rests on."""

from __future__ import annotations

from typing import Any

from attune.evaluation.adapter_results import AdapterResults


def test_it_is_told_how_much_of_a_map_is_taken_and_why() -> None:
    raw: dict[str, Any] = {"questions": 9, "left_out": 0, "refused": 0, "dev_questions": 8, "dev_clusters": 4}
    raw |= {"guards": ["dev"], "ndcg_by_way": {"0": 0.5, "0.5": 0.52, "1": 0.53}, "file": None}
    basis = "+0.030 of nDCG@10 by 8 dev questions of 4 documents or chunks"
    lucky = AdapterResults(way=0.0, stopped_by="dev", luck_by_way={"0.5": 0.6, "1": 0.4}, **raw)
    assert lucky.told.endswith(f"gains {basis}, as luck alone does in 40% of cases")
    harmful = AdapterResults(way=0.0, stopped_by="general", luck_by_way={"0.5": 0.06, "1": 0.04}, **raw)
    assert harmful.told.endswith(f"gains {basis}, but it does worse on general questions")
    half = AdapterResults(way=0.5, stopped_by=None, luck_by_way={"0.5": 0.06, "1": 0.04}, **raw)
    assert half.told.startswith("50.0% of the way from the identity is taken, +0.020 of nDCG@10 by 8 dev")
