"""A question in another language than its chunk is a mistake; names and terms are of no language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from attune.core.records import Chunk
from attune.questions.cleaning.language import document_languages, foreign_to, other_language
from attune.questions.cleaning.queries import Query
from attune.questions.cleaning.rules import Rules
from attune.text.words import words
from tests.support.cleaned import clean

TEXTS = {
    "de": "Die Hydraulikpumpe fördert achtzig Liter Öl in der Minute. Der Filter am Einlass wird alle fünfhundert "
    "Betriebsstunden gewechselt, oder sobald die Lampe am Bedienfeld leuchtet. Cloud Service Level Agreements von "
    "Microsoft Azure gelten dafür nicht.",
    "fr": "La pompe hydraulique déplace quatre-vingts litres d'huile par minute. Le filtre d'entrée est remplacé "
    "toutes les cinq cents heures, ou dès que le voyant du panneau s'allume. Lyft, Uber et Microsoft n'y peuvent rien.",
    "es": "La bomba hidráulica mueve ochenta litros de aceite por minuto. El filtro de entrada se cambia cada "
    "quinientas horas, o en cuanto se enciende la lámpara del panel. Lyft, Uber y Microsoft no tienen nada que ver.",
    "zh": "液压泵每分钟输送八十升液压油。进油口的过滤器每五百小时更换一次，或者在面板上的指示灯亮起时更换。"
    "更换之前，操作员应当先关闭阀门，然后等待压力下降到零，否则热油可能会喷出来。Lyft、Uber 和 Microsoft 与此无关。",
    "ru": "Гидравлический насос перекачивает восемьдесят литров масла в минуту. Фильтр на входе меняют каждые пятьсот "
    "часов или когда загорается лампа на панели. Lyft, Uber и Microsoft здесь ни при чём.",
    "en": "The hydraulic pump moves eighty litres of oil each minute. The inlet filter is changed every five hundred "
    "hours, or as soon as the lamp on the panel is lit. Lyft, Uber and Microsoft have nothing to do with it.",
}  # fmt: skip
OWN = {
    "de": ["Wie oft wird der Filter gewechselt?", "Filter wechseln Intervall", "Was fördert die Hydraulikpumpe?",
           "Wann leuchtet die Lampe?", "Gilt das Service Level Agreement von Microsoft?", "Hydraulikpumpe Fördermenge"],
    "fr": ["Quand faut-il remplacer le filtre d'entrée ?", "changement filtre pompe", "débit de la pompe hydraulique",
           "Que fait le voyant ?", "Combien de litres par minute ?"],
    "es": ["¿Cada cuánto se cambia el filtro?", "cambio filtro bomba", "caudal de la bomba hidráulica",
           "¿Cuántos litros mueve la bomba?", "¿Cuándo se enciende la lámpara?"],
    "zh": ["过滤器多久更换一次？", "液压泵流量", "指示灯亮起时该怎么办？", "Lyft 与液压泵有关吗？"],
    "ru": ["Как часто меняют фильтр?", "замена фильтра насоса", "Когда загорается лампа?"],
}  # fmt: skip
ENGLISH = [
    "How often is the inlet filter changed?",
    "When does the lamp on the panel light up?",
    "What does the pump move each minute?",
    "Why have Lyft and Uber nothing to do with it?",
]


def chunk(language: str, name: str | None = None) -> Chunk:
    return Chunk(name or language, "", TEXTS[language], {"document": f"{language}.txt", "title": "T"})


CHUNKS = [chunk(language) for language in TEXTS]
LANGUAGES = document_languages(CHUNKS)


def mistaken(query: Query, languages: Mapping[str, str] = LANGUAGES, chunks: Sequence[Chunk] = CHUNKS) -> bool:
    about = next(chunk for chunk in chunks if chunk.id == query.chunk_id)
    return other_language(languages)(query, about, set(words(about.passage)))


def test_documents_are_in_the_language_that_they_are_written_in() -> None:
    assert {f"{language}.txt": language for language in TEXTS} == LANGUAGES


@pytest.mark.slow
@pytest.mark.parametrize("language", OWN)
def test_english_questions_are_a_mistake_where_the_chunk_is_in_another_language(language: str) -> None:
    assert [text for text in ENGLISH if not mistaken(Query(language, text, "full"))] == []


@pytest.mark.slow
@pytest.mark.parametrize("language", OWN)
def test_questions_in_the_language_of_the_chunk_are_none(language: str) -> None:
    assert [text for text in OWN[language] if mistaken(Query(language, text, "full"))] == []


@pytest.mark.parametrize("language", OWN)
@pytest.mark.parametrize("text", ["Lyft Uber Microsoft", "Microsoft?", "500", "?", ""])
def test_names_and_terms_of_the_chunk_are_no_english(language: str, text: str) -> None:
    assert not mistaken(Query(language, text, "keywords"))


def test_terms_in_english_that_stand_in_the_chunk_are_no_english() -> None:
    assert not mistaken(Query("de", "Microsoft Azure Cloud Service Level Agreements", "keywords"))
    assert mistaken(Query("fr", "the service level agreements of the cloud", "keywords"))


def test_one_english_term_makes_no_query_english() -> None:
    assert mistaken(Query("de", "Troubleshooting", "keywords"))
    query = Query("de", "Hydraulikpumpe Filter am Einlass gewechselt Troubleshooting", "keywords")
    assert not mistaken(query)


def test_nothing_is_a_mistake_in_documents_of_unknown_language() -> None:
    for query in [*ENGLISH, *OWN["de"], *OWN["zh"], "Lyft Uber"]:
        assert not mistaken(Query("en", query, "full"), {})
    assert not mistaken(Query("de", ENGLISH[0], "full"), {})


@pytest.mark.parametrize(
    "text", [*ENGLISH, "Lyft Uber", "Troubleshooting", "µ-controller hydraulic naïve café", "Δp, π?"]
)
def test_english_and_names_are_no_mistake_in_english_documents(text: str) -> None:
    assert not mistaken(Query("en", text, "full"))


FOREIGN = {
    "de": "Wie hängt die Pumpe mit der Wartung zusammen und wann tauscht man das Teil aus?",
    "fr": "Pourquoi faut-il remplacer la pompe après quarante heures de travail ?",
    "es": "¿Por qué hay que sustituir la pieza después de cuarenta horas de trabajo?",
    "zh": "Lyft 应该如何调整，多久更换一次？",
    "ru": "Почему нужно менять деталь после сорока часов работы?",
    "it": "Perché bisogna sostituire il pezzo dopo quaranta ore di lavoro?",
    "nl": "Waarom moet men het onderdeel vervangen na veertig uur werk?",
    "ja": "この部品はどのくらいの頻度で交換しますか？",
}


@pytest.mark.slow
@pytest.mark.parametrize("language", FOREIGN)
@pytest.mark.parametrize("about", TEXTS)
def test_whichever_two_languages_they_are(language: str, about: str) -> None:
    assert mistaken(Query(about, FOREIGN[language], "full")) == (language != about)


@pytest.mark.slow
def test_a_german_part_of_an_english_document_may_be_asked_about_in_german() -> None:
    appendix = Chunk("appendix", "", TEXTS["de"], {"document": "en.txt", "title": "T"})
    assert not mistaken(Query("appendix", FOREIGN["de"], "full"), chunks=[appendix])
    mixed = Chunk("mixed", "", f"{TEXTS['en']} {TEXTS['zh']}", {"document": "en.txt", "title": "T"})
    assert not mistaken(Query("mixed", OWN["zh"][0], "full"), chunks=[mixed])


def test_an_english_chunk_of_a_german_document_may_be_asked_about_in_english() -> None:
    appendix = Chunk("appendix", "", TEXTS["en"], {"document": "de.txt", "title": "T"})
    assert [text for text in ENGLISH if mistaken(Query("appendix", text, "full"), chunks=[appendix])] == []
    assert mistaken(Query("de", ENGLISH[0], "full"))


def test_the_beginning_of_a_document_tells_its_language_wherever_its_chunks_are() -> None:
    chunks = [chunk("de", f"c{n}") for n in range(30)] + [chunk("en")]
    late = [Chunk(f"late{n}", "", TEXTS["fr"], {"document": "de.txt", "title": "T"}) for n in range(90)]
    chunks.extend(late)
    chunks.insert(0, Chunk("odd", "", "12 34 56 ???", {"document": "figures.txt", "title": "T"}))
    assert document_languages(chunks) == {"de.txt": "de", "en.txt": "en"}
    mixed = [*chunks[:2], chunks[31], *chunks[2:31], *chunks[32:]]
    assert document_languages(mixed) == {"de.txt": "de", "en.txt": "en"}


PASSAGES = [
    "The tenant pays the rent on the first day of each month, and returns the keys to the landlord.",
    "Wi-Fi 6E",
]


@pytest.mark.parametrize(
    "text",
    [
        "wie kann ich meinen Mietvertrag vorzeitig kündigen", "как вернуть ключи хозяину", "家賃はいつ払いますか",
        "comment puis-je résilier mon bail avant la fin du mois",
    ],
)  # fmt: skip
def test_people_s_queries_in_a_language_of_no_document(text: str) -> None:
    assert foreign_to({"en"}, PASSAGES)(text)


@pytest.mark.parametrize(
    "text",
    [
        "rent", "end lease early", "wann", "Müller GmbH", "tenant kündigen", "can i pay my rent after 5",
        "wifi 6e passwort", "E24", "404", "café", "β1",
        "how do people get their deposit returned when moving out early",
    ],
)  # fmt: skip
def test_people_s_queries_that_may_be_in_the_language_of_a_document(text: str) -> None:
    assert not foreign_to({"en"}, PASSAGES)(text)


def test_two_languages_and_none_that_is_known() -> None:
    german = "wie kann ich meinen Mietvertrag vorzeitig kündigen"
    assert not foreign_to({"en", "de"}, PASSAGES)(german)
    assert not foreign_to(set(), PASSAGES)(german)
    assert foreign_to(set(), PASSAGES)("как вернуть ключи хозяину")


def test_cleaning_counts_them() -> None:
    written = [Query("de", text, "full") for text in (OWN["de"][2], "What does the Hydraulikpumpe do?")]
    cleaned = clean(written, CHUNKS, Rules(3, 20, 0.2, 0.8), other_language(LANGUAGES))
    assert [query.text for query in cleaned.kept] == [OWN["de"][2]]
    assert cleaned.dropped["other_language"] == 1
    assert clean(written, CHUNKS, Rules(3, 20, 0.2, 0.8)).dropped["other_language"] == 0
