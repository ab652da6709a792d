"""Splits are disjoint, exhaustive, stable when documents are added, and leak no text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from attune.core.beir import read_qrels, write_corpus, write_queries
from attune.core.errors import UserError
from attune.core.records import Chunk, Question
from attune.parts import (
    PROTECTION,
    Part,
    Shares,
    SplitParams,
    assign_chunks,
    assign_documents,
    assign_questions,
    contiguous_parts,
    keep_together,
    position,
)
from attune.text.near_duplicates import near_duplicate_groups
from stages.split import CORPUS, DEV, METRICS, QUERIES, TEST, TRAIN, main
from tests.conftest import set_params

NAMES = st.lists(st.text("abcdefgh/", min_size=1, max_size=8), min_size=3, max_size=40, unique=True)
FRACTIONS = st.floats(0.05, 0.4)


SHARES = Shares(dev=0.1, test=0.25, seed=0)


def chunks_of(documents: dict[str, int]) -> list[Chunk]:
    return [
        Chunk(f"{name}-{i}", "", f"text {name} {i}", {"document": name, "start": i * 10})
        for name, count in documents.items()
        for i in range(count)
    ]


@given(NAMES, FRACTIONS, FRACTIONS, st.integers(0, 5))
def test_three_or_more_documents_fill_every_part(names: list[str], dev: float, test: float, seed: int) -> None:
    parts = assign_documents(names, Shares(dev, test, seed))
    assert set(parts) == set(names)
    assert set(parts.values()) == {"train", "dev", "test"}


@given(NAMES, NAMES)
def test_adding_documents_moves_none_that_chance_placed(names: list[str], more: list[str]) -> None:
    before = assign_documents(names, SHARES)
    by_hash = {n: "test" if position(n, 0) < 0.25 else "dev" if position(n, 0) < 0.35 else "train" for n in names}
    assume(before == by_hash)  # where a part would be empty, a document is borrowed, and may go back
    after = assign_documents([*names, *(name for name in more if name not in names)], SHARES)
    assert {name: after[name] for name in names} == before


def test_the_division_is_about_as_asked_for() -> None:
    names = [f"document-{i}.pdf" for i in range(4000)]
    parts = list(assign_documents(names, SHARES).values())
    assert abs(parts.count("test") / 4000 - 0.25) < 0.02
    assert abs(parts.count("dev") / 4000 - 0.1) < 0.015


def test_another_seed_is_another_division() -> None:
    names = [f"document-{i}.pdf" for i in range(50)]
    assert assign_documents(names, Shares(0.1, 0.25, 1)) != assign_documents(names, Shares(0.1, 0.25, 2))


@given(st.integers(1, 200), st.just(0.0) | FRACTIONS, st.just(0.0) | FRACTIONS)
def test_parts_of_one_document_are_contiguous_with_gaps(chunks: int, test: float, dev: float) -> None:
    parts = contiguous_parts(chunks, Shares(dev, test, 0))
    assert len(parts) == chunks
    runs = [part for i, part in enumerate(parts) if i == 0 or parts[i - 1] != part]
    assert runs in (
        ["train"],
        ["train", "gap", "dev"],
        ["train", "gap", "test"],
        ["train", "gap", "dev", "gap", "test"],
    )
    assert test or "test" not in parts
    assert dev or "dev" not in parts


def test_one_document_of_some_length_has_all_parts() -> None:
    parts = assign_chunks(chunks_of({"report.pdf": 40}), SHARES, [])
    assert {part: list(parts.values()).count(part) for part in PROTECTION} == {
        "train": 24,
        "dev": 4,
        "test": 10,
        "gap": 2,
    }


def test_pinned_document_is_the_test_and_the_other_divides_into_train_and_dev() -> None:
    chunks = chunks_of({"lyft.pdf": 20, "uber.pdf": 10})
    parts = assign_chunks(chunks, SHARES, ["uber*"])
    assert {parts[chunk.id] for chunk in chunks if chunk.metadata["document"] == "uber.pdf"} == {"test"}
    assert {parts[chunk.id] for chunk in chunks if chunk.metadata["document"] == "lyft.pdf"} == {"train", "gap", "dev"}


@given(NAMES, st.data())
def test_pinned_documents_are_the_test_and_no_others(names: list[str], data: st.DataObject) -> None:
    pinned = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=len(names) - 1, unique=True))
    chunks = chunks_of(dict.fromkeys(names, 12))
    parts = assign_chunks(chunks, SHARES, pinned)
    for chunk in chunks:
        assert (parts[chunk.id] == "test") == (chunk.metadata["document"] in pinned)


def test_text_that_stands_in_a_test_document_too_is_never_trained_on() -> None:
    chunks = chunks_of({"a.pdf": 20, "b.pdf": 5})
    shared = Chunk("shared", "", "x", {"document": "a.pdf", "start": 5, "also_in": [{"document": "b.pdf", "start": 7}]})
    assert assign_chunks([*chunks, shared], SHARES, ["b.pdf"])["shared"] == "test"


@pytest.mark.parametrize(("patterns", "expected"), [(["c*"], "'c\\*' matches none of a.pdf, b.pdf"), (["*"], "every")])
def test_pattern_that_fits_badly_is_named(patterns: list[str], expected: str) -> None:
    with pytest.raises(UserError, match=expected):
        assign_chunks(chunks_of({"a.pdf": 3, "b.pdf": 3}), SHARES, patterns)


@given(st.dictionaries(st.text("abc", min_size=1), st.tuples(st.sampled_from(PROTECTION), st.integers(0, 3))))
def test_near_duplicates_end_in_one_part_and_nothing_loses_protection(table: dict[str, Any]) -> None:
    before = {chunk: part for chunk, (part, _) in table.items()}
    groups = {chunk: group for chunk, (_, group) in table.items()}
    after = keep_together(before, groups)
    assert set(after) == set(before)
    for group in set(groups.values()):
        assert len({after[chunk] for chunk in after if groups[chunk] == group}) == 1
    for chunk in before:
        assert PROTECTION.index(after[chunk]) >= PROTECTION.index(before[chunk])


def test_near_duplicates_are_found_and_neighbours_in_subject_are_not() -> None:
    text = "The Atlas pump moves up to eighty litres of clean water each minute through its brass valve."
    texts = [text, text.replace("eighty", "ninety"), text.upper(), "The Atlas pump is painted green.", "Nothing alike."]
    groups = near_duplicate_groups(texts, 0.8)
    assert groups[0] == groups[1] == groups[2]
    assert len({groups[0], groups[3], groups[4]}) == 3


@given(st.lists(st.text(max_size=20), min_size=1, max_size=10))
def test_any_texts_can_be_grouped_and_equal_ones_go_together(texts: list[str]) -> None:
    from attune.text.words import words

    groups = near_duplicate_groups([*texts, texts[0]], 1.0)
    assert len(groups) == len(texts) + 1
    if words(texts[0]):
        assert groups[0] == groups[-1]


def test_question_goes_where_its_chunk_is_and_to_the_most_protected_of_several() -> None:
    questions = [Question("1", "?", {"chunks": ["a"]}), Question("2", "?", {"chunks": ["a", "b"]})]
    assert assign_questions(questions, {"a": "train", "b": "test"}) == {"1": "train", "2": "test"}


@pytest.mark.parametrize("kind", ["title", "heading", "caption"])
@pytest.mark.parametrize("part", PROTECTION)
def test_headings_are_trained_on_and_never_tested_with(kind: str, part: Part) -> None:
    heading, question = (Question(name, "?", {"chunks": ["a"], "kind": name}) for name in (kind, "keywords"))
    assigned = assign_questions([heading, question], {"a": part})
    assert assigned == {kind: "train" if part == "train" else "gap", "keywords": part}


def test_question_about_an_unknown_chunk_is_named() -> None:
    with pytest.raises(UserError, match="question 1 names the unknown chunk gone"):
        assign_questions([Question("1", "?", {"chunks": ["gone"]})], {"a": "train"})


def test_fractions_must_leave_something_to_train_on() -> None:
    with pytest.raises(ValueError, match="leave nothing to train on"):
        SplitParams(dev_fraction=0.5, test_fraction=0.5, test_documents=[], near_duplicate_similarity=0.8, seed=0)


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
