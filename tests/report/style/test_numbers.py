"""Numbers are written as people read them."""

from __future__ import annotations

from attune.report.style.numbers import amount, axis_label, between, change, change_label, p_value, value_label


def test_numbers_are_written_as_people_read_them() -> None:
    assert amount("hit_rate@5", 0.910345) == "91.0\u202f%" and amount("ndcg@10", 0.8) == "0.800"
    assert change("hit_rate@5", -0.0312) == "−3.1" and change("mrr@10", 0.0004) == "0.000"
    assert change("recall@5", -0.0001) == "0.0" and change("map@100", 0.0005001) == "+0.001"
    assert between("hit_rate@5", 0.1, 0.25) == "10.0 to 25.0\u202f%" and between("ndcg@10", 0, 1) == "0.000 to 1.000"
    assert (axis_label("hit_rate@k", 0.25), axis_label("loss", 0.05)) == ("25\u202f%", "0.05")
    assert (value_label("hit_rate@5", 0.8), value_label("ndcg@10", 0.25)) == ("80", "0.25")
    assert (change_label("hit_rate@5", -0.1), change_label("ndcg@10", 0.05), change_label("ndcg@10", 0)) == (
        "−10",
        "+0.05",
        "0",
    )
    assert (p_value(0.0009), p_value(0.001), p_value(1.0)) == ("p < 0.001", "p = 0.001", "p = 1.000")
