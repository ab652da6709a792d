"""Each rule drops what it names, and only that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.lib.beir import Chunk
from stages.lib.cleaning import REASONS, Rules, clean

RULES = Rules(min_words=4, max_words=12, rare_fraction=0.34)
CHUNKS = [
    Chunk("a", "", "The Atlas pump moves water, and the inlet filter is changed every 500 hours."),
    Chunk("b", "", "The Borea fan moves air, and the rotor is oiled every 200 hours."),
    Chunk("c", "", "The Ceres oven moves heat, and the door is sealed every 100 hours."),
]


def reasons(*written: tuple[str, str]) -> dict[str, int]:
    return {reason: count for reason, count in clean(written, CHUNKS, RULES).dropped.items() if count}


def test_good_questions_are_kept_in_order() -> None:
    written = [("b", "How often is the rotor oiled?"), ("a", "When is the inlet filter changed?")]
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
    result = clean([("a", question), ("a", question.upper())], CHUNKS, RULES)
    assert result.kept == [("a", question)]
    assert result.dropped["duplicate"] == 1


def test_question_asked_of_several_chunks_is_dropped_everywhere() -> None:
    chunks = [*CHUNKS, Chunk("d", "", "The Atlas pump has a blue lamp.")]
    question = "What colour has the Atlas pump?"
    result = clean([("a", question), ("d", question)], chunks, Rules(4, 12, 0.5))
    assert result.kept == []
    assert result.dropped["asked_of_several_chunks"] == 2


def test_question_in_a_script_without_spaces_finds_its_chunk() -> None:
    chunks = [Chunk("x", "", "東京の地下鉄は便利です。"), Chunk("y", "", "大阪の食べ物は有名です。")]
    question = "地下鉄は便利ですか？"
    assert clean([("x", question)], chunks, Rules(4, 40, 0.5)).kept == [("x", question)]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=60))))
def test_every_question_is_kept_or_counted_once(written: list[tuple[str, str]]) -> None:
    result = clean(written, CHUNKS, RULES)
    assert len(result.kept) + sum(result.dropped.values()) == len(written)
    assert tuple(result.dropped) == REASONS
    assert set(result.kept) <= set(written)
