"""Reading order: that of drawing, unless places say otherwise."""

from __future__ import annotations

import random

import pytest

from attune.documents.pdf.pages.lines import Run
from attune.documents.pdf.pages.strands import in_reading_order


def run(text: str, x0: float, y: float, size: float = 10) -> Run:
    return Run(text, x0, x0 + 0.5 * size * len(text), y, size)


def read(runs: list[Run]) -> list[str]:
    return [row.line(1, 0).text for strand in in_reading_order(runs) for row in strand.rows]


COLUMN = [f"line {n} of the left column, long enough" for n in range(8)]
OTHER = [f"row {n} of the right column, long as well" for n in range(8)]
LEFT = [run(text, 50, 700 - 12 * n) for n, text in enumerate(COLUMN)]
RIGHT = [run(text, 320, 700 - 12 * n) for n, text in enumerate(OTHER)]


def test_columns_are_read_as_drawn() -> None:
    assert read(LEFT + RIGHT) == COLUMN + OTHER
    heading = run("A heading over both of the columns, from the left side of the page to the right side of it", 50, 720)
    note = run("A note below both of the columns, from the left side of the page to the right side of it", 50, 596)
    assert read([heading, *LEFT, *RIGHT, note]) == [heading.text, *COLUMN, *OTHER, note.text]
    assert read([heading, *LEFT, note, *RIGHT]) == [heading.text, *COLUMN, *OTHER, note.text]


def test_what_is_drawn_from_the_bottom_up_is_read_from_the_top() -> None:
    assert read(LEFT[::-1]) == COLUMN


def test_a_head_that_is_drawn_last_comes_first() -> None:
    assert read([*LEFT, run("The head of the page", 50, 760)]) == ["The head of the page", *COLUMN]


def test_marks_of_notes_that_are_drawn_last_join_their_rows() -> None:
    labels = [run(f"All Other {n}", 50, 700 - 12 * n) for n in range(4)]
    values = [run(f"{n * 371}", 300, 700 - 12 * n) for n in range(4)]
    table = [piece for pair in zip(labels, values, strict=True) for piece in pair]
    marks = [run(f"({n})", 105, 703 - 12 * n, 6) for n in range(4)]
    assert read(table + marks) == [f"All Other {n}({n}) {n * 371}" for n in range(4)]


@pytest.mark.parametrize("values", [["7", "8", "9"], ["12.5 bar", "(3,100)", "44 %"]])
def test_a_table_that_is_drawn_by_columns_is_read_by_rows(values: list[str]) -> None:
    labels = ["Opens at", "Closes at", "Breaks at"]
    drawn = [run(text, 50, 700 - 20 * n) for n, text in enumerate(labels)]
    drawn += [run(text, 200, 700 - 20 * n) for n, text in enumerate(values)]
    assert read(drawn) == [f"{a} {b}" for a, b in zip(labels, values, strict=True)]


def test_numbers_before_paragraphs_that_are_drawn_last_stand_before_them() -> None:
    notes = [run(f"Note {n} says a thing that fills the line well", 60, 700 - 30 * n) for n in range(3)]
    notes_and_more = [piece for note in notes for piece in (note, run("and goes on", 50, note.y - 12))]
    marks = [run(f"({n})", 48, 703 - 30 * n, 6) for n in range(3)]
    found = read(notes_and_more + marks)
    assert found == [text for n in range(3) for text in (f"({n}) {notes[n].text}", "and goes on")]


def test_nothing_is_lost_in_any_order() -> None:
    draw = random.Random(7)
    for _ in range(50):
        pieces = [
            run(f"w{n}", draw.uniform(40, 500), draw.uniform(50, 750), draw.choice([6, 10, 18])) for n in range(40)
        ]
        found = " ".join(read(pieces)).replace("^", " ").replace("_", " ")
        assert sorted("".join(found.split())) == sorted("".join(piece.text for piece in pieces))


def test_a_table_that_is_drawn_in_any_order_is_read_by_rows() -> None:
    cells = [
        run(f"{7 * row + column}.{column}", 60 + 90 * column, 700 - 15 * row) for row in range(6) for column in range(4)
    ]
    for seed in range(10):
        drawn = random.Random(seed).sample(cells, len(cells))
        assert read(drawn) == [" ".join(cell.text for cell in cells[4 * row : 4 * row + 4]) for row in range(6)]


def test_addresses_side_by_side_are_read_one_after_the_other() -> None:
    left, right = ["Adler and Sons", "Mill Lane", "Leeds"], ["Brandt Ltd", "High Street", "York"]
    drawn = [run(text, 60, 700 - 14 * n) for n, text in enumerate(left)]
    drawn += [run(text, 320, 700 - 14 * n) for n, text in enumerate(right)]
    assert read(drawn) == left + right
