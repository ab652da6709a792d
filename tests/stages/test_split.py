"""The stage writes each question into one part, and which chunks are near-duplicates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from attune.core.beir import read_groups, read_qrels, write_corpus, write_queries
from attune.core.errors import UserError
from attune.core.records import Chunk, Question, content_id
from stages.split import CORPUS, DEV, GROUPS, METRICS, QUERIES, TEST, TRAIN, main
from tests.conftest import set_params
from tests.parts.test_assign import chunks_of


def write_project(documents: dict[str, int]) -> Sequence[Question]:
    chunks = chunks_of(documents)
    questions = [Question(f"q-{chunk.id}", "What?", {"chunks": [chunk.id]}) for chunk in chunks]
    write_corpus(CORPUS, chunks)
    write_queries(QUERIES, questions)
    return questions


def test_the_stage_writes_every_question_once(project: Path) -> None:
    questions = write_project({f"{name}.txt": 6 for name in "abcdefghij"})
    main()
    written = [question for path in (TRAIN, DEV, TEST) for question in read_qrels(path)]
    assert sorted(written) == sorted(question.id for question in questions)
    assert METRICS.exists()


def test_the_stage_keeps_headings_out_of_dev_and_test(project: Path) -> None:
    chunks = chunks_of({f"{name}.txt": 6 for name in "abcdefghij"})
    kinds = ("full", "keywords", "heading", "title")
    questions = [Question(f"{k}-{c.id}", "What?", {"chunks": [c.id], "kind": k}) for c in chunks for k in kinds]
    write_corpus(CORPUS, chunks)
    write_queries(QUERIES, questions)
    main()
    train, held_out = set(read_qrels(TRAIN)), set(read_qrels(DEV)) | set(read_qrels(TEST))
    assert {question.split("-")[0] for question in train} == set(kinds)
    assert {question.split("-")[0] for question in held_out} == {"full", "keywords"}
    parts = json.loads(METRICS.read_text())["questions"]
    assert parts["train"] == len(train) and sum(parts.values()) == len(questions)


def test_what_people_typed_is_trained_on_but_not_what_is_tested_with(project: Path) -> None:
    chunks = chunks_of({f"{name}.txt": 6 for name in "abcdefghij"})
    questions = [Question(f"q-{c.id}", "What?", {"chunks": [c.id], "kind": "full"}) for c in chunks]
    typed = [Question(f"p-{c.id}", f"help {content_id(c.id)}", {"chunks": [c.id], "kind": "asked"}) for c in chunks]
    write_corpus(CORPUS, chunks)
    write_queries(QUERIES, [*questions, *typed])
    main()
    before, parts = set(read_qrels(TRAIN)), json.loads(METRICS.read_text())["people"]
    assert parts["train"] == sum(name.startswith("p-") for name in before) > 1 and parts["tested"] == 0
    assert not any(name.startswith("p-") for name in read_qrels(TEST)) and sum(parts.values()) == len(typed)
    taken = next(question for question in typed if question.id in before)
    (project / "data/human").mkdir(parents=True)
    (project / "data/human/questions.csv").write_text(f"question,file,page\nHELP: {taken.text[5:]}?,gone.txt,1\n")
    main()
    assert before - set(read_qrels(TRAIN)) == {taken.id}
    assert json.loads(METRICS.read_text())["people"] == parts | {"train": parts["train"] - 1, "tested": 1}


def test_without_queries_of_people_the_metrics_say_nothing_of_them(project: Path) -> None:
    write_project({f"{name}.txt": 6 for name in "abcdefghij"})
    main()
    assert "people" not in json.loads(METRICS.read_text())


def test_too_few_questions_are_an_error_with_a_remedy(project: Path) -> None:
    write_project({"a.txt": 2})
    with pytest.raises(UserError, match="no test questions among 2: add documents"):
        main()


def test_the_stage_writes_the_same_bytes_whatever_the_order_of_the_documents(project: Path) -> None:
    set_params(project / "params.yaml", split={"seed": 3})
    write_project({f"{name}.txt": 6 for name in "abcdef"})
    main()
    first = TEST.read_bytes()
    main()
    assert TEST.read_bytes() == first


def test_the_stage_writes_the_groups_of_near_duplicates(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project({f"{name}.txt": 6 for name in "abcdefghij"})
    text = "The Atlas pump moves up to eighty litres of clean water each minute through its brass valve."
    alike = [Chunk(name, "", text, {"document": f"{name}.txt", "start": 0}) for name in ("one", "other")]
    chunks = [alike[0], *chunks_of({f"{name}.txt": 6 for name in "abcdefghij"}), alike[1]]
    write_corpus(CORPUS, chunks)
    set_params(project / "params.yaml", split={"near_duplicate_similarity": 1.0})
    main()
    assert read_groups(GROUPS, chunks) == [*range(61), 0]
    assert "hashing" not in capsys.readouterr().out
    set_params(project / "params.yaml", split={"compare_all_up_to": 61})
    main()
    assert read_groups(GROUPS, chunks) == [*range(61), 0]
    assert "found by hashing, which misses a few pairs (split.compare_all_up_to)" in capsys.readouterr().out
