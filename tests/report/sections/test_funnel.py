"""The way from documents to questions, in a line."""

from __future__ import annotations

from attune.report.reading.inputs import QuestionCounts, SplitCounts, TypedCounts
from attune.report.sections.funnel import funnel
from tests.support.report_parts import CHUNKS


def test_what_people_typed_is_a_step_of_its_own() -> None:
    typed = TypedCounts(
        queries=90, asked=20, guessed=30, unlabelled=40, with_personal_data=2, dropped={"empty": 3, "too_long": 0}
    )
    written = QuestionCounts(questions_written=9, questions_kept=9, dropped={}, people=typed)
    parts = {"train": 35, "dev": 4, "gap": 10, "tested": 1}
    split = SplitCounts(documents={}, questions={"train": 40}, people=parts)
    step = funnel(CHUNKS, written, split).steps[-1]
    assert (step.number, step.label) == (90, "queries of people")
    assert step.notes == [
        "35 trained on", "4 to choose by", "10 about held-out documents", "1 like a test question",
        "30 with a guessed chunk", "40 without an answer", "2 perhaps personal", "3 empty",
    ]  # fmt: skip


def test_funnel_in_a_line() -> None:
    dropped = {"not_a_question": 180, "too_short": 0, "no_rare_word": 121}
    written = QuestionCounts(questions_written=951, questions_kept=650, dropped=dropped)
    split = SplitCounts(documents={}, questions={"train": 433, "dev": 72, "test": 145, "gap": 0})
    assert funnel(CHUNKS, written, split).line == (
        "28 documents → 324 chunks → 951 questions written → 650 questions kept (dropped: 180 not a question, "
        "121 without a telling word) → 433 train / 72 dev / 145 test"
    )
