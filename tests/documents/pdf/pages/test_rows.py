"""Runs on one baseline to cells and words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attune.documents.pdf.pages.lines import Run
from attune.documents.pdf.pages.rows import Row


def run(text: str, x0: float, y: float = 700, size: float = 10, blank: bool = False) -> Run:
    return Run(text, x0, x0 + 0.5 * size * len(text), y, size, blank=blank)


def cells(*runs: Run) -> list[str]:
    row = Row(runs[0])
    for other in runs[1:]:
        assert row.takes(other)
        row.add(other)
    return [cell.text for cell in row.line(1, 0).cells]


def test_gaps_decide() -> None:
    assert cells(run("valve", 60), run("s", 85)) == ["valves"]
    assert cells(run("valve", 60), run("is", 87)) == ["valve is"]
    assert cells(run("valve", 60), run("5", 95)) == ["valve", "5"]
    assert cells(run("valve ", 60), run("is", 90)) == ["valve is"]


def test_a_doubtful_gap_is_a_blank_where_pdfium_thinks_so() -> None:
    assert cells(run("valve", 60), run("is", 86)) == ["valveis"]
    assert cells(run("valve", 60, blank=True), run("is", 86)) == ["valve is"]


def test_raised_marks_stay_apart_from_what_they_are_raised_over() -> None:
    assert cells(run("2021", 60), run("1", 80, 704, 6)) == ["2021^1"]
    assert cells(run("2021", 60), run("1", 80, 704, 6), run(" litres", 83)) == ["2021^1 litres"]
    assert cells(run("10", 60), run("6", 70, 704, 6)) == ["10^6"]
    assert cells(run("1", 60), run("st", 65, 704, 6)) == ["1st"]
    assert cells(run("H", 60), run("2", 65, 697, 6), run("O", 68)) == ["H2O"]
    assert cells(run("A", 60), run("CTIONS", 65, 702, 8)) == ["ACTIONS"]
    assert cells(run("1", 60, 704, 6), run("See below", 63)) == ["1 See below"]
    assert cells(run("All Other", 60), run("(1)", 105, 704, 6)) == ["All Other(1)"]


def test_lines_below_and_words_on_top_are_not_taken() -> None:
    row = Row(run("valve", 60))
    assert not row.takes(run("pump", 60, 688))
    assert not row.takes(run("pump", 62))
    assert not row.takes(run("a note in small print", 60, 692, 7))


def test_words_that_fill_their_line_are_no_cells() -> None:
    words = ["these", "words", "are", "stretched"]
    placed, x = [], 60.0
    for word in words:
        placed.append(run(word, x))
        x = placed[-1].x1 + 11
    assert cells(*placed) == ["these words are stretched"]
    assert cells(*[run(str(n), 60 + 16 * n) for n in range(4)]) == ["0", "1", "2", "3"]


def test_right_to_left_is_read_from_the_right() -> None:
    assert cells(run("עולם", 60), run("שלום", 90)) == ["שלום עולם"]


@given(st.lists(st.tuples(st.sampled_from(["12", "0.5", "x", "1,234"]), st.floats(9.5, 80)), min_size=1, max_size=8))
def test_no_digit_moves_to_another_cell(parts: list[tuple[str, float]]) -> None:
    placed, x = [], 60.0
    for text, gap in parts:
        placed.append(run(text, x))
        x = placed[-1].x1 + gap
    assert cells(*placed) == [text for text, _ in parts]


def test_exponents_below_one_stay_exponents() -> None:
    for sign in "-−–+":
        assert cells(run("10", 60), run(f"{sign}6", 70, 704, 6)) == [f"10^{sign}6"]
