"""Both forms of people's questions: what is wrong with a file is named with its line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from attune.core.errors import UserError
from attune.people.human.questions import read_human
from tests.support.lease import CHUNKS, PETS, beir, table


@pytest.mark.parametrize(
    ("qrels", "reason"),
    [
        (
            "q1\told\t1\n",
            r"qrels\.tsv:2: 'old' is no chunk of today and no _id in corpus\.jsonl, .*; and no document 'old'",
        ),
        ("q1\tfax.md\t1\n", r"no document 'fax\.md' has chunks; did you mean 'faq\.md'\?"),
        ("q1\tfaq.md\t0\n", r"queries\.jsonl: no row of .*qrels\.tsv gives 'q1' a score above 0"),
        ("", r"queries\.jsonl: no row of .*qrels\.tsv gives 'q1' a score above 0"),
        ("q1\tlost\t1\n", r"qrels\.tsv:2: the quote 'Nobody wrote this anywhere' stands nowhere in any document"),
    ],
)
def test_judgement_that_leads_nowhere_is_named(tmp_path: Path, qrels: str, reason: str) -> None:
    beir(tmp_path, {"q1": "Why?"}, qrels, {"lost": "Nobody wrote this anywhere"})
    found = read_human(tmp_path, CHUNKS)
    assert found.ids == []
    assert [(question.id, question.text) for question in found.unmapped] == [("q1", "Why?")]
    assert re.search(reason, found.unmapped[0].reasons[0])


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("Why?,,1,", "the cell 'file' is empty"),
        (",faq.md,1,", "the cell 'question' is empty"),
        ("Why?,faq.md,,", "neither a page nor a quote; expected what answers 'Why"),
        ("Why?,lease.pdf,0,", "the page is '0'; expected a number from 1"),
        ("Why?,lease.pdf,3-2,", "the page is '3-2'; expected"),
        ("Why?,lease.pdf,03. Apr,x", r"the page is '03\. Apr'; .*take a range for a date"),
        ("Why?,lease.pdf,-1,", "the page is '-1'"),
    ],
)
def test_malformed_row_is_refused_with_its_line(tmp_path: Path, row: str, problem: str) -> None:
    with pytest.raises(UserError, match=rf"questions\.csv:3: {problem}"):
        table(tmp_path, "Which pets?,faq.md,,small dogs", row)


@pytest.mark.parametrize(
    ("qrels", "problem"),
    [
        ("q9\tfaq.md\t1\n", r"qrels\.tsv:2: question 'q9' is not in .*queries\.jsonl"),
        ("q1\tfaq.md\thigh\n", r"qrels\.tsv:2: the score is 'high'; expected an integer"),
        ("q1\tfaq.md\t0.5\n", r"qrels\.tsv:2: the score is '0\.5'; expected an integer"),
        ("q1\tfaq.md\n", r"qrels\.tsv:2: the score is ''; expected an integer"),
        ("q1\tfaq.md\t1\t1\n", r"qrels\.tsv:2: 4 cells; expected 3"),
    ],
)
def test_malformed_qrels_are_refused_with_their_line(tmp_path: Path, qrels: str, problem: str) -> None:
    beir(tmp_path, {"q1": "Why?"}, qrels)
    with pytest.raises(UserError, match=problem):
        read_human(tmp_path, CHUNKS)


@pytest.mark.parametrize(
    ("present", "problem"),
    [
        (["queries.jsonl"], r"qrels\.tsv and .*qrels/test\.tsv do not exist; expected one of them"),
        (["qrels.tsv"], r"queries\.jsonl does not exist, but .*qrels\.tsv does"),
        (["corpus.jsonl"], r"queries\.jsonl does not exist, but .*corpus\.jsonl does"),
        (["qrels/test.tsv"], r"queries\.jsonl does not exist, but .*qrels/test\.tsv does"),
        (
            ["queries.jsonl", "qrels.tsv", "qrels/test.tsv"],
            r"qrels\.tsv and .*qrels/test\.tsv both exist; expected one",
        ),
    ],
)
def test_file_without_another_that_it_needs(tmp_path: Path, present: list[str], problem: str) -> None:
    (tmp_path / "all" / "qrels").mkdir(parents=True)
    beir(tmp_path / "all", {"q1": "Why?"}, "q1\tfaq.md\t1\n", {"old": PETS})
    shutil.copy(tmp_path / "all" / "qrels.tsv", tmp_path / "all" / "qrels" / "test.tsv")
    (tmp_path / "some" / "qrels").mkdir(parents=True)
    for name in present:
        shutil.copy(tmp_path / "all" / name, tmp_path / "some" / name)
    with pytest.raises(UserError, match=problem):
        read_human(tmp_path / "some", CHUNKS)


@pytest.mark.parametrize(
    ("queries", "problem"),
    [
        ('{"_id": "q1", "text": "Why?"}\nq2: Why?\n', r"queries\.jsonl:2: not JSON"),
        ('{"_id": "q1", "text": ""}\n', r"queries\.jsonl: a row has text = ''"),
        ('{"_id": 1, "text": "Why?"}\n', r"queries\.jsonl: a row has _id = 1"),
        ('{"_id": "q1", "text": "Why?"}\n{"_id": "q1", "text": "How?"}\n', "two rows have the _id 'q1' and different"),
    ],
)
def test_malformed_queries_are_refused(tmp_path: Path, queries: str, problem: str) -> None:
    beir(tmp_path, {}, "q1\tfaq.md\t1\n")
    (tmp_path / "queries.jsonl").write_text(queries)
    with pytest.raises(UserError, match=problem):
        read_human(tmp_path, CHUNKS)
