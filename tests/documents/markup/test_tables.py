"""Each value of a table stands under its headers; tables that only lay a page out are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.documents.blocks import Block
from attune.documents.markup.page import html_blocks


def blocks(markup: str) -> list[Block]:
    return html_blocks(markup, boilerplate=True).blocks


def rows(*lines: str, cell: str = "td") -> str:
    return "".join("<tr>" + "".join(f"<{cell}>{value}</{cell}>" for value in line.split()) + "</tr>" for line in lines)


def test_spans_are_filled() -> None:
    body = f"<tr><td rowspan=2>2021<td>May<td>1</tr>{rows('June 2')}<tr><td colspan=2>Sum<td>3</tr>"
    (table,) = blocks(f"<table>{rows('Year Month Cost', cell='th')}{body}</table>")
    lines = ["| Year | Month | Cost |", "| 2021 | May | 1 |", "| 2021 | June | 2 |", "| Sum | Sum | 3 |"]
    assert table == Block("table", "\n".join(lines), header=1)


def test_heads_of_several_rows_and_feet_in_front() -> None:
    head = "<thead><tr><th rowspan=2>N<th colspan=2>G</tr><tr><th>a<th>b</tr></thead>"
    (table,) = blocks(f"<table><tfoot>{rows('f 1 2')}</tfoot>{head}<tbody>{rows('x 3 4')}</tbody></table>")
    assert table == Block("table", "| N | G | G |\n| N | a | b |\n| x | 3 | 4 |\n| f | 1 | 2 |", header=2)


def test_a_row_of_one_wide_cell_says_it_once() -> None:
    (table,) = blocks(f"<table><tr><td colspan=3>Valves</tr>{rows('a b c')}</table>")
    assert table.text == "| Valves |  |  |\n| a | b | c |"


def test_long_cells_do_not_pad_others_nor_repeat() -> None:
    long = "word " * 1000
    (table,) = blocks(f"<table>{rows('A B', cell='th')}<tr><td rowspan=2>{long}<td>x</tr>{rows('y')}</table>")
    assert table.text == f"| A | B |\n| {long.strip()} | x |\n|  | y |"


@pytest.mark.parametrize("span", ["1000000000", "99999999999999999999", "1e9", "-1", "0", "x", ""])
@pytest.mark.parametrize("kind", ["colspan", "rowspan"])
def test_hostile_spans(kind: str, span: str) -> None:
    (table,) = blocks(f"<table>{rows('a b')}<tr><td {kind}='{span}'>c<td>d</tr>{rows('e f')}</table>")
    assert set(table.text) <= set("abcdef |\n")
    assert len(table.text) < 200


def test_many_wide_cells_stay_small() -> None:
    (table,) = blocks("<table>" + "<tr>" + "<td colspan=1000 rowspan=65534>x" * 2 + rows("a b") * 500 + "</table>")
    assert len(table.text) < 100_000


@pytest.mark.parametrize(
    "markup",
    [
        "<table><tr><td>Home<br>News<td>One line<br>and two</table>",
        "<table role=presentation><tr><td>Home News<td>One line and two</table>",
        "<table><tr><td><table><tr><td>Home<tr><td>News</table><td>One line and two</table>",
        "<table><tr><td>Home News<tr><td>One line and two</table>",
        "<table><tr><td>Home News<td><h2>One line</h2>and two</table>",
    ],
)
def test_layout_tables_are_read_one_cell_after_the_other(markup: str) -> None:
    found = blocks(markup)
    assert "table" not in {block.kind for block in found}
    assert " ".join(" ".join(block.text for block in found).split()) == "Home News One line and two"


def test_tables_of_numbered_lines_are_code() -> None:
    found = blocks("<pre><table><tr><td>x = 1</td></tr><tr><td>  y = 2</td></tr></table></pre>")
    assert found == [Block("code", "x = 1\n  y = 2")]


def test_a_table_in_a_cell_is_one() -> None:
    inner = f"<table>{rows('k v', cell='th')}{rows('1 2')}</table>"
    assert [b.text for b in blocks(f"<table><tr><td>{inner}<td>text</table>")] == ["| k | v |\n| 1 | 2 |", "text"]


@given(
    st.lists(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=4), min_size=2, max_size=5)
)
def test_no_cell_is_lost_whatever_it_spans(spans: list[list[tuple[int, int]]]) -> None:
    markup, number = "", 0
    for line in spans:
        markup += "<tr>"
        for columns, height in line:
            markup += f"<th colspan={columns} rowspan={height}>c{number}z</th>"
            number += 1
        markup += "</tr>"
    text = "\n".join(block.text for block in blocks(f"<table>{markup}<tr><td>x<td>y</table>"))
    assert all(f"c{n}z" in text for n in range(number))


def test_a_small_table_within_a_table_of_values_stays_in_its_cell() -> None:
    inner = f"<table>{rows('Opens 3', 'Closes 2')}</table>"
    named = rows("Valve Data", cell="th") + f"<tr><td>V1<td>{inner}</tr>" + rows("V2 none")
    even = rows("V0 good") + f"<tr><td>V1<td>{inner}</tr>" + rows("V2 none")
    for body, first in ((named, "Valve | Data"), (even, "V0 | good")):
        (table,) = blocks(f"<table>{body}</table>")
        assert table.text == f"| {first} |\n| V1 | Opens 3; Closes 2 |\n| V2 | none |"


def test_tables_that_lay_a_page_out_are_none_whatever_they_hold() -> None:
    inner = f"<table>{rows('Opens 3', 'Closes 2')}</table>"
    text = "The keeper of the boiler closed the valve. " * 8
    found = blocks(f"<table><tr><td>Menu</td><td>{inner}</td></tr><tr><td colspan=2>{text}</td></tr></table>")
    assert [block.kind for block in found] == ["paragraph", "table", "paragraph"]
