"""The way from documents to questions, in a line."""

from __future__ import annotations

from attune.report.reading.inputs import QuestionCounts, SplitCounts
from attune.report.sections.funnel import funnel
from tests.support.report_parts import CHUNKS


def test_funnel_in_a_line() -> None:
    dropped = {"not_a_question": 180, "too_short": 0, "no_rare_word": 121}
    written = QuestionCounts(questions_written=951, questions_kept=650, dropped=dropped)
    split = SplitCounts(documents={}, questions={"train": 433, "dev": 72, "test": 145, "gap": 0})
    assert funnel(CHUNKS, written, split).line == (
        "28 documents → 324 chunks → 951 questions written → 650 questions kept (dropped: 180 not a question, "
        "121 without a telling word) → 433 train / 72 dev / 145 test"
    )
