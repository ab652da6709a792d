"""What recurs on pages and is no content goes; all that says something stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from attune.documents.pdf.flow.running_heads import without_heads
from tests.support.pdf_lines import line, page

BODY = [
    "The pump of the cellar was warm and",
    "stood still for the rest of the day,",
    "so the keeper opened the valve and",
]


def kept(*pages: Sequence[str], step: float = 14) -> list[list[str]]:
    lines = [page(texts, number, step=step) for number, texts in enumerate(pages, start=1)]
    found, left_out = without_heads(lines, [(0.0, 800.0)] * len(pages))
    texts = [[one.text for one in rest] for rest in found]
    before = sum(sum(map(str.isalnum, "".join(texts))) for texts in pages)
    assert before == sum(sum(map(str.isalnum, "".join(rest))) for rest in texts) + left_out.total()
    return texts


WORDS = ["brass", "copper", "iron", "steel", "lead", "tin", "zinc", "gold"]


def broken(head: str, n: int) -> list[str]:
    """A page that begins and ends in the midst of a sentence."""
    return [head, f"and the {WORDS[n]} went on", f"The {WORDS[n]} was warm and"]


def numbered(n: int) -> list[str]:
    return [f"{text} {n}{n}" for text in BODY]


@pytest.mark.parametrize(
    ("first", "second", "third"),
    [
        ("Age of the patient: 54", "Age of the patient: 7", "Age of the patient: 81"),
        ("Amount due: 880.50 EUR", "Amount due: 93.50 EUR", "Amount due: 412.50 EUR"),
        ("Visit 1", "Visit 2", "Visit 3"),
        ("Article 12", "Article 13", "Article 14"),
        ("Reading at 7 bar", "Reading at 7 bar", "Reading at 9 bar"),
    ],
)
def test_content_stays_at_both_ends_of_a_page(first: str, second: str, third: str) -> None:
    texts = [[head, *numbered(n), head] for n, head in enumerate((first, second, third))]
    assert kept(*texts) == texts


@pytest.mark.parametrize(
    "form", ["{}", "Page {}", "- {} -", "{} of 4", "Page {} of 4", "{} / 4", "| {}", "Seite {} von 4"]
)
def test_numbers_of_pages_go(form: str) -> None:
    texts = [[*numbered(n), form.format(n)] for n in (1, 2, 3, 4)]
    assert kept(*texts) == [numbered(n) for n in (1, 2, 3, 4)]
    later = [[*numbered(n), form.format(n + 40)] for n in (1, 2, 3, 4)]
    assert kept(*later) == [numbered(n) for n in (1, 2, 3, 4)]


def test_roman_numbers_go_too() -> None:
    numbers = ["iii", "iv", "v", "vi", "vii"]
    texts = [[*numbered(n), number] for n, number in enumerate(numbers)]
    assert kept(*texts) == [numbered(n) for n in range(5)]


def test_a_head_stays_once_unless_it_breaks_a_sentence() -> None:
    ended = [["Boilers of the town", *numbered(n)[:2], f"That was all of the {WORDS[n]}."] for n in range(4)]
    assert kept(*ended) == [ended[0], *(text[1:] for text in ended[1:])]
    open_end = [broken("Boilers of the town", n) for n in range(4)]
    assert kept(*open_end) == [text[1:] for text in open_end]


def test_heads_of_chapters_and_of_left_and_right_pages_go() -> None:
    heads = ["Of valves"] * 4 + ["Of pumps in cold rooms"] * 4
    texts = [broken(head, n) for n, head in enumerate(heads)]
    assert kept(*texts) == [text[1:] for text in texts]
    sides = ["A book on boilers", "Of valves"] * 4
    texts = [broken(head, n) for n, head in enumerate(sides)]
    assert kept(*texts) == [text[1:] for text in texts]


def test_two_pages_prove_nothing() -> None:
    texts = [["The same words", *numbered(n)] for n in range(2)]
    assert kept(*texts) == texts


def test_most_of_a_page_is_never_dropped() -> None:
    texts = [["One line", "Another line", "A third line"]] * 4
    assert kept(*texts) == texts


def test_names_of_columns_stay() -> None:
    texts = [["Valve|Opens at|Maker", *(f"V{n}{m}|{m} bar|Adler" for m in range(3))] for n in range(4)]
    expected = [[text.replace("|", " ") for text in lines] for lines in texts]
    assert kept(*texts) == expected


def test_what_is_written_across_pages_is_said_once() -> None:
    mark = replace(line("DRAFT", size=60), turn=45)
    lines = [[*page(numbered(n), n), replace(mark, page=n)] for n in (1, 2, 3, 4)]
    found, left_out = without_heads(lines, [(0.0, 800.0)] * 4)
    assert [one.text for rest in found for one in rest].count("DRAFT") == 1
    assert left_out == {"running heads": 15}
