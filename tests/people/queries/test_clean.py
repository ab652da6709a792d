"""What is dropped of queries, and that nothing is lost without a count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.people.queries.clean import LONGEST, kept_queries, key, personal, shown
from attune.people.queries.rows import Row


def rows(*texts: str) -> list[Row]:
    return [Row(text, f"log.txt:{number}") for number, text in enumerate(texts, start=1)]


def kept(*texts: str) -> list[str]:
    return [query.text for query in kept_queries(rows(*texts), lambda _: False)[0]]


def test_spellings_of_a_query_are_one_query() -> None:
    assert kept("Reset  Modem!", "reset modem", "reset\tmodem", "RESET MODEM", "reset router") == [
        "reset modem",
        "reset router",
    ]


@pytest.mark.parametrize("text", ["", "  ", "\t", "?!", "***", "\u200b\ufeff", "😀", "\x00\x07"])
def test_what_holds_no_word_is_empty(text: str) -> None:
    queries, dropped = kept_queries(rows(text), lambda _: False)
    assert queries == [] and dropped == {"empty": 1}


def test_what_nobody_sees_is_left_out() -> None:
    assert kept("reset\u200b \x1b[31mmodem\x00\u202e") == ["reset modem"]


def test_long_and_foreign_queries_are_dropped_and_counted() -> None:
    texts = ["a word " * 60, "a" * LONGEST, "wie geht das", "reset"]
    queries, dropped = kept_queries(rows(*texts, "wie geht das"), lambda text: text.startswith("wie"))
    assert [query.text for query in queries] == ["a" * LONGEST, "reset"]
    assert dropped == {"too_long": 1, "other_language": 1}  # queries, not rows


@pytest.mark.parametrize("text", ["404", "E24", "C++", "再起動", "x"])
def test_short_queries_stay(text: str) -> None:
    assert kept(text) == [text]


@given(st.lists(st.text(max_size=30), max_size=20))
def test_every_row_is_kept_or_counted(texts: list[str]) -> None:
    queries, dropped = kept_queries(rows(*texts), lambda _: False)
    assert sum(len(query.rows) for query in queries) + dropped.total() == len(texts)
    assert [key(query.text) for query in queries] == sorted({key(text) for text in texts} - {""})
    assert queries == kept_queries(rows(*texts), lambda _: False)[0]
    for query in queries:
        assert query.text == shown(query.text) and "\n" not in query.text


@pytest.mark.parametrize(
    "text",
    [
        "invoice for ann.lee+x@example.co.uk", "who is ann@büro.de", "call 0170 1234567", "+49 (30) 1234-5678",
        "(555) 123-4567", "order of card 4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "ssn 123-45-6789",
    ],
)  # fmt: skip
def test_what_looks_personal(text: str) -> None:
    assert [query.text for query in personal(kept_queries(rows(text), lambda _: False)[0])] == [text]


@pytest.mark.parametrize(
    "text", ["error 404", "rfc 8118", "2019-2021", "size 12 x 34", "@media rule", "a@b", "iso 27001:2022"]
)
def test_what_does_not(text: str) -> None:
    assert personal(kept_queries(rows(text), lambda _: False)[0]) == []
