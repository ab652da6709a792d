"""People's questions, from the files that people write to the chunks of today."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from attune.core.records import Chunk, content_id
from attune.people.human.questions import PeoplesQuestions, read_human
from tests.conftest import ROOT
from tests.support.lease import CHUNKS, IDS, KEYS, NOTICE, PETS, beir, cut, table


@pytest.mark.parametrize("folder", ["none", "empty"])
def test_no_files_no_questions(tmp_path: Path, folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "README.md").touch()
    assert read_human(tmp_path / folder, CHUNKS) == PeoplesQuestions([], [], [], [], [])
    assert capsys.readouterr().err == ""


def test_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = table(
        tmp_path,
        "When is the rent due?,contracts/lease.pdf,1,",
        "How does it end?,lease.pdf,2-3,",
        "Who may end it?,LEASE.pdf,,either side  may END",
        "Which pets?,faq.md,,small dogs",
        "What is due each month?,lease.pdf,1.0,the rent on the first",
        "Which  pets?,lease.pdf,,to the landlord on the last day",
    )
    texts = ["When is the rent due?", "How does it end?", "Who may end it?", "Which pets?", "What is due each month?"]
    relevant = [IDS[:1], IDS[1:3], IDS[1:2], IDS[2:4], IDS[:1]]
    expected = sorted(zip(map(content_id, texts), texts, relevant, strict=True))
    assert list(zip(found.ids, found.texts, found.relevant, strict=True)) == expected
    assert found.unmapped == found.incomplete == []
    assert capsys.readouterr().err == ""


def test_beir(tmp_path: Path) -> None:
    questions = {"q2": "Which pets?", "q1": "When?", "q3": "How?"}
    qrels = f"q1\t{IDS[0]}\t1\nq2\tfaq.md\t2\nq3\told-1\t1\nq3\told-2\t1\nq1\tfaq.md\t0\nq1\t{IDS[3]}\t-1\n"
    beir(tmp_path, questions, qrels, {"old-1": f"{NOTICE} {KEYS}", "old-2": PETS, "never judged": "x"})
    found = read_human(tmp_path, CHUNKS)
    assert found == PeoplesQuestions(
        ["q1", "q2", "q3"], ["When?", "Which pets?", "How?"], [IDS[:1], IDS[3:], IDS[1:]], [], []
    )
    (tmp_path / "qrels").mkdir()
    shutil.move(tmp_path / "qrels.tsv", tmp_path / "qrels" / "test.tsv")
    assert read_human(tmp_path, CHUNKS) == found


def test_judged_chunks_are_found_again_after_the_documents_are_cut_another_way(tmp_path: Path) -> None:
    questions = {f"q{number}": f"Question {number}?" for number in range(4)}
    qrels = "".join(f"q{number}\t{id_}\t1\n" for number, id_ in enumerate(IDS))
    beir(tmp_path, questions, qrels)
    assert [question.id for question in read_human(tmp_path, cut(2)).unmapped] == ["q0", "q1"]  # the last two stay
    beir(tmp_path, questions, qrels, {chunk.id: chunk.text for chunk in CHUNKS})
    pairs = cut(2)
    found = read_human(tmp_path, pairs)
    assert found.relevant == [[pairs[number].id] for number in (0, 0, 1, 2)]
    assert found.unmapped == []


def test_chunks_of_a_question_are_in_the_order_of_all_chunks(tmp_path: Path) -> None:
    place = {"document": "a.txt", "title": "", "start": 0, "end": 1, "pages": None}
    chunks = [Chunk(f"{100 - n}", "", "a", place | {"start": n, "end": n + 1}) for n in range(40)]
    beir(tmp_path, {"q": "?"}, "".join(f"q\t{100 - n}\t1\n" for n in (33, 8, 1, 39, 16)))
    assert read_human(tmp_path, chunks).relevant == [["99", "92", "84", "67", "61"]]


def test_both_forms_together_sorted_by_id(tmp_path: Path) -> None:
    beir(tmp_path, {"zz": "Which pets?", "00": "When?"}, f"zz\t{IDS[3]}\t1\n00\t{IDS[0]}\t1\n")
    found = table(tmp_path, "Who may end it?,lease.pdf,,either side may end")
    assert found.ids == ["00", content_id("Who may end it?"), "zz"]
    assert found.ids == sorted(found.ids)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Why?,leese.pdf,1,", "no document 'leese.pdf' has chunks; did you mean 'contracts/lease.pdf'?"),
        ("Why?,lease.pdf,4,", "no chunk stands on page 4 of lease.pdf, whose last page with text is 3"),
        ("Why?,faq.md,1,", "faq.md has no pages; leave the page empty and give a quote"),
        (
            "Why?,lease.pdf,,small dogs",
            "the quote 'small dogs' stands nowhere in lease.pdf; copy it from the text of today",
        ),
        ("Why?,lease.pdf,,of", "the quote 'of' has fewer than 4 letters and digits; quote more"),
        (
            "Why?,lease.pdf,1,keys are returned to the landlord",
            "the quote 'keys are returned to the landlord' stands on page 3 of lease.pdf, not on page 1; "
            "pages are counted from 1 at the start of the file, whatever is printed on them",
        ),
    ],
)
def test_question_without_its_place_is_named_with_the_reason(
    tmp_path: Path, row: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = table(tmp_path, "Which pets?,faq.md,,small dogs", row)
    assert found.texts == ["Which pets?"]
    [lost] = found.unmapped
    where = f"{tmp_path / 'questions.csv'}:3"
    assert (lost.id, lost.text, lost.reasons) == (content_id("Why?"), "Why?", [f"{where}: {reason}"])
    assert found.incomplete == []
    assert capsys.readouterr().err == f"warning: question left out: 'Why?' ({where}: {reason})\n"


def test_question_with_one_place_left_stays_and_the_other_place_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = table(tmp_path, "Which pets?,gone.md,,big dogs", "Which pets?,faq.md,,small dogs")
    assert (found.texts, found.relevant, found.unmapped) == (["Which pets?"], [IDS[3:]], [])
    assert [len(question.reasons) for question in found.incomplete] == [1]
    assert "question kept without one of its places: 'Which pets?'" in capsys.readouterr().err


def test_many_lost_questions_are_all_counted_and_the_first_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = table(tmp_path, *(f"Question {number}?,gone.md,{number},\n" for number in range(1, 31)))
    assert len(found.unmapped) == 30
    assert [question.id for question in found.unmapped] == sorted(question.id for question in found.unmapped)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11
    assert lines[-1] == "warning: 20 more questions left out"


def test_files_that_nobody_reads_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("questions.xlsx", ".gitignore", "questions.csv.dvc", "README.md"):
        (tmp_path / name).touch()
    assert read_human(tmp_path, CHUNKS).ids == []
    expected = f"warning: {tmp_path / 'questions.xlsx'} is not read; {tmp_path / 'README.md'} tells what is\n"
    assert capsys.readouterr().err == expected


def test_the_example_of_the_readme_is_read(tmp_path: Path) -> None:
    readme = (ROOT / "data" / "human" / "README.md").read_text()
    example = re.search(r"```csv\n(.*?)```", readme, re.DOTALL)
    assert example
    (tmp_path / "questions.csv").write_text(example[1])
    found = read_human(tmp_path, CHUNKS)
    assert found.texts == ["When did the lease begin?"]
    assert [question.text for question in found.unmapped] == ["Who may end it early?"]
    assert len(found.unmapped[0].reasons) == 2
