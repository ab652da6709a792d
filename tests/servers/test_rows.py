"""Rows of several files are found by their key, each in the file that it was first seen in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attune.core.errors import UserError
from attune.servers.rows import LedgerRow, Rows, WrittenOverError


def admit(row: LedgerRow) -> None:
    if row["value"] < 0:
        raise ValueError("negative")


def write(path: Path, *values: tuple[str, int]) -> Path:
    path.write_text("".join(json.dumps({"key": key, "value": value}) + "\n" for key, value in values))
    return path


def test_earlier_files_count_and_in_one_file_the_last_row(tmp_path: Path) -> None:
    rows = Rows("number", admit, alone=True)
    assert rows.read(write(tmp_path / "one", ("a", 1), ("b", 2))) == ((tmp_path / "one").stat().st_size, True)
    assert rows.read(write(tmp_path / "two", ("b", 3), ("c", 4), ("c", 5)))[1] is False
    write(tmp_path / "other", ("z", 9)).replace(tmp_path / "one")  # a place still means the row that was read
    assert [(key, row["value"]) for key, row in rows.rows("cab")] == [("a", 1), ("b", 2), ("c", 5)]
    assert [(key, json.loads(line)["value"]) for key, _, line in rows.lines()] == [("a", 1), ("b", 2), ("c", 5)]


def test_rows_of_no_use_come_as_they_are(tmp_path: Path) -> None:
    rows = Rows("number", admit, alone=True)
    rows.read(write(tmp_path / "one", ("a", 1), ("b", -1), ("b", -2)))
    rows.read(write(tmp_path / "two", ("b", -1), ("b", 3)))
    assert sorted(json.loads(line)["value"] for _, _, line in rows.lines()) == [-2, -1, 1, 3]
    assert [key for key, _, _ in rows.lines()] == ["a", "b", "b", "b"]
    with pytest.raises(UserError, match="one:2: not a number"):
        Rows("number", admit, alone=False).read(tmp_path / "one", strict=True)


@pytest.mark.parametrize(
    "over", ["", '{"key": "b", "value": 1}\n{"key": "a", "value": 2}\n', '{"key": "a", "value": 1']
)
def test_rows_that_do_not_stand_where_they_were_read_are_told(tmp_path: Path, over: str) -> None:
    path, rows = write(tmp_path / "one", ("a", 1), ("b", 2)), Rows("number", admit, alone=True)
    rows.read(path)
    path.write_text(over)  # into the same file
    with pytest.raises(WrittenOverError, match="was written over by another program"):
        list(rows.lines())
    with pytest.raises(WrittenOverError):
        rows.row("b")


def test_lines_of_other_programs_are_rows_too(tmp_path: Path) -> None:
    path, rows = tmp_path / "one", Rows("number", admit, alone=True)
    path.write_text('{"value":1,"key":"a"}\r\n{ "key": "b", "value": 2 }')
    rows.read(path)
    assert [line for *_, line in rows.lines()] == [b'{"value":1,"key":"a"}\n', b'{ "key": "b", "value": 2 }\n']
