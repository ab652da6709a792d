"""Files of values: what csv writes comes back, whatever divides the cells."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.documents.blocks import Block, Content, Options
from attune.documents.decode import Unreadable
from attune.documents.sheets.delimited import read_delimited, rows_of


def read(text: str, encoding: str = "utf-8") -> Content:
    return read_delimited(text.encode(encoding), Options())


@pytest.mark.parametrize(
    "text",
    [
        "Item,Cost\nPump,3\nValve,4\n",
        "Item;Cost\r\nPump;3\r\nValve;4\r\n",
        "Item\tCost\rPump\t3\rValve\t4",
        "Item|Cost\nPump|3\nValve|4",
        "sep=;\nItem;Cost\nPump;3\nValve;4",
        '"Item","Cost"\n"Pump","3"\n\n"Valve","4"\n\n',
        "Item,Cost\nPump,3\nVal\0ve,4\n",
        "\ufeffItem,Cost\nPump,3\nValve,4",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_dialects(text: str, encoding: str) -> None:
    content = read(text, encoding)
    assert content.blocks == (Block("table", "| Item | Cost |\n| Pump | 3 |\n| Valve | 4 |", header=1),)
    assert content.warnings == ()


def test_commas_in_numbers_do_not_divide() -> None:
    assert rows_of("a;1,5\nb;2,5\nc;3,5")[0] == [["a", "1,5"], ["b", "2,5"], ["c", "3,5"]]
    assert rows_of("a\t1,5\nb\t2,5,3")[0] == [["a", "1,5"], ["b", "2,5,3"]]


def test_quotes_within_cells_do_not_hide_the_divider() -> None:
    text = 'label\ttext\n1\t"Great" CD; really "good\n2\tbad; awful\n'
    assert rows_of(text)[0][:3] == [["label", "text"], ["1", '"Great" CD; really "good'], ["2", "bad; awful"]]


@pytest.mark.parametrize("text", ['a, "1,5"\nb, "2"\n', '"a" , "1,5"\n"b" ,"2" \n', 'a ,"1,5"\n "b","2"'])
def test_blanks_around_quotation_marks(text: str) -> None:
    rows, warnings = rows_of(text)
    assert [row for row in rows if any(row)] == [["a", "1,5"], ["b", "2"]]
    assert warnings == []


def test_lines_of_prose_are_no_table_of_commas() -> None:
    text = "First, open the valve.\nThen, slowly, the second, then wait.\nClose it.\nA, b, c, d.\n"
    assert [row for row in rows_of(text)[0] if row[0]] == [[line] for line in text.split("\n") if line]


CELLS = st.text("ab ,;\t|\"'\n€", max_size=8)


@given(st.lists(st.lists(CELLS.map(lambda cell: f"x{cell}x"), min_size=3, max_size=3), min_size=1, max_size=8))
def test_what_csv_writes_comes_back(rows: list[list[str]]) -> None:
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    assert rows_of(file.getvalue()) == (rows, [])


def test_newlines_in_cells() -> None:
    content = read('Item,Note\nPump,"first line\nsecond, line"\nValve,"say ""no"""\n')
    assert content.blocks[0].text == '| Item | Note |\n| Pump | first line second, line |\n| Valve | say "no" |'


def test_a_quote_that_nobody_closes_swallows_nothing() -> None:
    content = read('Item,Note\nPump,"open\n' + "".join(f"Valve {n},{n}\n" for n in range(50)))
    assert len(content.blocks[0].text.split("\n")) == 52
    assert content.warnings == ("a cell is quoted wrongly; quotation marks are read as letters",)


def test_rows_of_other_lengths_are_kept_and_told() -> None:
    content = read("a,b\nc,d\ne,f,g\nh,i\n")
    assert content.blocks[0].text.split("\n")[2] == "| e | f | g |"
    assert content.warnings == ("1 of 4 rows have more or fewer than 2 cells",)


def test_a_long_cell() -> None:
    assert len(read(f"a,{'b' * 300_000}\nc,d").blocks[0].text) > 300_000


def test_judgements_are_no_document() -> None:
    with pytest.raises(Unreadable, match="judgements on questions"):
        read("query-id\tcorpus-id\tscore\nq1\td1\t1\n")


def test_ragged_rows_are_divided_and_sentences_are_not() -> None:
    ragged = "Report\n\nValve,Opens,Maker\nV1,3.1\nV2,4.2,Cohen,extra\nSum,7.3\n"
    assert [row for row in rows_of(ragged)[0] if len(row) > 1][:2] == [["Valve", "Opens", "Maker"], ["V1", "3.1"]]
    prose = "Question\nWho may open it, and when?\nWhen, how, and by whom?\nHow hot, please, may it get?\n"
    assert all(len(row) == 1 for row in rows_of(prose)[0])
