"""A quote is found word for word, or with a few other letters, and never where other numbers stand."""

from __future__ import annotations

import pytest

from attune.people.places.document_names import NotFound
from attune.people.places.evidence import Evidence
from tests.support.chunks import saying


@pytest.mark.parametrize("quote", ["age 12", "of 12", "word", "price 12"])
def test_few_words_must_stand_there_as_words(quote: str) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        Evidence([saying("See page 123 on the price of 1.2 and passwords and the average 12.")]).holding(quote)


@pytest.mark.parametrize("quote", ["page 123", "PASS-\nwords", "passwords", "1.2 and", "the price of", "average 12"])
def test_few_words_are_found_where_they_do(quote: str) -> None:
    evidence = Evidence([saying("See page 123 on the price of 1.2 and passwords and the average 12.")])
    assert evidence.holding(quote) == {0}


def test_few_long_words_need_not_be_whole() -> None:
    evidence = Evidence([saying("Die Donaudampfschifffahrtsgesellschaft stellte den Betrieb ein.")])
    assert evidence.holding("dampfschif-\nfahrtsgeselschaft stellte") == {0}
    with pytest.raises(NotFound, match="nowhere"):
        evidence.holding("gesellschaft stellte")


def test_word_for_word_goes_before_letter_by_letter() -> None:
    chunks = [
        saying("Costs are up by 11 2 times a year.", "a.txt"),
        saying("Costs are up by 112 times a year.", "b.txt"),
    ]
    assert Evidence(chunks).holding("costs are up by 112 times") == {1}


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("Revenue grew by 12 percent to 430 milion dollars in 2021", True),
        ("Revenue grew by 12 percent [9] to 430 million dollars in 2021", True),
        ("Revenue grew by percent to 430 million dollars in 2021", True),
        ("Revenue grew by 12 percent to 430 million dollars in 2022", False),
        ("Revenue grew by 13 percent to 430 million dollars in 2021", False),
        ("Revenue grew a lot and was then hundreds of millions in 2021", False),
    ],
)
def test_similar_is_not_enough_where_numbers_differ(quote: str, found: bool) -> None:
    evidence = Evidence([saying("Revenue grew by 12 percent to 430 million dollars in 2021, as planned before.")])
    if found:
        assert evidence.holding(quote) == {0}
    else:
        with pytest.raises(NotFound, match=r"the quote 'Revenue grew .*…' stands nowhere in a\.pdf; copy it"):
            evidence.holding(quote, "a.pdf")


def test_of_similar_places_the_most_similar_one_is_meant() -> None:
    texts = [
        "Sales in the north of the country rose again last year",
        "Sales in the south of the country rose again last year",
    ]
    evidence = Evidence([saying(text, f"{n}.txt") for n, text in enumerate(texts)])
    assert evidence.holding("Sales in the sou th of the cuntry rose again last year") == {1}


@pytest.mark.parametrize(
    "text", ["東京都は日本の首都である。人口は多い。", "राजधानी दिल्ली में बहुत लोग रहते हैं", "กรุงเทพมหานครเป็นเมืองหลวง"]
)
def test_other_scripts(text: str) -> None:
    evidence = Evidence([saying(text, "a.txt"), saying("something else", "b.txt")])
    assert evidence.holding(text[2:11].strip()) == {0}
