"""Replies come as JSON, numbered lists, bullets, labels, quotes and prose; the form of a query tells its kind."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.questions.cleaning.queries import Query, parse, queries_in, readable


@pytest.mark.parametrize(
    "reply",
    [
        "What is a pump?\nWhere is it?",
        "1. What is a pump?\n2. Where is it?",
        "1) What is a pump?\n\n2) Where is it?\n",
        "- What is a pump?\n* Where is it?",
        "• What is a pump?\n– Where is it?",
        "Q1: What is a pump?\nQ2: Where is it?",
        "Question 1: What is a pump?\nQuestion: Where is it?",
        "**Question:** What is a pump?\n**Where is it?**",
        '"What is a pump?"\n“Where is it?”',
        "  10.  What   is a\tpump?\r\n11. Where is it?",
        "1. **What is a pump?**\n2. _Where is it?_",
    ],
)
def test_marks_and_labels_are_no_part_of_a_question(reply: str) -> None:
    assert parse(reply).questions == ["What is a pump?", "Where is it?"]


@pytest.mark.parametrize(
    "question", ["3.5 volts is what?", "2021 revenue: how much?", "-40 degrees is how cold?", "Q fever: what is it?"]
)
def test_a_number_or_letter_that_belongs_to_the_question_stays(question: str) -> None:
    assert parse(question).questions == [question]


def test_empty_reply_holds_no_questions() -> None:
    assert parse("").questions == []
    assert parse("\n - \n1. \n").questions == []


@given(st.text())
def test_any_reply_parses_into_clean_lines(reply: str) -> None:
    for question in parse(reply).questions:
        assert question == " ".join(question.split()) != ""


@pytest.mark.parametrize(
    "reply",
    [
        '{"questions": ["What is a pump?", "Where is it?"]}',
        '["What is a pump?", "Where is it?"]',
        '```json\n{"questions": ["What is a pump?", "Where is it?"]}\n```',
        '```\n["What is a pump?",\n "Where is it?"]```',
        '{"questions": [{"question": "What is a pump?"}, {"question": "Where is it?"}]}',
        '{"q1": "What is a pump?", "q2": "Where is it?"}',
        '{"questions": ["1. What is a pump?", "2. Where is it?"]}',
        '  {"questions":["What is a pump?","Where is it?"]}\n\n',
    ],
)
def test_json_of_any_shape_is_read(reply: str) -> None:
    assert parse(reply).questions == ["What is a pump?", "Where is it?"]


def test_of_json_that_was_cut_off_the_complete_questions_are_kept() -> None:
    assert parse('{"questions": ["What is a \\"pump\\"?", "Where is it?", "When was th').questions == [
        'What is a "pump"?',
        "Where is it?",
    ]
    assert parse('```json\n["What is a pump?", "Whe').questions == ["What is a pump?"]


def test_prose_instead_of_json_is_read_line_by_line() -> None:
    reply = "Here are the questions:\n1. What is a pump?"
    assert parse(reply).questions == ["Here are the questions:", "What is a pump?"]


@pytest.mark.parametrize(
    "reply",
    ['{"questions": ["a"]}', '["a"]', '```json\n["a"]\n```', '["a", "b', "{}", '{"questions": []}', '{"error": "no"}'],
)
def test_json_is_told_whole_fenced_empty_or_cut_off(reply: str) -> None:
    assert parse(reply).is_json


@pytest.mark.parametrize(
    "reply", ["", "What?", "Sure: [1] is this", "[What is a pump?", "{", "[1. What is it?]", "42", '"a"']
)
def test_lines_are_no_json(reply: str) -> None:
    assert not parse(reply).is_json


def test_the_form_of_a_query_tells_its_kind_where_nothing_but_queries_is_in_the_reply() -> None:
    reply = {"questions": ["How is the rotor oiled?", "rotor oil interval", "泵的压力是多少？", "مضخة؟", "ZX-9 rotor"]}
    expected = ["full", "keywords", "full", "full", "keywords"]
    assert [query.kind for query in queries_in("a", parse(json.dumps(reply)), 9)] == expected
    assert [query.kind for query in queries_in("a", parse(f"```json\n{json.dumps(reply)}\n```"), 9)] == expected
    assert [query.kind for query in queries_in("a", parse("\n".join(reply["questions"])), 9)] == ["full"] * 5


@pytest.mark.parametrize("remark", ["I cannot help with that.", "Here they are:", "Sure!", "好的。"])
def test_a_remark_in_json_is_no_keyword_query(remark: str) -> None:
    assert [query.kind for query in queries_in("a", parse(json.dumps([remark])), 3)] == [
        "full"
    ]  # and cleaning drops it


def test_only_the_first_queries_of_a_reply_are_taken_and_those_of_a_reply_that_was_cut_off() -> None:
    replies = {"b": json.dumps(["one two?", "three four", "five six"]), "a": '["seven eight", "nine te'}
    assert [query for chunk, reply in replies.items() for query in queries_in(chunk, parse(reply), 2)] == [
        Query("b", "one two?", "full"),
        Query("b", "three four", "keywords"),
        Query("a", "seven eight", "keywords"),
    ]


ANSWER = json.dumps({"questions": ["What is a pump?", "Where is it?", "rotor oil"]})


@pytest.mark.parametrize(
    "reply",
    [
        f"<think>\nIs it?\n{{'questions': ['Draft?']}}\n</think>\n{ANSWER}",
        f"Is it?</think>```json\n{ANSWER}\n```",
        f"Sure!\n\n```json\n{ANSWER}\n```\n\nShall I write more?",
        f"Sure! {ANSWER}\nShall I write more?",
        str(json.loads(ANSWER)),
        json.dumps(ANSWER),
        "```python\nquestions = " + str(json.loads(ANSWER)["questions"]) + "\n```",
        "Sure:\n\n1. **What is a pump?** (factual)\n2. **Where is it?** (full)\n3. **rotor oil** (short)\n\nMore?",
        "\n".join(json.dumps({"question": text, "answer": "It is so"}) for text in json.loads(ANSWER)["questions"]),
    ],
)
def test_what_stands_around_the_answer_is_no_query(reply: str) -> None:
    assert parse(reply) == (["What is a pump?", "Where is it?", "rotor oil"], True)


def test_questions_about_tags_and_json_are_questions() -> None:
    texts = ["What does <think> do?", "What ends with </think>?"]
    assert parse(json.dumps({"questions": texts})).questions == texts
    lines = ['What does {"query": "x y"} find?', 'Why is ["a b", "c d"] wrong?']
    assert parse("\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))).questions == lines


def test_of_several_answers_the_last_counts_and_single_questions_add_up() -> None:
    one, two = '{"questions": ["What is a draft?", "Is it one?"]}', '{"questions": ["What is a pump?", "Where is it?"]}'
    assert parse(f"Draft:\n{one}\n\nBetter:\n{two}").questions == ["What is a pump?", "Where is it?"]
    assert parse('{"question": "What is a pump?"}\n{"question": "Where?"}').questions == ["What is a pump?", "Where?"]
    assert parse(f'{two}\nOne more:\n{{"question": "When?"}}').questions == ["What is a pump?", "Where is it?", "When?"]


@pytest.mark.parametrize(
    "unit", [" ", "\n", "\t ", "*", "> ", "q ", "| ", "<think>", '{"a":', "1. ", "a) ", "「", "```"]
)
def test_a_model_caught_in_a_loop_is_read_in_linear_steps(unit: str) -> None:
    assert not readable("1. " + unit * 20_000)


def test_a_string_may_hold_a_list_of_questions() -> None:
    assert parse('{"questions": "1. What is it?\\n2. Where is it?"}').questions == ["What is it?", "Where is it?"]


def test_a_list_that_is_begun_again_as_json_and_cut_off_does_not_hide_the_first() -> None:
    reply = '1. What is it?\n2. Where is it?\n\n```python\n[\n  "What is it?",\n  "Whe'
    assert parse(reply).questions[:2] == ["What is it?", "Where is it?"]


def test_remarks_in_front_of_the_questions_take_no_place() -> None:
    reply = parse("Sure! Here they are:\nWhat is a pump?\nWhere is it?")
    assert [query.text for query in queries_in("a", reply, 2)] == ["What is a pump?", "Where is it?"]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (ANSWER, True),
        ("1. What is it?", True),
        ('["rotor oil"]', True),
        ("", False),
        ("I cannot help with that.", False),
        ('{"questions": []}', False),
        ('{"error": "no such model"}', False),
        ("<think>\nWhat is it?", False),
    ],
)
def test_a_reply_without_questions_is_not_readable(reply: str, expected: bool) -> None:
    assert readable(reply) is expected


ANSWER = '{"questions": ["How is the valve oiled?", "valve oil"]}'


@pytest.mark.parametrize(
    "reply",
    [
        f"<think>\nWhat {{a}} valve? Like {{'questions': ['Why?']}}, or\n{ANSWER}",
        f"<think>\nWhat?\n```json\n{ANSWER}\n```\n",
        f"<|channel|>commentary<|message|>{ANSWER}<|end|>",
    ],
)
def test_an_answer_at_the_end_of_thoughts_that_were_never_closed_is_read(reply: str) -> None:
    assert parse(reply) == (["How is the valve oiled?", "valve oil"], True)


@pytest.mark.parametrize(
    "reply",
    [
        f"<think>\nPerhaps {ANSWER}, but is that good?",  # a draft
        '<think>\nWhat?\n["How is the valve oiled?"]',  # no field says that it is the answer
        '<think>\nWhat?\n{"questions": ["How is the valve',
        f"<think>\n{ANSWER}\n</think>",
    ],
)
def test_drafts_among_thoughts_are_no_answer(reply: str) -> None:
    assert parse(reply).questions == []
