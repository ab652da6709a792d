"""From files to questions, counts and warnings."""

from __future__ import annotations

from pathlib import Path

import pytest
from sentence_transformers import SentenceTransformer

from attune.people.queries.answers import Rules
from attune.people.queries.questions import questions_of_people
from attune.people.queries.read import read_log
from tests.support.lease import CHUNKS, IDS
from tests.support.typed import RULES, answers, no_model, put, typed

LOG = "query,document,clicks\n"


def test_a_guessed_chunk_is_one_of_its_document_and_told_as_guessed(tmp_path: Path, tiny_model: Path) -> None:
    put(tmp_path, {"log.csv": f"{LOG}keys returned,lease.pdf,3\ncats,faq.md,1\nrent,lease.pdf,1\nrent,{IDS[0]},1\n"})

    def load() -> SentenceTransformer:
        return SentenceTransformer(str(tiny_model))

    found = questions_of_people(read_log(tmp_path), CHUNKS, lambda: lambda _: False, load, RULES, 8)
    kinds = {question.text: question.kind for question in found.labelled}
    assert kinds == {"cats": "asked", "keys returned": "guessed", "rent": "asked"}
    guessed = answers(found)["keys returned"]
    assert len(guessed) == 1 and guessed[0] in (0, 1, 2)
    assert (found.counts["asked"], found.counts["guessed"]) == (2, 1)
    assert found == questions_of_people(read_log(tmp_path), CHUNKS, lambda: lambda _: False, load, RULES, 8)


def test_every_query_is_labelled_or_unlabelled_and_every_row_counted(tmp_path: Path) -> None:
    rows = f"cats,faq.md,1\nCATS,,\ngone,gone.pdf,1\n,faq.md,1\nrent,{IDS[0]},1\nlang,,\n"
    folder = put(tmp_path, {"log.csv": LOG + rows})
    found = questions_of_people(read_log(folder), CHUNKS, lambda: lambda text: text == "lang", no_model, RULES, 8)
    assert answers(found) == {"cats": [3], "rent": [0]} or answers(found) == {"CATS": [3], "rent": [0]}
    assert found.unlabelled == ["gone"]
    counts = found.counts
    assert (counts["rows"], counts["queries"], counts["unlabelled"]) == (6, 3, 1)
    assert counts["dropped"] == {"empty": 1, "too_long": 0, "other_language": 1}
    assert counts["answers_left_out"]["unknown_place"] == 1


def test_ids_depend_on_the_text_alone(tmp_path: Path) -> None:
    first = typed(tmp_path / "a", {"log.csv": f"{LOG}cats,faq.md,1\n"}).labelled
    second = typed(tmp_path / "b", {"log.csv": f"{LOG}aaa,faq.md,1\ncats,{IDS[0]},1\n"}).labelled
    assert first[0].id == second[1].id and first[0].id != second[0].id


def test_personal_data_is_warned_of_and_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = typed(tmp_path, {"log.txt": "cats\ninvoice of ann@example.org\ncall +49 30 1234567\n"})
    told = capsys.readouterr().err
    assert found.counts["with_personal_data"] == 2 and len(found.unlabelled) == 3  # they are the user's to remove
    assert "2 of 3 look" in told and "log.txt:2" in told and "ann@" not in told and "1234567" not in told


def test_places_that_are_not_there_are_told_with_their_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(tmp_path, {"log.csv": LOG + "".join(f"cats,gone{number}.txt,1\n" for number in range(8))})
    told = capsys.readouterr().err
    assert "log.csv:2: no document 'gone0.txt' has chunks" in told and "3 more places lead to no chunk" in told


def test_a_crowded_chunk_leaves_a_query_its_other_answers(tmp_path: Path) -> None:
    rows = f"a,faq.md,9\nb,faq.md,5\nb,{IDS[0]},5\nc,faq.md,3\n"
    found = typed(tmp_path, {"log.csv": LOG + rows}, Rules(1, 0.5, 1))
    assert answers(found) == {"a": [3], "b": [0]} and found.unlabelled == ["c"]
    assert found.counts["answers_left_out"]["crowded"] == 2
