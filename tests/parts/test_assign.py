"""Splits are disjoint, exhaustive, and stable when documents are added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from attune.core.errors import UserError
from attune.core.records import Chunk
from attune.parts.assign import (
    PROTECTION,
    SplitParams,
    assign_chunks,
    assign_documents,
    contiguous_parts,
    keep_together,
    position,
)

NAMES = st.lists(st.text("abcdefgh/", min_size=1, max_size=8), min_size=3, max_size=40, unique=True)
FRACTIONS = st.floats(0.05, 0.4)
SHARES = SplitParams(
    dev_fraction=0.1,
    test_fraction=0.25,
    test_documents=[],
    near_duplicate_similarity=0.8,
    compare_all_up_to=1000,
    seed=0,
)


def shares(dev: float, test: float, seed: int = 0, pinned: Sequence[str] = ()) -> SplitParams:
    # a copy is not checked: with pinned documents the others have no test part
    return SHARES.model_copy(
        update={"dev_fraction": dev, "test_fraction": test, "seed": seed, "test_documents": list(pinned)}
    )


def chunks_of(documents: dict[str, int]) -> list[Chunk]:
    return [
        Chunk(f"{name}-{i}", "", f"text {name} {i}", {"document": name, "start": i * 10})
        for name, count in documents.items()
        for i in range(count)
    ]


@given(NAMES, FRACTIONS, FRACTIONS, st.integers(0, 5))
def test_three_or_more_documents_fill_every_part(names: list[str], dev: float, test: float, seed: int) -> None:
    parts = assign_documents(names, shares(dev, test, seed))
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
    assert assign_documents(names, shares(0.1, 0.25, 1)) != assign_documents(names, shares(0.1, 0.25, 2))


@given(st.integers(1, 200), st.just(0.0) | FRACTIONS, st.just(0.0) | FRACTIONS)
def test_parts_of_one_document_are_contiguous_with_gaps(chunks: int, test: float, dev: float) -> None:
    parts = contiguous_parts(chunks, shares(dev, test))
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
    parts = assign_chunks(chunks_of({"report.pdf": 40}), SHARES)
    assert {part: list(parts.values()).count(part) for part in PROTECTION} == {
        "train": 24,
        "dev": 4,
        "test": 10,
        "gap": 2,
    }


def test_pinned_document_is_the_test_and_the_other_divides_into_train_and_dev() -> None:
    chunks = chunks_of({"lyft.pdf": 20, "uber.pdf": 10})
    parts = assign_chunks(chunks, shares(0.1, 0.25, pinned=["uber*"]))
    assert {parts[chunk.id] for chunk in chunks if chunk.metadata["document"] == "uber.pdf"} == {"test"}
    assert {parts[chunk.id] for chunk in chunks if chunk.metadata["document"] == "lyft.pdf"} == {"train", "gap", "dev"}


@given(NAMES, st.data())
def test_pinned_documents_are_the_test_and_no_others(names: list[str], data: st.DataObject) -> None:
    pinned = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=len(names) - 1, unique=True))
    chunks = chunks_of(dict.fromkeys(names, 12))
    parts = assign_chunks(chunks, shares(0.1, 0.25, pinned=pinned))
    for chunk in chunks:
        assert (parts[chunk.id] == "test") == (chunk.metadata["document"] in pinned)


def test_text_that_stands_in_a_test_document_too_is_never_trained_on() -> None:
    chunks = chunks_of({"a.pdf": 20, "b.pdf": 5})
    shared = Chunk("shared", "", "x", {"document": "a.pdf", "start": 5, "also_in": [{"document": "b.pdf", "start": 7}]})
    assert assign_chunks([*chunks, shared], shares(0.1, 0.25, pinned=["b.pdf"]))["shared"] == "test"


@pytest.mark.parametrize(("patterns", "expected"), [(["c*"], "'c\\*' matches none of a.pdf, b.pdf"), (["*"], "every")])
def test_pattern_that_fits_badly_is_named(patterns: list[str], expected: str) -> None:
    with pytest.raises(UserError, match=expected):
        assign_chunks(chunks_of({"a.pdf": 3, "b.pdf": 3}), shares(0.1, 0.25, pinned=patterns))


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


def test_fractions_must_leave_something_to_train_on() -> None:
    with pytest.raises(ValueError, match="leave nothing to train on"):
        SplitParams(
            dev_fraction=0.5,
            test_fraction=0.5,
            test_documents=[],
            near_duplicate_similarity=0.8,
            compare_all_up_to=9,
            seed=0,
        )
