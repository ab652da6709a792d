"""Marks go with what they mark, dots divide."""

from __future__ import annotations

import pytest

from attune.documents.pdf.flow.cells import mended
from tests.support.pdf_lines import line


@pytest.mark.parametrize(
    ("cells", "mended_cells"),
    [
        (["Contents " + "." * 60 + " 12"], ["Contents", "12"]),
        (["3.1 Pumps . . . . . . . . . 7"], ["3.1 Pumps", "7"]),
        (["Name: ________________ Date: ________"], ["Name: ___ Date: ___"]),
        (["____________________"], []),
        (["**********"], []),
        (["version 1.2.3... and on"], ["version 1.2.3... and on"]),
        (["a --flag and a -- dash"], ["a --flag and a -- dash"]),
        (["Net loss", "$", "1,169 $", "(1,596)"], ["Net loss", "$ 1,169", "$ (1,596)"]),
        (["Share", "37", "%"], ["Share", "37 %"]),
        (["Total", "(37", ")"], ["Total", "(37 )"]),
        (["$", "5"], ["$ 5"]),
    ],
)
def test_cells(cells: list[str], mended_cells: list[str]) -> None:
    found = mended(line(*cells))
    assert [cell.text for cell in found.cells] == (mended_cells or [""])
    assert found.text == " ".join(mended_cells)


def test_a_mark_stands_near_what_it_marks() -> None:
    near = line("•", "close the valve")
    near = near.of([near.cells[0], near.cells[1]._replace(x0=90, x1=150)])
    assert [cell.text for cell in mended(near).cells] == ["• close the valve"]
    far = near.of([near.cells[0], near.cells[1]._replace(x0=190, x1=250)])
    assert [cell.text for cell in mended(far).cells] == ["•", "close the valve"]


def test_what_dots_divide_stands_at_both_ends() -> None:
    whole = line("Valves" + "." * 50 + "3")
    left, right = mended(whole).cells
    assert (left.x0, right.x1) == (whole.x0, whole.x1)
    assert left.x1 < right.x0
