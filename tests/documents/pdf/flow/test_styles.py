"""Headings by their letters, their levels, and code with its indentation."""

from __future__ import annotations

from attune.documents.pdf.flow.styles import Styles, as_code, is_caption, levels
from attune.documents.pdf.pages.lines import Cell, Line
from tests.support.pdf_lines import line, page

PROSE = [f"the keeper of boiler {n} closed the valve by the door and left" for n in range(40)]


def test_larger_letters_are_headings() -> None:
    styles = Styles([page(PROSE)])
    assert styles.is_heading(line("Valves and pumps", size=14), alone=True)
    assert not styles.is_heading(line("Valves and pumps", size=11), alone=True)
    assert not styles.is_heading(line("42", size=20), alone=True)
    assert not styles.is_heading(
        line("A sentence that is set in larger letters, as the first one of a page is.", size=14), alone=True
    )


def test_bold_lines_that_stand_alone_are_headings() -> None:
    styles = Styles([page(PROSE)])
    assert styles.is_heading(line("Valves and pumps", bold=True), alone=True)
    assert not styles.is_heading(line("Valves and pumps", bold=True), alone=False)
    assert not styles.is_heading(line("Close the valve.", bold=True), alone=True)
    bold = Styles([[line(text, y=700 - n, bold=True) for n, text in enumerate(PROSE)]])
    assert not bold.is_heading(line("Valves and pumps", bold=True), alone=True)


def test_each_part_of_a_document_has_its_own_size() -> None:
    other = [Line(one.cells, one.y, 12, 2) for one in page(PROSE[:20])]
    styles = Styles([page(PROSE), other])
    assert not styles.is_heading(line("Valves and pumps", size=12, page=2), alone=True)
    assert styles.is_heading(line("Valves and pumps", size=12, page=1), alone=True)


def test_levels_follow_sizes_that_recur() -> None:
    assert levels([(30, 1), (18, 2), (14, 2), (14, 3), (18, 5)]) == [1, 1, 2, 2, 1]
    assert levels([(20, 1), (14, 1)]) == [1, 2]
    assert levels([]) == []
    assert max(levels([(40 - n, page) for n in range(12) for page in (1, 2)])) == 6


def test_captions() -> None:
    assert is_caption("Figure 3: The boiler") and is_caption("Table 2.1 - Valves")
    assert not is_caption("Figure 3 shows the boiler")


def test_code_keeps_indentation_and_gaps() -> None:
    def at(text: str, column: int, y: float) -> Line:
        return Line((Cell(text, 60 + 6 * column, 60 + 6 * (column + len(text)), False, True),), y, 10, 1)

    lines = [at("pump:", 0, 700), at("low: 1", 2, 688), at("high: 9", 4, 676), at("name: main", 0, 640)]
    assert as_code(lines) == "pump:\n  low: 1\n    high: 9\n\nname: main"
    gap = Line((*at("x = 1", 0, 700).cells, *at("# one", 12, 700).cells), 700, 10, 1)
    assert as_code([gap]) == "x = 1       # one"
