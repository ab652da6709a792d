"""Headings and captions are found in text of any make; code, tables and sentences are none."""

from __future__ import annotations

import textwrap
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.records import HEADINGS
from attune.text.heading_lines import LONGEST, as_heading, heading_lines
from attune.training.data.training_set import passage_without
from tests.support.headings import TEXT, TEXT_2, chunk


def found(text: str) -> list[str]:
    return [heading for heading, _, _ in heading_lines(text)]


@pytest.mark.parametrize(
    "text",
    [
        f"# Oil pressure\n\n{TEXT}",
        f"### Oil pressure ###\n{TEXT}",
        f"#\tOil  pressure\n{TEXT}",
        f"## **Oil pressure**\n\n{TEXT}",
        f"## 3.1 Oil pressure\n\n{TEXT}",
        f"Oil pressure\n============\n\n{TEXT}",
        f"Oil pressure\n------------\n{TEXT}",
        f"3. Oil pressure\n~~~~~~~~~~~~~~~\n{TEXT}",
        f"oil pressure\n************\n{TEXT}".replace("oil", "Oil"),
        f"Oil pressure\n{TEXT}",
        f"Oil pressure\n\n{TEXT}",
        f"**Oil pressure**\n\n{TEXT}",
        f"3.1 Oil pressure\n{TEXT}",
        f"3.1. Oil pressure\n{TEXT}",
        f"B) Oil pressure\n{TEXT}",
        f"IV. Oil pressure\n{TEXT}",
        f"Chapter 3: Oil pressure\n{TEXT}",
        f"## Oil pressure\nx = 1 is what the text below begins with. {TEXT}",
        f"SECTION IV – Oil pressure\n{TEXT}",
        f"§ 12 Oil pressure\n{TEXT}",
        f"Item 7A. Oil pressure\n{TEXT}",
        f"It all ends here.\nOil pressure\n{TEXT}",
        f"It ends with a footnote. [3]\nOil pressure\n{TEXT}",
        f"```\nx = 1\n```\n\n## Oil pressure\n\n{TEXT}",
        f"## Oil pressure\n\n{TEXT}\n\n```python\nx = 1",  # the chunk ends within code
        f"## Oil pressure\n\n{TEXT}\n\n```\nx = 1",
    ],
)
def test_a_heading_is_found_without_its_marks_and_number(text: str) -> None:
    assert found(text) == ["Oil pressure"]


@pytest.mark.parametrize(
    "heading",
    [
        "10 ways to save oil", "A new engine", "Article 5 of the treaty", "2021 Compared to 2020",
        "401(k) Plan", "Über die Ölpumpe", "Présentation générale", "Насос и клапан", "Mission Bay 3 & 4",
        "Principal vs. Agent Considerations", "What does the pump move?", "The “brass” valve",
    ],
)  # fmt: skip
def test_a_number_or_mark_that_belongs_to_a_heading_stays(heading: str) -> None:
    assert found(f"## {heading}\n\n{TEXT}") == [heading]
    assert found(f"{heading}\n{TEXT}") == [heading]


def test_headings_in_scripts_without_case_are_found_where_they_are_marked() -> None:
    body = "水泵每分钟输送八十升清水，阀门由黄铜制成。" * 6
    assert found(f"## 水泵的结构\n\n{body}") == ["水泵的结构"]
    assert found(f"مضخة المياه\n===========\n\n{'المضخة تنقل الماء النظيف. ' * 6}") == ["مضخة المياه"]


@pytest.mark.parametrize(
    "text",
    [
        f"# Introduction\n\n{TEXT}",  # says nothing about the chunk
        f"## 2021\n\n{TEXT}",
        f"## 3.1\n\n{TEXT}",
        "## Oil pressure\n\nSee below.",  # nothing below it answers it
        f"## {'oil ' * 40}pressure\n\n{TEXT}",
        f"#hashtag of the day\n\n{TEXT}",
        # sentences, and parts of them
        f"The oil is low.\n{TEXT}",
        f"The type is unchangeable. [1]\n{TEXT}",
        f"It has these parts:\n{TEXT}",
        f"He said “stop!”\n{TEXT}",
        f"the oil pressure\n{TEXT}",
        f"and goes on\nOil Pressure Of\n{TEXT}",
        "This rule can be changed by overriding the\n\"__oil__()\" method or the \"__pump__()\" one.  The first is\n"
        "called before the other one and returns a value, or it says why\nthere is none.",
        "The engine of the pump is made by people in\nGermany and France, as the plate below the handle of it says,\n"
        "which is why its words are in German.",
        f"Oil Pressure Of The Engine\nwhich is low where {TEXT}",
        # rows of tables
        f"Net loss — — (1,752,857)\n{TEXT}",
        f"Revenue per rider $51.79 $45.40\n{TEXT}",
        f"Total assets 317 157\n{TEXT}",
        f"Growth of revenue 42%\n{TEXT}",
        f"Model ZX      Power\n{TEXT}",
        f"Model\tPower of it\n{TEXT}",
        f"| Oil | Pressure |\n{TEXT}",
        f"Oil  Pressure\n===  ========\n{TEXT}",
        f"One two three four five six seven eight nine ten eleven twelve thirteen\n{TEXT}",  # too long for one
        # lists
        f"- Oil pressure\n{TEXT}",
        f"• Oil pressure\n{TEXT}",
        f"1. Find the pump\n2. {TEXT}",
        f"1. find the pump at once\n{TEXT}",
        f"(a) Find the pump\n(b) {TEXT}",
        # code
        f"# compute the mean of all values\nmean = sum(values) / len(values)\n{TEXT}",
        f"# read the file again\nwith open(name) as file:\n{TEXT}",
        f"# a comment that goes on\n# in the line below it\n{TEXT}",
        f"# the loop over all rows\nfor row in rows:\n    print(row)\n{TEXT}",
        f"    # an indented comment\n\n{TEXT}",
        f"#include <stdio.h>\n\n{TEXT}",
        f"```\n# Oil pressure\n\n{TEXT}\n```",
        f"~~~sh\n# Oil pressure\n\n{TEXT}\n~~~",
        f"# Oil pressure\n\n{TEXT}\nx = 1\n```\n\nSome text.",  # the chunk begins within code
        f"def oil_pressure(x):\n{TEXT}",
        f"Return Type foo()\n{TEXT}",
        # rules and front matter
        f"---\n\n{TEXT}",
        f"* * *\n\n{TEXT}",
        f"title: Oil pressure of pumps\n---\n{TEXT}",
    ],
)  # fmt: skip
def test_no_heading(text: str) -> None:
    assert found(text) == []


LONG_WORDS = st.sampled_from(
    ["Oil", "Pressure", "Of", "The", "Engine", "Which", "Is", "Considerations", "In", "Germany"]
)


@given(st.lists(LONG_WORDS, min_size=25, max_size=60), st.integers(61, 110), st.booleans())
def test_the_first_line_of_a_wrapped_paragraph_is_no_heading(words: list[str], width: int, follows: bool) -> None:
    before = "A sentence of the paragraph before.\n\n" if follows else ""
    assert found(before + textwrap.fill(" ".join(words), width)) == []


def test_a_line_above_an_empty_one_is_a_heading_however_long_the_next_word_is() -> None:
    heading = "Principal versus Agent Considerations of the Companies"
    below = "Notwithstanding this the pump moves clean and warm water too."
    assert found(f"{heading}\n\n{below}\n\n{TEXT}") == [heading]
    assert found(f"{heading}\n{below}\n\n{TEXT}") == []  # as wrapped at this width


def test_a_line_is_wrapped_if_the_next_word_and_a_space_do_not_fit() -> None:
    line, word = "Principal versus Agent Considerations of the Companies", "Notwithstanding"
    for width, expected in ((len(line) + len(word), []), (len(line) + 1 + len(word), [line])):
        below = word + " " + "x" * (width - len(word) - 1)
        assert found(f"{line}\n{below}\n\n{TEXT}") == expected


PIECES = [
    "# Oil pressure", "Oil pressure", "====", "------------", "```", "~~~py", "| a | b |", "Figure 1: Oil flow", "",
    " ", "#", TEXT, "1. Oil flow", "**", "__", "# #", "Table 3", "...", "Oil\x00", "\u202eOil pressure",
    "$passage", "</passage>",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("\n".join) | st.text(max_size=200))
def test_any_text_gives_clean_headings_that_stand_in_it(text: str) -> None:
    for heading, kind, below in heading_lines(text):
        assert kind in HEADINGS
        assert heading == " ".join(heading.split()) != ""
        assert below >= 100
        assert any(as_heading(line.rstrip()) == (heading, kind) for line in text.split("\n"))
        assert kind == "caption" or len(heading) <= LONGEST


@pytest.mark.parametrize(
    "text",
    [
        "# a" + " " * 200_000 + "b", "#" * 200_000, "# " + "# " * 100_000, "." * 3000 + "a\n" + TEXT, "1." * 50_000,
        "Figure 1" + "." * 100_000, "\n" * 100_000 + "Oil pressure\n" + TEXT, "Oil pressure\n" * 3000,
        "a\n\n" * 30_000, "```\n" * 50_001,
        "Figure 1-" + "1-" * 50_000, "*" * 100_000, "**a" * 30_000, "Oil " + "= " * 50_000 + "\n" + TEXT,
    ],
)  # fmt: skip
def test_hostile_text_takes_no_time(text: str) -> None:
    start = time.process_time()
    list(heading_lines(text))
    passage_without(chunk(text), {"Oil pressure"})
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "line",
    [
        "Table 2 shows the oil of each month, and more.",
        "Figure 3 is a drawing of the pump that we made",
        "Tabelle 4 zeigt das Öl je Monat",
        "Рисунок 3 показывает путь масла",
        "Figures 3 and 4 differ in what they show",
        "Tables are made of wood in this place",
        "Table of oil by month",
        f"Figure 3: {'a long tale of oil ' * 20}",
        "Figure 3: Oil",
        "Figure 3",
    ],
)
def test_a_sentence_about_a_figure_is_no_caption(line: str) -> None:
    assert "caption" not in {kind for _, kind, _ in heading_lines(f"{TEXT}\n\n{line}\n\n{TEXT_2}")}
