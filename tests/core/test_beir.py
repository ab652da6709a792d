"""The data set on disk is what BEIR's tools expect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ir_measures
import pytest

from attune.core.beir import (
    chunks_in,
    read_corpus,
    read_groups,
    read_places,
    read_qrels,
    read_queries,
    write_corpus,
    write_groups,
    write_qrels,
    write_queries,
)
from attune.core.errors import UserError
from attune.core.records import Chunk, Question

PLACE = {"document": "a.txt", "title": "A", "start": 0, "end": 3, "pages": None}


def test_everything_comes_back_as_written(tmp_path: Path) -> None:
    chunks = [Chunk("c1", "Title", "Text é", PLACE), Chunk("c2", "", "No title", PLACE)]
    questions = [Question("q1", "What?", {"chunks": ["c1"]})]
    write_corpus(tmp_path / "corpus.jsonl", chunks)
    write_queries(tmp_path / "queries.jsonl", questions)
    write_qrels(tmp_path / "test.tsv", [("q1", "c1"), ("q1", "c2")])
    assert read_corpus(tmp_path / "corpus.jsonl") == chunks
    assert read_queries(tmp_path / "queries.jsonl") == questions
    assert read_qrels(tmp_path / "test.tsv") == {"q1": ["c1", "c2"]}


def test_chunks_come_one_by_one_and_without_their_texts_where_these_are_not_needed(tmp_path: Path) -> None:
    path, also = tmp_path / "corpus.jsonl", {"document": "b.txt", "start": 7, "end": 9, "pages": [1, 2]}
    whole = [Chunk("c1", "T", "Text", PLACE | {"also_in": [also], "marks": [1]}), Chunk("c2", "", "More", {})]
    write_corpus(path, whole)
    assert next(chunks_in(path)) == whole[0]
    assert list(chunks_in(path)) == whole
    slim = read_places(path)
    assert [(chunk.id, chunk.places, chunk.document) for chunk in slim] == [
        (chunk.id, chunk.places, chunk.document) for chunk in whole
    ]
    assert not any(chunk.passage for chunk in slim) and set(slim[0].metadata) == {*PLACE, "also_in"} - {"title"}


@pytest.mark.parametrize("read", [lambda path: list(chunks_in(path)), read_corpus, read_places])
def test_a_corpus_without_chunks_says_what_to_do(tmp_path: Path, read: Callable[[Path], object]) -> None:
    (tmp_path / "corpus.jsonl").write_text("\n")
    with pytest.raises(UserError, match="holds no chunks; put documents into"):
        read(tmp_path / "corpus.jsonl")


def test_qrels_are_in_the_format_of_beir(tmp_path: Path) -> None:
    write_qrels(tmp_path / "test.tsv", [("q1", "c1")])
    assert (tmp_path / "test.tsv").read_text() == "query-id\tcorpus-id\tscore\nq1\tc1\t1\n"


def test_an_independent_tool_reads_the_judgements(tmp_path: Path) -> None:
    write_qrels(tmp_path / "test.tsv", [("q1", "c1"), ("q2", "c2")])
    rows = [line.split("\t") for line in (tmp_path / "test.tsv").read_text().splitlines()[1:]]
    qrels = [ir_measures.Qrel(query, chunk, int(score)) for query, chunk, score in rows]
    run = [ir_measures.ScoredDoc("q1", "c1", 2.0), ir_measures.ScoredDoc("q2", "c1", 1.0)]
    assert ir_measures.calc_aggregate([ir_measures.Success @ 1], qrels, run)[ir_measures.Success @ 1] == 0.5


def test_unjudged_and_negative_rows_are_not_relevant(tmp_path: Path) -> None:
    (tmp_path / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tc1\t0\nq1\tc2\t2\nq2\tc1\t-1\n")
    assert read_qrels(tmp_path / "test.tsv") == {"q1": ["c2"]}


def test_score_that_is_no_number_is_named(tmp_path: Path) -> None:
    (tmp_path / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tc1\thigh\n")
    with pytest.raises(UserError, match="question q1 is 'high'"):
        read_qrels(tmp_path / "test.tsv")


def test_groups_come_back_in_the_order_of_the_corpus(tmp_path: Path) -> None:
    chunks = [Chunk(name, "", "text", PLACE) for name in ("c2", "c1", "c3")]
    write_groups(tmp_path / "groups.csv", chunks, [0, 1, 0])
    assert (tmp_path / "groups.csv").read_text() == "chunk_id,group\nc2,0\nc1,1\nc3,0\n"
    assert read_groups(tmp_path / "groups.csv", chunks) == [0, 1, 0]
    assert read_groups(tmp_path / "groups.csv", chunks[::-1]) == [0, 1, 0][::-1]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("c1,0\n", r"groups\.csv: chunk c2 of the corpus is not in it; run `dvc repro`"),
        ("c1,0\nc2,1\nc3,1\n", r"groups\.csv has 3 chunks, the corpus 2; run `dvc repro`"),
        ("c1,0\nc2,one\n", r"groups\.csv: the group of chunk c2 is 'one'; expected an integer"),
    ],
)
def test_groups_of_another_corpus_are_named(tmp_path: Path, rows: str, said: str) -> None:
    (tmp_path / "groups.csv").write_text("chunk_id,group\n" + rows)
    with pytest.raises(UserError, match=said):
        read_groups(tmp_path / "groups.csv", [Chunk("c1", "", "text", PLACE), Chunk("c2", "", "text", PLACE)])


@pytest.mark.parametrize("line", ['{"title": "x", "text": "y"}', '{"_id": "", "text": "y"}', '{"_id": "a", "text": 3}'])
def test_row_without_id_or_text_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "corpus.jsonl").write_text(line + "\n")
    with pytest.raises(UserError, match=r"corpus\.jsonl: a row has"):
        read_corpus(tmp_path / "corpus.jsonl")


def test_empty_corpus_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").touch()
    with pytest.raises(UserError, match="put documents into data/documents"):
        read_corpus(tmp_path / "corpus.jsonl")
