"""Questions with the chunks that answer them, as the stages before wrote them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.beir import write_corpus, write_qrels, write_queries
from attune.core.errors import UserError
from attune.core.records import Chunk, Question
from attune.search.judged import JudgedQuestions, load_test_set

Files = tuple[Path, Path, Path]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Ten chunks, and a question about each; the first question is answered by two."""
    chunks = [Chunk(f"c{i:02d}", "T", f"Pump {i} is blue.", {"document": f"d{i % 3}"}) for i in range(10)]
    questions = [Question(f"q{i:02d}", f"Which pump is {i}?") for i in range(10)]
    corpus, queries, qrels = tmp_path / "corpus.jsonl", tmp_path / "queries.jsonl", tmp_path / "test.tsv"
    write_corpus(corpus, chunks)
    write_queries(queries, questions)
    write_qrels(qrels, [*((f"q{i:02d}", f"c{i:02d}") for i in range(10)), ("q00", "c02")])
    return corpus, queries, qrels


def test_fingerprint_follows_the_text_of_questions_and_chunks(files: Files) -> None:
    test, chunks = load_test_set(*files)
    before = test.fingerprint(chunks)
    assert test.fingerprint(chunks[::-1]) == before
    assert test.fingerprint([*chunks, Chunk("new", "", "More.", {"document": "a"})]) != before
    renamed = [replace(chunk, text=chunk.text + "!") if chunk.id == "c07" else chunk for chunk in chunks]
    assert test.fingerprint(renamed) != before
    assert replace(test, texts=["Else?", *test.texts[1:]]).fingerprint(chunks) != before
    assert replace(test, relevant=[["c01"], *test.relevant[1:]]).fingerprint(chunks) != before


@given(st.lists(st.text(), unique=True), st.integers(0, 12), st.integers(0, 12), st.text())
def test_a_larger_sample_holds_the_smaller_and_a_new_question_moves_one_at_most(
    ids: list[str], few: int, more: int, new: str
) -> None:
    def sample(ids: list[str], most: int) -> list[str]:
        found = JudgedQuestions(ids, [f"text {i}" for i in ids], [[f"chunk {i}"] for i in ids]).sample(most)
        assert found.texts == [f"text {i}" for i in found.ids] and found.relevant == [[f"chunk {i}"] for i in found.ids]
        return found.ids

    smaller, larger = sample(ids, min(few, more)), sample(ids, max(few, more))
    assert len(smaller) == min(few, more, len(ids)) and set(smaller) <= set(larger)
    assert smaller == [i for i in ids if i in smaller]
    if new not in ids:
        assert len(set(smaller) - set(sample([new, *ids], min(few, more)))) <= 1


@pytest.mark.parametrize("pair", [("q00", "gone"), ("gone", "c00")])
def test_judgements_of_another_run_are_named(files: Files, pair: tuple[str, str]) -> None:
    write_qrels(files[2], [pair])
    with pytest.raises(UserError, match="which do not exist; run `dvc repro`"):
        load_test_set(*files)


def test_no_test_questions_are_an_error(files: Files) -> None:
    write_qrels(files[2], [])
    with pytest.raises(UserError, match="holds no questions to test with"):
        load_test_set(*files)
