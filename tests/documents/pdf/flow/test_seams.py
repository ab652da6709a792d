"""Where lines are joined, and where a hyphen belongs to the word."""

from __future__ import annotations

import pytest

from attune.documents.pdf.flow.seams import goes_on, joined, vocabulary
from tests.support.pdf_lines import line

WIDTH = 300.0  # 60 letters
FULL = "the keeper of the copper boiler closed the valve by the door"


@pytest.mark.parametrize(
    ("text", "following", "goes"),
    [
        (FULL, "and went home", True),
        (FULL, "Adler, who was there", True),
        (FULL, "5,000 litres ran out", True),
        (FULL, "$5 million were lost", True),
        (FULL, "(see the notes)", True),
        (FULL[:-1] + ".", "The pump is in the cellar, and the keeper sleeps above", True),
        (FULL[:-1] + ".", "Dose: 5 mg", False),
        (FULL[:-1] + ":", "The pump is in the cellar, and the keeper sleeps above", False),
        ("Name of the tenant", "Fault reported", False),
        ("the keeper closed the valve.", "and so on", False),
        ("a short line", "and another one", False),
        (FULL, "• an item", False),
    ],
)
def test_lines(text: str, following: str, goes: bool) -> None:
    assert goes_on(line(text), line(following, y=688), WIDTH, leading=12) == goes


def test_room_size_and_indents_divide_paragraphs() -> None:
    assert not goes_on(line(FULL), line("and went home", y=670), WIDTH, leading=12)
    assert not goes_on(line(FULL), line("and went home", y=688, size=14), WIDTH, leading=12)
    assert not goes_on(line(FULL[:50]), line("Adler went home", x=80, y=688), WIDTH, leading=12)


def test_a_sentence_that_ends_at_the_end_of_a_page_ends_a_paragraph() -> None:
    text = FULL[:-1] + "."
    assert not goes_on(line(text), line("The pump is in the cellar, and the keeper sleeps above"), WIDTH, leading=0)


@pytest.mark.parametrize(
    ("text", "following", "whole"),
    [
        ("an exam-", "ple of it", "an example of it"),
        ("a third-", "party tool", "a third-party tool"),
        ("the Anglo-", "Saxon words", "the Anglo-Saxon words"),
        ("from 1990-", "1995", "from 1990-1995"),
        ("没有", "空格", "没有空格"),
        ("two", "words", "two words"),
    ],
)
def test_joints(text: str, following: str, whole: str) -> None:
    words = vocabulary(["a third party and a third-party", "an example"])
    assert joined(text, following, words) == whole
    assert joined(text, following, words, on_next_page=True).replace("\f", "") == whole


def test_a_hyphen_within_a_list_breaks_no_word_and_takes_no_letter() -> None:
    assert joined("• up-\nto now", "and on", vocabulary(["up", "to"])) == "• up-\nto now and on"


@pytest.mark.parametrize(
    ("text", "following"),
    [
        ("2021-03-01 00:00 " + FULL[:43], "2021-03-01 00:01 the pump ran dry"),
        ("08:15 " + FULL[:54], "08:16 the pump ran dry"),
        ("[01/02/2021 " + FULL[:48], "[01/02/2021 the pump ran dry"),
    ],
)
def test_lines_of_a_log_stay_lines(text: str, following: str) -> None:
    assert not goes_on(line(text), line(following, y=688), WIDTH, leading=12)


def test_a_broken_word_goes_on_however_short_its_line_is() -> None:
    assert goes_on(line("who pays for 24-"), line("hour service", y=688), WIDTH, leading=12)
    assert goes_on(line("under contract A-"), line("17 of the house", y=688), WIDTH, leading=12)
    assert not goes_on(line("who pays for it -"), line("Nobody", y=688), WIDTH, leading=12)
