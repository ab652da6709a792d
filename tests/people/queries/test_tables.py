"""Tables as people and tools export them."""

from __future__ import annotations

from pathlib import Path

import pytest

from attune.core.errors import UserError
from attune.people.queries.rows import Target
from attune.people.queries.tables import queries_in_lines, rows_of_table, table
from tests.support.typed import answers, put, typed


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('query,docid,rating\n"cats, dogs",faq.md,3\n', {"cats, dogs": [3]}),  # a comma in a query
        ("query,docid,rating\r\ncats\r\npets,faq.md,1\r\n\r\n", {"pets": [3]}),  # rows that end early, blank ones
        ("query,docid,rating\nstar,,\npets,faq.md,1\n", {"pets": [3]}),
        ("rating\tqid\tdocid\tquery\n2\t12\tfaq.md\tpets\n", {"pets": [3]}),  # another order, and columns of others
        ("\ufeffquery;document\npets;faq.md\n", {"pets": [3]}),  # a spreadsheet program
        ("question,file,page,quote\nrent,lease.pdf,1,\n", {"rent": [0]}),  # the form of data/human
        ("query,document,grade\npets,faq.md,\n", {}),  # nobody judged it
        ("query,document,grade\npets,faq.md,0\n", {}),
        ('query,document,grade\npets,faq.md,"0,7"\n', {"pets": [3]}),
        ("query,document,clicks\npets,faq.md,0\n", {}),
        ("query,document,clicks,client_id,session_id\npets,faq.md,1.0,a,b\n", {"pets": [3]}),
        ("query,document\n", {}),
    ],
)
def test_forms_of_tables(tmp_path: Path, content: str, expected: dict[str, list[int]]) -> None:
    found = typed(tmp_path, {"log.csv": content})
    assert answers(found) == expected


def test_a_query_whose_answer_does_not_count_is_unlabelled(tmp_path: Path) -> None:
    found = typed(tmp_path, {"log.csv": "query,document,grade\ncats,faq.md,\ndogs,faq.md,0\nfish,,\n"})
    assert found.unlabelled == ["cats", "dogs", "fish"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("search,document\npets,faq.md\n", "no column 'query', but search, document; expected the column 'query'"),
        ("query,docid,document\npets,a,b\n", "'document' and 'docid' mean the same"),
        ("query,query\npets,a\n", r"log.csv:1: the column 'query' stands there twice"),
        ("query\nhello, world\n", r"log.csv:2: 2 cells; expected 1 \(query\)"),
        ("query,document,rating\npets,faq.md,good\n", r"log.csv:2: the cell 'grade' is 'good'; expected a number"),
        ("query,document,rating\npets,faq.md,nan\n", "is 'nan'; expected a number"),
        ("query,document,clicks\npets,faq.md,-1\n", "-1 clicks; expected 0 or more"),
        ("query,document,page\npets,faq.md,first\n", "the page is 'first'; expected a number"),
        ("query,page\npets,3\n", "a page or a section, but no document"),
        ("", "is empty; expected a line with the column 'query'"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        typed(tmp_path, {"log.csv": content})


def test_columns_that_nobody_reads_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(tmp_path, {"log.csv": "query,qoute,time\npets,x,1\n"})
    assert "not read: the columns qoute, time; expected the column 'query'" in capsys.readouterr().err


def test_a_row_says_where_it_stands_and_what_it_points_at(tmp_path: Path) -> None:
    put(tmp_path, {"log.csv": 'query,document,page,section,quote,client\n"a\nb",x.pdf,3-4,Notice,Early end,me\n'})
    (row,) = rows_of_table(tmp_path / "log.csv", table(tmp_path / "log.csv"))
    assert row.where == f"{tmp_path / 'log.csv'}:2"
    assert row.target == Target("x.pdf", (3, 4), "Notice", "Early end")
    assert row.grade == 1.0 and row.is_judgement and not row.is_click


def test_a_list_has_a_query_a_line(tmp_path: Path) -> None:
    put(tmp_path, {"log.txt": "\ufeffpets\r\n\r\nrent, when?\n"})
    assert [row.query for row in queries_in_lines(tmp_path / "log.txt")] == ["pets", "", "rent, when?"]
