"""A general set comes from a folder; whatever is wrong with it is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.beir import write_corpus, write_qrels, write_queries
from attune.core.errors import UserError
from attune.core.records import Chunk, Question
from attune.search.general_set import GeneralSet, load_set
from attune.search.judged import JudgedQuestions


def write_set(folder: Path, chunks: list[Chunk], questions: list[Question], pairs: list[tuple[str, str]]) -> Path:
    write_corpus(folder / "corpus.jsonl", chunks)
    write_queries(folder / "queries.jsonl", questions)
    write_qrels(folder / "qrels" / "test.tsv", pairs)
    return folder


CHUNKS = [Chunk(f"c{number}", "", f"text {number}") for number in range(3)]
QUESTIONS = [Question("q1", "what?", {"field": "tea"}), Question("q2", "why?", {"field": "rain"})]
PAIRS = [("q2", "c0"), ("q1", "c1"), ("q1", "c2")]


def test_folder_is_loaded_with_fields_as_clusters(tmp_path: Path) -> None:
    found = load_set(str(write_set(tmp_path, CHUNKS, QUESTIONS, PAIRS)))
    assert found.chunks == CHUNKS
    assert (found.asked.ids, found.asked.texts) == (["q2", "q1"], ["why?", "what?"])
    assert found.asked.relevant == [["c0"], ["c1", "c2"]]
    assert (found.clusters, found.clustered_by) == (["rain", "tea"], "field")


def test_questions_without_a_field_are_clustered_by_chunk(tmp_path: Path) -> None:
    questions = [QUESTIONS[0], Question("q2", "why?")]
    found = load_set(str(write_set(tmp_path, CHUNKS, questions, PAIRS)))
    assert (found.clusters, found.clustered_by) == (["c0", "c1"], "chunk")


def test_pair_that_is_judged_twice_is_one_answer(tmp_path: Path) -> None:
    found = load_set(str(write_set(tmp_path, CHUNKS, QUESTIONS, [*PAIRS, PAIRS[0]])))
    assert found.asked.relevant == [["c0"], ["c1", "c2"]]


@pytest.mark.parametrize("file", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
@pytest.mark.parametrize("empty", [True, False])
def test_missing_and_empty_files_are_named(tmp_path: Path, file: str, empty: bool) -> None:
    write_set(tmp_path, CHUNKS, QUESTIONS, PAIRS)
    (tmp_path / file).unlink()
    if empty:
        (tmp_path / file).touch()
    with pytest.raises(UserError, match=f"has no {file}"):
        load_set(str(tmp_path))


@pytest.mark.parametrize(
    ("chunks", "questions", "pairs", "message"),
    [
        (CHUNKS, QUESTIONS, [*PAIRS, ("q3", "c1")], "name the question q3 and the chunks c1;"),
        (CHUNKS, QUESTIONS, [*PAIRS, ("q2", "c9")], "name the question q2 and the chunks c0, c9;"),
        ([*CHUNKS, CHUNKS[0]], QUESTIONS, PAIRS, "holds an _id twice"),
        (CHUNKS, [*QUESTIONS, QUESTIONS[0]], PAIRS, "holds an _id twice"),
        (CHUNKS[:2], QUESTIONS, PAIRS[:1], "holds 2 chunks and 1 questions"),
        (CHUNKS, QUESTIONS, [], "holds 3 chunks and 0 questions"),
    ],
)
def test_broken_sets_are_named(
    tmp_path: Path, chunks: list[Chunk], questions: list[Question], pairs: list[tuple[str, str]], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        load_set(str(write_set(tmp_path, chunks, questions, pairs)))


@given(st.lists(st.sampled_from("abcdefg"), min_size=2, max_size=30), st.booleans())
def test_halves_share_no_cluster_and_hold_every_question(fields: list[str], known: bool) -> None:
    count = len(fields)
    ids, texts = ([f"{kind}{n}" for n in range(count)] for kind in ("q", "t"))
    asked = JudgedQuestions(ids, texts, [[f"c{n}"] for n in range(count)])
    clusters = fields if known else [f"c{n}" for n in range(count)]
    whole = GeneralSet(asked, CHUNKS, clusters, "field" if known else "chunk")
    guards, judges = whole.half("guards"), whole.half("judges")
    assert sorted(guards.asked.ids + judges.asked.ids) == sorted(asked.ids)
    assert len(judges.asked) and len(guards.asked) and guards.chunks == judges.chunks == CHUNKS
    for half in (guards, judges):
        rows = [asked.ids.index(name) for name in half.asked.ids]
        assert half.clusters == [clusters[row] for row in rows]
        assert half.asked.texts == [f"t{row}" for row in rows] and half.asked.relevant == [[f"c{row}"] for row in rows]
    if len(set(clusters)) > 1:
        assert not set(guards.clusters) & set(judges.clusters)
        assert 0 <= len(set(judges.clusters)) - len(set(guards.clusters)) <= 1


def test_a_single_question_judges() -> None:
    whole = GeneralSet(JudgedQuestions(["q"], ["t"], [["c0"]]), CHUNKS, ["tea"], "field")
    assert len(whole.half("judges").asked) == 1 and not whole.half("guards").asked
