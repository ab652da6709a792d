"""Titles, headings and captions are found in text of any make, code and tables are none, passages do without them."""

from __future__ import annotations

import textwrap
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.records import HEADINGS, Chunk
from attune.questions.cleaning.headings import find_headings
from attune.questions.cleaning.queries import Query
from attune.text.heading_lines import LONGEST, as_heading, heading_lines
from attune.training.data.training_set import passage_without

TEXT = "The pump moves eighty litres of water each minute, and its valve is made of brass, which does not rust at all."
TEXT_2 = (
    "An oil pan below the engine holds four litres; the filter beside it is changed when the lamp on the panel is lit."
)


def chunk(
    text: str, name: str = "c", document: str = "a-manual.pdf", title: str = "a manual", shown: str = ""
) -> Chunk:
    return Chunk(name, shown, text, {"document": document, "title": title})


def found(*texts: str) -> list[str]:
    return [heading.text for heading in find_headings([chunk(text, f"c{n}") for n, text in enumerate(texts)])]


# --- what is a heading ---


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


# --- what is none ---


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


# --- captions ---


@pytest.mark.parametrize(
    ("line", "caption"),
    [
        ("Figure 3: Flow of oil", "Flow of oil"),
        ("Fig. 3.2 – Flow of oil in 2021", "Flow of oil in 2021"),
        ("TABLE 12. Oil by month", "Oil by month"),
        ("Table 3 Oil by month", "Oil by month"),
        ("Table 3-1: oil by month", "oil by month"),
        ("Abbildung 2: Der Weg des Öls", "Der Weg des Öls"),
        ("Abb. 2 Der Weg des Öls", "Der Weg des Öls"),
        ("Tabelle 4 – Öl je Monat", "Öl je Monat"),
        ("Tableau 1 : huile par mois", "huile par mois"),
        ("Tabla 5. Aceite por mes", "Aceite por mes"),
        ("Figura 6: Flujo de aceite", "Flujo de aceite"),
        ("Tabella 2: olio al mese", "olio al mese"),
        ("Afbeelding 2: De weg van olie", "De weg van olie"),
        ("Рисунок 3 – Путь масла", "Путь масла"),
        ("图 3：水泵的结构", "水泵的结构"),
        ("表2 各月用油量统计", "各月用油量统计"),
        ("図3. ポンプの構造", "ポンプの構造"),
    ],
)
def test_captions_in_several_languages(line: str, caption: str) -> None:
    assert list(find_headings([chunk(f"{TEXT}\n\n{line}\n\n{TEXT_2}")])) == [Query("c", caption, "caption")]


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


# --- which chunk, which title ---


def test_a_heading_in_the_overlap_of_two_chunks_belongs_to_the_one_with_its_text() -> None:
    short, long = f"{TEXT}\n\n## Oil pressure\n\n{TEXT_2}", f"## Oil pressure\n\n{TEXT_2}\n\n{TEXT}"
    for texts, owner in (((short, long), "c1"), ((long, short), "c0"), ((f"{TEXT}\n\n## Oil pressure", long), "c1")):
        chunks = [chunk(text, f"c{n}") for n, text in enumerate(texts)]
        assert list(find_headings(chunks)) == [Query(owner, "Oil pressure", "heading")]


def test_the_same_heading_in_two_documents_is_two_headings() -> None:
    chunks = [chunk(f"## Oil pressure\n\n{TEXT}", name, name, title=name) for name in ("a.md", "b.md")]
    assert [heading.chunk_id for heading in find_headings(chunks)] == ["a.md", "b.md"]


def test_several_headings_of_a_chunk_are_told_apart_by_the_text_below_each() -> None:
    assert found(f"# The manual of pumps\n\n## Oil pressure\n\n{TEXT}\n\n## Oil temperature\n\n{TEXT_2}") == [
        "Oil pressure",
        "Oil temperature",
    ]


@pytest.mark.parametrize(
    ("document", "title", "expected"),
    [
        ("a/oil-pump_manual.pdf", "Manual of the oil pump", ["Manual of the oil pump"]),
        ("a/oil-pump_manual.pdf", "oil pump manual", []),  # made of the file's name
        ("oil pump.pdf", "oil pump.pdf", []),
        ("oil.pdf", "Manual", []),
    ],
)
def test_a_title_counts_once_unless_it_is_the_name_of_the_file(document: str, title: str, expected: list[str]) -> None:
    chunks = [chunk(TEXT, f"c{n}", document, title) for n in range(3)]
    assert list(find_headings(chunks)) == [Query("c0", text, "title") for text in expected]


def test_a_title_that_is_a_heading_too_counts_once() -> None:
    chunks = [chunk(f"# The oil pump\n\n{TEXT}", title="The oil pump")]
    assert list(find_headings(chunks)) == [Query("c", "The oil pump", "title")]


# --- passages ---


def test_a_passage_loses_the_headings_that_are_asked_for_and_no_others() -> None:
    text = f"## Oil pressure\n\n{TEXT}\n\nOil temperature\n~~~~~~~~~~~~~~~\n\n{TEXT_2}\n\nFigure 3: Flow of oil"
    whole = chunk(text, title="The pump", shown="The pump")
    assert passage_without(whole, set()) == whole.passage
    assert passage_without(whole, {"Nothing of this"}) == whole.passage
    assert passage_without(whole, {"Oil pressure"}) == f"The pump {text}".replace("## Oil pressure\n\n", "")
    without = passage_without(whole, {"Oil pressure", "Oil temperature", "Flow of oil", "The pump"})
    assert without.split() == f"{TEXT} {TEXT_2}".split()  # nor is the underline left


@pytest.mark.parametrize("text", ["## Oil pressure", "Oil pressure\n====", "## Oil pressure\n\n---\n\n* * *"])
def test_a_passage_of_headings_alone_stays_whole(text: str) -> None:
    assert passage_without(chunk(text), {"Oil pressure"}) == text


LINES = st.lists(
    st.sampled_from([
        "## Oil pressure", "Oil pressure", "3.1 Oil pressure", "============", "Figure 3: Flow of oil", TEXT,
        TEXT_2, "", "  ", "  Oil pressure  ", "The oil pressure is low.", "```", "# Oil pressure #", "**Oil pressure**",
    ]) | st.text(max_size=20).map(lambda text: " ".join(text.split())),
    max_size=10,
)  # fmt: skip


@given(LINES, st.sets(st.sampled_from(["Oil pressure", "Flow of oil", "The pump"])), st.booleans())
def test_a_passage_loses_whole_lines_or_the_title_and_never_everything(
    lines: list[str], headings: set[str], titled: bool
) -> None:
    whole = chunk("\n".join(lines), title="The pump", shown="The pump" if titled else "")
    passage = passage_without(whole, headings)
    if passage == whole.passage:
        return
    title = "" if not titled or "The pump" in headings else "The pump "
    assert passage.startswith(title)
    rest = iter(line.strip() for line in lines)
    body = [line.strip() for line in passage.removeprefix(title).split("\n")]
    assert all(line in rest for line in body if line)  # its lines, in their order
    assert any(character.isalnum() for character in "".join(body))
    assert not {found[0] for line in body if (found := as_heading(line.rstrip()))} & headings


@given(LINES, LINES)
def test_what_is_found_in_a_chunk_is_taken_out_of_its_passage(lines: list[str], more: list[str]) -> None:
    chunks = [chunk("\n".join(text), f"c{n}", title="The oil pump", shown="The oil pump") for n, text in
              enumerate((lines, more))]  # fmt: skip
    for each in chunks:
        asked = {heading.text for heading in find_headings(chunks) if heading.chunk_id == each.id}
        passage = passage_without(each, asked)
        assert passage.strip()
        assert passage == each.passage or not asked & {line.strip() for line in passage.split("\n")}
