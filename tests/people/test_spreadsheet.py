"""Tables as spreadsheet programs and people write them."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.errors import UserError
from attune.people.spreadsheet import read_table

COLUMNS = ("question", "file", "page", "quote")
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


def read(path: Path) -> list[tuple[str, dict[str, str]]]:
    return list(read_table(path, COLUMNS[:2], COLUMNS[2:]))


@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=6),
    order=st.permutations(range(4)),
    delimiter=st.sampled_from(",;\t"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig"]),
)
def test_what_a_spreadsheet_program_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, str, str]],
    order: list[int],
    delimiter: str,
    line_end: str,
    encoding: str,
) -> None:
    path = tmp_path_factory.getbasetemp() / "any-table.csv"
    # Python's writer knows one line end; spreadsheet programs quote cells with any
    breaks = any(character in cell for row in rows for cell in row for character in "\r\n")
    file = io.StringIO(newline="")
    writer = csv.writer(
        file, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL if breaks else csv.QUOTE_MINIMAL
    )
    writer.writerow([COLUMNS[column].title() for column in order])
    writer.writerows([[row[column] for column in order] for row in rows])
    path.write_bytes(file.getvalue().encode(encoding))
    expected = [dict(zip(COLUMNS, map(str.strip, row), strict=True)) for row in rows if any(map(str.strip, row))]
    assert [row for _, row in read(path)] == expected


def test_rows_are_told_by_the_line_they_start_on(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text('file,question\na,"What\nis\nthis?"\n\n , \nb,Why?\n', newline="")
    assert read(path) == [
        (f"{path}:2", {"file": "a", "question": "What\nis\nthis?"}),
        (f"{path}:7", {"file": "b", "question": "Why?"}),
    ]


def test_empty_columns_and_missing_last_cells_are_empty(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("question;file;page;quote;;\nWhy?;a.pdf;3\nHow?;b.pdf;;;;\n")
    assert [list(row.values()) for _, row in read(path)] == [["Why?", "a.pdf", "3", ""], ["How?", "b.pdf", "", ""]]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is empty; expected a line with question, file, page"),
        (b"question,page\nWhy?,3\n", ":1: no column 'file'"),
        (b"question,file,qoute\n", r":1: the column 'qoute' is unknown; did you mean 'quote'\?"),
        (b"question,file,zzz\n", r":1: the column 'zzz' is unknown \(expected question, file, page \(optional\)"),
        (b"question,,file\n", ":1: the column '' is unknown"),
        (b"question,file,File\n", ":1: the column 'file' stands there twice"),
        (
            b"question,file\nWhy?,a\nWhy, and how?,a.pdf\n",
            r":3: 3 cells; expected 2 \(question, file\); put a cell that holds ','",
        ),
        (b'question,file\n"Why?,a\n"Why" not?,a\n', r":2: ',' expected after '\"'; a cell that holds quotes"),
        (b'question,file\nHow?,b\n"Why?,a\nHow?,c\n', ":3: unexpected end of data"),
        (
            "question,file\nHow?,b\nWarum schließt er?,a\n".encode("cp1252"),
            ":3: byte 0xdf is not UTF-8; save it as UTF-8",
        ),
        ("question,file\nHow?,b\n".encode("utf-16"), ":1: byte 0xff is not UTF-8"),
    ],
)
def test_bad_table_is_refused_with_its_line(tmp_path: Path, data: bytes, problem: str) -> None:
    path = tmp_path / "q.csv"
    path.write_bytes(data)
    with pytest.raises(UserError, match=rf"q\.csv ?{problem}"):
        read(path)


def test_table_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "q.csv").mkdir()
    with pytest.raises(UserError, match=rf"q\.csv cannot be opened \({os.strerror(21)}\)"):
        read(tmp_path / "q.csv")
