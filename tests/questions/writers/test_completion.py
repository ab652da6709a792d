"""The door: whatever a server answers becomes a reply that can be kept and read again, or a reason why not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.questions.asking.replies import Replies
from attune.questions.writers.completion import NoAnswerError, to_reply
from attune.servers.words import parsed
from tests.support.asking import requests

ANSWER = '{"questions": ["What is alpha?"]}'


def body(message: Any, finish: Any = "stop", **changes: Any) -> dict[str, Any]:
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    return {"choices": [{"message": message, "finish_reason": finish}], "usage": usage} | changes


@pytest.mark.parametrize(
    "message",
    [
        {"content": ANSWER},
        {"content": [{"type": "text", "text": ANSWER}]},
        {"content": [{"type": "thinking", "thinking": [{"text": "hm"}]}, {"type": "text", "text": ANSWER}]},
        {"content": [ANSWER[:9], {"text": ANSWER[9:]}]},
        {"content": [{"type": "output_text", "text": {"value": ANSWER, "annotations": []}}]},
        {"content": json.loads(ANSWER)},
        {"content": [{"parts": [{"text": ANSWER[:9]}, [ANSWER[9:]]]}]},
        {"content": None, "tool_calls": [{"function": {"name": "f", "arguments": ANSWER}}]},
        {"content": "", "tool_calls": [{"function": {"name": "f", "arguments": json.loads(ANSWER)}}]},
        {"content": None, "function_call": {"arguments": ANSWER}},
        {"content": None, "reasoning_content": ANSWER},
        {"content": ANSWER, "reasoning_content": "What else?", "tool_calls": None},
    ],
)  # fmt: skip
def test_the_answer_is_found_in_whatever_form_it_comes(message: dict[str, Any]) -> None:
    assert to_reply(body(message)).text == ANSWER


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": None, "completion_tokens": None}, (0, 0)),
        ({"input_tokens": 7, "output_tokens": 3}, (7, 3)),
        ({"prompt_tokens": "7", "completion_tokens": 3.0}, (7, 3)),
        ({"prompt_tokens": -1, "completion_tokens": float("nan")}, (0, 0)),
        ({"prompt_tokens": "many", "completion_tokens": [1]}, (0, 0)),
        ({"prompt_tokens": 1e300, "completion_tokens": True}, (0, 0)),
        (None, (0, 0)),
        ([], (0, 0)),
    ],
)
def test_tokens_are_numbers_whatever_is_told(usage: object, tokens: tuple[int, int]) -> None:
    reply = to_reply(body({"content": ANSWER}, usage=usage))
    assert (reply.prompt_tokens, reply.completion_tokens) == tokens


def test_a_piece_or_a_whole_reply_in_a_list_is_read() -> None:
    choice = {"delta": {"content": ANSWER}, "finish_reason": "stop"}
    assert [to_reply(sent).text for sent in ({"choices": [choice]}, [body({"content": ANSWER})])] == [ANSWER] * 2


def test_a_content_of_any_depth_is_a_reason() -> None:
    deep = json.loads("[" * 900 + "]" * 900)
    with pytest.raises(ValueError, match="empty"):
        to_reply(body({"content": deep}))


def test_halves_of_characters_and_controls_are_dropped() -> None:
    reply = to_reply(body({"content": "a\ud83d\ufffd\x00\x1b[1m\x1bb\n\tc\U0001f600"}, finish="st\udc00op"))
    assert (reply.text, reply.finish_reason) == ("ab\n\tc\U0001f600", "stop")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"error": "There is no endpoint"}, "holds no choices .*There is no endpoint"),
        ("<html><title>Log in</title></html>", "a page of HTML.*Log in"),
        ({"choices": [{"text": "no message"}]}, "not a chat completion"),
        ({"choices": "?"}, "not a chat completion"),
        ({"choices": [{"error": {"message": "upstream died"}, "message": {"content": "a"}}]}, "broke .*upstream died"),
        (body({"content": 7}), "'7'; expected text"),
        (body({"content": True}), "'True'; expected text"),
        (None, "holds no choices"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_reason(answer: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        to_reply(answer)


@pytest.mark.parametrize(
    ("message", "finish", "words"),
    [
        ({"content": ""}, "stop", "the reply is empty"),
        ({"content": " \n"}, None, "the reply is empty"),
        ({"content": "\x00"}, "stop", "the reply is empty"),
        ({"content": [{"type": "image", "url": "a"}]}, "stop", "the reply is empty"),
        ({"content": None, "reasoning_content": "What is asked?"}, "stop", "thoughts and no answer"),
        ({"content": None, "reasoning": "Hm"}, "length", "cut off at synthesize_questions.max_reply_tokens"),
        ({"content": None}, "content_filter", "content filter"),
    ],
)
def test_a_reply_without_an_answer_says_why_and_what_it_cost(message: dict[str, Any], finish: Any, words: str) -> None:
    with pytest.raises(NoAnswerError, match=words) as caught:
        to_reply(body(message, finish), batch=True)
    assert (caught.value.reply.prompt_tokens, caught.value.reply.batch) == (10, True)


def test_a_refusal_in_words_is_a_reply() -> None:
    assert to_reply(body({"content": None, "refusal": "No."})).finish_reason == "refusal"


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800")
NAMES = (
    "choices message content finish_reason usage prompt_tokens completion_tokens type text refusal tool_calls function"
)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*NAMES.split(), "arguments"]), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(st.builds(body, JSON, JSON, usage=JSON) | JSON)
def test_any_answer_is_kept_and_read_again_or_refused(tmp_path_factory: pytest.TempPathFactory, answer: object) -> None:
    path = tmp_path_factory.mktemp("ledger") / "replies.jsonl"
    try:
        reply = to_reply(parsed(json.dumps(answer).encode()))
    except ValueError:
        return
    with Replies(path) as replies:
        replies.add(requests(1)[0], reply)
    assert list(Replies.read(path).values()) == [reply]
