"""Each rule drops what it names, and only that."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.records import Chunk
from attune.questions.cleaning.queries import Query
from attune.questions.cleaning.rules import REASONS, Rules
from tests.support.cleaned import clean

RULES = Rules(min_words=4, max_words=12, rare_fraction=0.34, similarity=0.8)
CHUNKS = [
    Chunk("a", "", "The Atlas pump moves water, and the inlet filter is changed every 500 hours."),
    Chunk("b", "", "The Borea fan moves air, and the rotor is oiled every 200 hours."),
    Chunk("c", "", "The Ceres oven moves heat, and the door is sealed every 100 hours."),
]


def full(*written: tuple[str, str]) -> list[Query]:
    return [Query(chunk, text, "full") for chunk, text in written]


def reasons(*written: tuple[str, str], kind: str = "full") -> dict[str, int]:
    queries = [Query(chunk, text, kind) for chunk, text in written]
    return {reason: count for reason, count in clean(queries, CHUNKS, RULES).dropped.items() if count}


def test_good_questions_are_kept_in_order() -> None:
    written = full(("b", "How often is the rotor oiled?"), ("a", "When is the inlet filter changed?"))
    assert clean(written, CHUNKS, RULES).kept == written


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("The inlet filter is changed every 500 hours.", "not_a_question"),
        ("When is the inlet filter changed", "not_a_question"),
        ("Which filter?", "too_short"),
        ("When is the inlet filter changed " + "and " * 20 + "why?", "too_long"),
        ("What does the passage say about the inlet filter?", "refers_to_the_text"),
        ("According to this document, when is the filter changed?", "refers_to_the_text"),
        ("What is the purpose of the given technical text on filters?", "refers_to_the_text"),
        ("Which inlet filter is mentioned above in detail?", "refers_to_the_text"),
        ("What moves every few hours?", "no_rare_word"),  # "moves", "every", "hours" stand in every chunk
        ("What is the meaning of life?", "no_rare_word"),
        ("Is 500 a large number, really?", "no_rare_word"),  # a number alone says little
    ],
)
def test_bad_question_is_dropped_for_its_reason(question: str, reason: str) -> None:
    assert reasons(("a", question)) == {reason: 1}


def test_same_question_of_one_chunk_is_kept_once() -> None:
    question = "When is the inlet filter changed?"
    result = clean(full(("a", question), ("a", question.upper())), CHUNKS, RULES)
    assert result.kept == full(("a", question))
    assert result.dropped["duplicate"] == 1


def test_question_asked_of_several_chunks_is_dropped_everywhere() -> None:
    chunks = [*CHUNKS, Chunk("d", "", "The Atlas pump has a blue lamp.")]
    question = "What colour has the Atlas pump?"
    result = clean(full(("a", question), ("d", question)), chunks, Rules(4, 12, 0.5, 0.8))
    assert result.kept == []
    assert result.dropped["asked_of_several_chunks"] == 2


def test_question_in_a_script_without_spaces_finds_its_chunk() -> None:
    chunks = [Chunk("x", "", "東京の地下鉄は便利です。"), Chunk("y", "", "大阪の食べ物は有名です。")]
    question = "地下鉄は便利ですか？"
    assert clean(full(("x", question)), chunks, Rules(4, 40, 0.5, 0.8)).kept == full(("x", question))


@pytest.mark.parametrize(("similarity", "dropped"), [(0.7, {"too_similar": 1}), (0.75, {}), (0.8, {}), (1.0, {})])
def test_questions_that_share_most_of_their_words_say_the_same(similarity: float, dropped: dict[str, int]) -> None:
    # six of eight words are shared: 0.75
    written = full(("a", "When is the inlet filter changed here?"), ("a", "When is the inlet filter changed there?"))
    found = clean(written, CHUNKS, Rules(4, 12, 0.34, similarity))
    assert {reason: count for reason, count in found.dropped.items() if count} == dropped
    assert found.kept[0] == written[0]


def test_similar_questions_of_different_chunks_stay() -> None:
    written = full(("a", "How often is the inlet filter changed?"), ("b", "How often is the inlet rotor changed?"))
    assert clean(written, CHUNKS, Rules(4, 12, 0.34, 0.5)).kept == written


@pytest.mark.parametrize(
    ("query", "dropped"),
    [
        ("inlet filter", {}),  # neither long nor a question
        ("filter", {"too_short": 1}),
        ("moves every hours", {"no_rare_word": 1}),
        ("inlet filter of this document", {"refers_to_the_text": 1}),
    ],
)
@pytest.mark.parametrize("kind", ["keywords", "hurried", "title", "heading", "caption"])
def test_a_query_that_is_no_full_question_need_not_look_like_one(query: str, dropped: Any, kind: str) -> None:
    assert reasons(("a", query), kind=kind) == dropped


def test_a_query_in_another_language_is_dropped() -> None:
    written = full(("a", "When is the inlet filter changed?"), ("b", "How often is the rotor oiled?"))
    found = clean(written, CHUNKS, RULES, lambda query, *_: query.chunk_id == "a")
    assert found.kept == written[1:] and found.dropped["other_language"] == 1


def test_a_query_counts_for_the_first_rule_that_it_breaks() -> None:
    chunks = [*CHUNKS, Chunk("d", "", "The Atlas pump has a blue lamp.")]
    shared, rules = "What colour has the Atlas pump?", Rules(4, 12, 0.5, 0.5)
    cleaned = clean(
        full(("a", shared), ("d", shared), ("a", shared)), chunks, rules, lambda query, *_: query.chunk_id == "d"
    )
    assert {reason: count for reason, count in cleaned.dropped.items() if count} == {
        "other_language": 1,
        "asked_of_several_chunks": 2,
    }


def test_what_was_dropped_makes_nothing_else_a_repetition() -> None:
    written = full(
        ("a", "When is the filter changed"), ("a", "When is the filter changed?"), ("a", "When is it changed?")
    )
    assert clean(written, CHUNKS, RULES).kept == written[1:]
    foreign = clean(written[1:2] * 2, CHUNKS, RULES, lambda query, *_: query is written[1])
    assert foreign.dropped["other_language"] == 2 and foreign.dropped["duplicate"] == 0


def test_queries_of_the_chunks_may_come_in_any_order() -> None:
    texts = [
        "When is the inlet filter changed?",
        "How often is the inlet filter changed?",
        "Which water does Atlas move?",
    ]
    others = ["How often is the rotor oiled?", "What moves the air, Borea or not?"]
    written = full(*(("a", text) for text in texts), *(("b", text) for text in others))
    mixed = [written[place] for place in (3, 0, 4, 1, 2)]
    one, other = clean(written, CHUNKS, RULES), clean(mixed, CHUNKS, RULES)
    assert sorted(one.kept) == sorted(other.kept) and one.dropped == other.dropped


def test_headings_of_a_document_may_come_in_another_order_than_its_chunks_and_are_dropped_once() -> None:
    chunks = [Chunk(c.id, c.title, c.text, {"document": "x" if c.id == "c" else "y"}) for c in CHUNKS]
    written = [Query(c, t, "heading") for c, t in (("a", "Inlet filter"), ("b", "Rotor oil"), ("a", "inlet filter!"))]
    result = clean([*written, Query("c", "Oven door", "heading")], chunks, RULES)
    assert [query.text for query in result.kept] == ["Inlet filter", "Rotor oil", "Oven door"]
    assert result.dropped["duplicate"] == 1


def test_a_rare_word_of_another_chunk_is_no_reason_to_keep_a_query() -> None:
    assert reasons(("a", "How often is the rotor of it oiled?")) == {"no_rare_word": 1}


@pytest.mark.parametrize("fraction", [0.0, 0.01])
def test_a_word_that_one_chunk_holds_is_rare_however_strict_the_rule(fraction: float) -> None:
    written = full(("a", "When is the inlet filter changed?"))
    assert clean(written, CHUNKS, Rules(4, 12, fraction, 0.8)).kept == written


def test_a_title_is_part_of_what_a_query_may_share_with_its_chunk() -> None:
    chunks = [Chunk("z", "Zeppelin", "It flies."), *CHUNKS]
    assert clean([Query("z", "Zeppelin flight", "keywords")], chunks, RULES).kept


@given(st.lists(st.builds(Query, st.sampled_from("abc"), st.text(max_size=60), st.sampled_from(["full", "keywords"]))))
def test_every_question_is_kept_or_counted_once(written: list[Query]) -> None:
    result = clean(written, CHUNKS, RULES)
    assert len(result.kept) + sum(result.dropped.values()) == len(written)
    assert tuple(result.dropped) == REASONS
    assert set(result.kept) <= set(written)
