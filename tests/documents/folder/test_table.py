"""What is lost is counted and said."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from attune.documents.folder.table import COLUMNS, Row, counts, write_table

WHOLE = Row("a.txt", "txt", "en", characters=100, in_blocks=100, in_chunks=100, tokens=30, chunks=2)
LOSSY = Row(
    "b.html",
    "html",
    "de",
    characters=1000,
    in_blocks=700,
    in_chunks=690,
    left_out={"hidden": 100, "boilerplate": 200, "nothing": 0},
    unknown=70,
    tokens=200,
    chunks=7,
    warnings=("page 2 holds no text",),
)
FAILED = Row("c.pdf", failure="encrypted with a password; save it without one")


def test_a_row_for_each_document(tmp_path: Path) -> None:
    path = tmp_path / "documents.csv"
    write_table(path, [WHOLE, LOSSY, FAILED])
    with path.open(encoding="utf-8", newline="") as file:
        whole, lossy, failed = list(csv.DictReader(file))
    assert list(whole) == list(COLUMNS)
    assert whole["warnings"] == whole["failure"] == whole["left_out"] == ""
    assert lossy["left_out"] == "boilerplate 200; hidden 100"
    assert lossy["unknown"] == "0.1"
    assert lossy["warnings"] == (
        "page 2 holds no text; 31% of its letters are in no chunk (boilerplate 20%, hidden 10%); "
        "10% of its letters are in words that the base model does not know: take one of this language or script for "
        "base_model.name"
    )
    assert failed["failure"] == FAILED.failure
    assert failed["characters"] == "0"


@pytest.mark.parametrize(("in_chunks", "told"), [(96, False), (94, True), (120, False), (0, True)])
def test_loss_is_told_above_a_few_per_cent(in_chunks: int, told: bool) -> None:
    row = Row("a.txt", characters=100, in_blocks=100, in_chunks=in_chunks)
    assert any("in no chunk" in warning for warning in row.all_warnings()) == told
    assert list(Row("a.txt").all_warnings()) == []


def test_what_repeats_is_not_missed() -> None:
    row = Row("a.pdf", characters=100, in_blocks=90, in_chunks=90, left_out={"running heads": 8, "page numbers": 2})
    assert list(row.all_warnings()) == []


def test_counts_are_of_what_was_read() -> None:
    assert counts([WHOLE, LOSSY, FAILED], chunks=8, merged=1, other_files=3) == {
        "documents": 2,
        "unreadable_documents": 1,
        "documents_with_warnings": 1,
        "other_files": 3,
        "pages": 0,
        "pages_without_text": 0,
        "characters": 1100,
        "characters_in_blocks": 800,
        "characters_in_chunks": 790,
        "characters_left_out": {"boilerplate": 200, "hidden": 100},
        "unknown_characters": 70,
        "tokens": 230,
        "chunks": 8,
        "duplicate_chunks_merged": 1,
        "languages": {"de": 1, "en": 1},
        "readers": {"html": 1, "txt": 1},
    }
