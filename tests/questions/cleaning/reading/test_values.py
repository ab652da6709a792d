"""JSON is found wherever it stands, and what is nearly JSON is read as what it means."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.questions.cleaning.reading.values import value_at, values_in

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
)


@given(JSON.map(lambda value: [value]))
def test_json_is_read_as_it_is(value: Any) -> None:
    text = json.dumps(value)
    assert value_at(text, 0) == (value, len(text))


@pytest.mark.parametrize(
    "text",
    [
        "{'a': ['What\\'s x?', \"It's y?\"], 'n': None, 't': (True, False)}",
        "{“a”: [“What's x?”, “It's y?”], “n”: null, “t”: [true, false]}",
        "{‘a’: [‘What's x?’, ‘It's y?’], ‘n’: null, ‘t’: [true, false]}",
        '{"a": ["What\'s x?", "It\'s y?",], "n": null, "t": [true, false,],}',
        '{"a": ["What\'s x?" "It\'s y?"], "n": null, "t": [true, false]}',
        "{”a”: [”What's x?”, ”It's y?”], ”n”: null, ”t”: [true, false]}",
        "{«a»: [«What's x?», «It's y?»], «n»: null, «t»: [true, false]}",
        "{`a`: [`What's x?`; `It's y?`], `n`: null, `t`: [true, false]}",
        '{"a"：["What\'s x?"，"It\'s y?"]，"n"：null，"t"：[true，false]}',
        '{a: ["What\'s x?", "It\'s y?"], // two\n n: null, /* all */ t: [true, false]}',
    ],
)
def test_what_is_nearly_json_is_read(text: str) -> None:
    assert value_at(text, 0) == ({"a": ["What's x?", "It's y?"], "n": None, "t": [True, False]}, len(text))


def test_quotes_and_backslashes_that_nobody_escaped_stay() -> None:
    text = '["What is a "pump"?", "Where is C:\\_x?", "\\x41"]'
    assert value_at(text, 0) == (['What is a "pump"?', "Where is C:\\_x?", "A"], len(text))


@pytest.mark.parametrize("end", range(12, 44))
def test_of_a_value_that_was_cut_off_what_is_complete_is_kept(end: int) -> None:
    text = '{"a": ["one two?", "three four?"], "b": "five"}'[:end]
    found = value_at(text, 0)
    whole = [part for part in ("one two?", "three four?") if f'"{part}"' in text]
    assert found == ({"a": whole} if whole else None, None) or (found is None and not whole)


@pytest.mark.parametrize("text", ["[What is it?", "{", "[1. What is it?]", "[" * 5000, "[a b]"])
def test_what_is_no_value_is_none(text: str) -> None:
    assert value_at(text, 0) is None


@pytest.mark.parametrize(
    "text",
    [
        "Sure:\n[1]\nMore?",
        "Sure: [1]",
        "Sure: [1].\nMore?",
        "```json\n[1]\n```",
        "So: ```[1]``` it is.",
        "- [1] yes",
        "<a=b>[1]</a> yes",
    ],
)
def test_a_value_in_prose_stands_at_one_end_of_a_line(text: str) -> None:
    assert list(values_in(text)) == [([1], "")]


def test_in_a_line_a_value_is_what_the_line_is_about() -> None:
    assert list(values_in('What does {"query": "x"} find?')) == []


@given(st.text("[]{}()\"'“”‘’,: \n\\ab1", max_size=60))
def test_anything_can_be_looked_through(text: str) -> None:
    list(values_in(text))
