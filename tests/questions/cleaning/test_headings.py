"""Titles, headings and captions are queries, each of the one chunk that holds most of the text below it."""

from __future__ import annotations

import pytest

from attune.questions.cleaning.headings import find_headings
from attune.questions.cleaning.queries import Query
from tests.support.headings import TEXT, TEXT_2, chunk


def found(*texts: str) -> list[str]:
    return [heading.text for heading in find_headings([chunk(text, f"c{n}") for n, text in enumerate(texts)])]


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
