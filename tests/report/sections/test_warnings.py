"""Warnings name what weakens a verdict."""

from __future__ import annotations

from attune.evaluation.results import Results, SetResults
from attune.report.sections.warnings import cautions_about, warnings
from tests.support.report_parts import CHUNKS, found, read


def test_warnings_name_what_weakens_the_verdict() -> None:
    raw = found((0.8, 0.9, 0.1, 0.2), (0.7, 0.8, 0.1, 0.2), "better")
    assert [w.split(".")[0] for w in warnings(read(Results, raw), CHUNKS)] == [
        "All test questions were written by a language model"
    ]
    assert "only 200" not in " ".join(warnings(read(Results, raw | {"questions": 200}), CHUNKS))
    raw |= {"questions": 199, "skipped": {"x": "no key"}, "truncated": {"base": 0.05, "finetuned": 0.049}}
    raw["truncated"] |= {"base@64": 0.05, "finetuned@64": 0.049}
    raw["verdict"] |= {"clusters": 9, "effective_clusters": 9.0}
    text = " ".join(warnings(read(Results, raw), CHUNKS))
    for part in ("only 199", "only 9 documents", "x was not measured: no key", "Base: 5.0\u202f% of the chunks"):
        assert part in text
    assert "Fine-tuned" not in text and "Base, 64" not in text
    raw["verdict"] |= {"clustered_by": "chunk"}
    raw["human"] = found((0.8, 0.9, 0.1, 0.2), (0.7, 0.8, 0.1, 0.2), "better") | {"unmapped": 1}
    text = " ".join(warnings(read(Results, raw), CHUNKS))
    assert "fewer than 3 documents" in text and "1 question left out" in text and "language model" not in text


def test_what_a_server_refused_is_told_with_how_many_there_are() -> None:
    raw = found((0.8, 0.9, 0.1, 0.2), (0.7, 0.8, 0.1, 0.2), "better")
    raw |= {"questions": 400, "chunks": 1200, "refused_chunks": {"m": 2}, "refused": {"m": 1}}
    raw["human"] = found((0.8, 0.9, 0.1, 0.2), (0.7, 0.8, 0.1, 0.2), "better") | {"questions": 300}
    lines = list(warnings(read(Results, raw), CHUNKS))
    assert "m: its server refused 2 of 1,200 chunks; they count as not found by it." in lines
    assert "Synthetic questions: m: its server refused 1 of 400 questions; they count as not answered by it." in lines
    assert sum("refused" in line for line in lines) == 2


def test_questions_that_were_not_asked_are_told() -> None:
    raw = found((0.8, 0.9, 0.1, 0.2), (0.7, 0.8, 0.1, 0.2), "better") | {"questions": 10_000, "chunks": 10**6}
    assert not any("max_questions" in line for line in warnings(read(Results, raw), CHUNKS))
    lines = list(warnings(read(Results, raw | {"questions_left_out": 5_000}), CHUNKS))
    assert "Of 15,000 written test questions a fixed sample of 10,000 was asked (evaluate.max_questions)." in lines


def test_unequal_documents_are_told_to_weigh_like_few() -> None:
    raw = found((0.8, 0.9, 0.1, 0.2), (0.7, 0.8, 0.1, 0.2), "better")
    raw["verdict"] |= {"clusters": 51, "effective_clusters": 2.34}
    (line,) = cautions_about("Test questions", read(SetResults, raw))
    assert line.startswith(
        "Test questions: they come from 51 documents of unequal size, which weigh like 2.3 of one size"
    )
    raw["verdict"] |= {"clusters": 1, "effective_clusters": 1.0, "clustered_by": "chunk"}
    assert [line.split(",")[0] for line in cautions_about("T", read(SetResults, raw))] == [
        "T: they come from fewer than 3 documents. The verdict holds for more questions about the same text",
        "T: they come from only 1 chunk",
    ]
    assert list(cautions_about("T", read(SetResults, raw), own=False)) == []
