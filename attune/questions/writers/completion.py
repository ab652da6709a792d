"""What a chat server answered, read and checked before it is kept: what is kept, every later run must be able to read.

Servers of other makers leave fields out, name them otherwise, or send a text in parts; what they add is ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from attune.questions.asking.replies import Reply
from attune.questions.cleaning.queries import readable
from attune.questions.cleaning.reading.values import DEEPEST
from attune.servers.words import is_page, words_of

MOST_TOKENS = 10**9  # a count above is none
READ = ("prompt_tokens", "input_tokens", "prompt_eval_count", "promptTokenCount", "inputTokens")
WRITTEN = ("completion_tokens", "output_tokens", "eval_count", "candidatesTokenCount", "outputTokens")
INSIDE = ("text", "value", "content", "parts")  # fields of a part that hold its text
SPOKEN = ("text", "output_text", "")  # types of the parts of a text; the others are thoughts, or no text
# colours of a terminal, controls, and what is left of halves of characters
_UNKEEPABLE = re.compile("\x1b\\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffd]")
FILTERED = ("content_filter", "content-filter", "safety", "prohibited_content", "recitation", "blocked", "blocklist")
CUT = ("length", "max_tokens", "max_output_tokens", "model_length")
CUT_OFF = "the reply was cut off at synthesize_questions.max_reply_tokens before it held an answer"


class NoAnswerError(ValueError):
    """A reply that was paid for and holds no answer: it is not kept, so that it can be asked for again.

    Attributes:
        reply: what it costs.
    """

    def __init__(self, problem: str, reply: Reply) -> None:
        super().__init__(problem)
        self.reply = reply


def to_reply(body: object, batch: bool = False) -> Reply:
    """Return the reply in what a server answered.

    Args:
        body: the answer, as parsed JSON; text where it is none.
        batch: whether it was bought by a batch.

    Raises:
        NoAnswerError: its text is empty, and the model did not refuse; or it was cut off before it held an answer.
        ValueError: it cannot be read; some gateways answer 200 with an error in the body, or with a page of HTML.
    """
    if isinstance(body, list):
        body = _streamed(body)
    if not isinstance(body, Mapping) or not body.get("choices"):
        page = "it is a page of HTML, so base_url may be wrong, or a proxy answered: " if is_page(body) else ""
        said = words_of(body)[:200]
        raise ValueError("the server's reply holds no choices" + (f" ({page}{said})" if said else ""))
    choices = body["choices"]
    choice = choices[0] if isinstance(choices, list) else choices
    if isinstance(choice, Mapping) and (error := choice.get("error") or body.get("error")):
        raise ValueError(f"the server broke off its reply: {words_of(error)}")
    # some send the one piece of a stream
    message = choice.get("message", choice.get("delta")) if isinstance(choice, Mapping) else None
    if not isinstance(message, Mapping):
        raise ValueError(f"the server's reply is not a chat completion: it has no message ({words_of(body)[:200]})")
    finish = choice.get("finish_reason")
    usage = body.get("usage")
    reply = Reply(
        text=_keepable(_text(message)),
        finish_reason="refusal" if message.get("refusal") else _finish(finish),
        prompt_tokens=_tokens(usage, READ),
        completion_tokens=_tokens(usage, WRITTEN),
        batch=batch,
    )
    if not reply.text.strip() and reply.finish_reason != "refusal":
        raise NoAnswerError(_why_empty(reply, bool(_thoughts(message))), reply)
    if reply.finish_reason == "length" and not readable(reply.text):
        raise NoAnswerError(_why_empty(reply, thought=True), reply)
    return reply


def _streamed(events: list[Any]) -> object:
    """Return the reply whose pieces a server sent one by one, unasked, or one that is whole among them.

    Where they are something else, the events.
    """
    whole: dict[str, Any] = {}
    texts: dict[str, str] = {}
    for event in events:
        if not isinstance(event, Mapping) or not isinstance(event.get("choices"), list):
            return events
        whole |= {name: event[name] for name in ("usage", "error") if event.get(name)}
        choice = event["choices"][0] if event["choices"] else {}
        if isinstance(choice, Mapping) and choice.get("message"):
            return event
        delta = choice.get("delta") if isinstance(choice, Mapping) else None
        for name, piece in delta.items() if isinstance(delta, Mapping) else ():
            if isinstance(piece, str):
                texts[name] = texts.get(name, "") + piece
        if isinstance(choice, Mapping) and choice.get("finish_reason"):
            whole["finish"] = choice["finish_reason"]
    return whole | {"choices": [{"message": texts, "finish_reason": whole.get("finish")}]} if texts else events


def _finish(reason: object) -> str:
    """Return why a model stopped, in OpenAI's words where there are any."""
    said = _keepable(reason)
    if said.lower() in FILTERED:
        return "content_filter"
    return "length" if said.lower() in CUT else said or "unknown"


def _why_empty(reply: Reply, thought: bool) -> str:
    if reply.finish_reason == "content_filter":
        return "a content filter withheld the reply (finish_reason: content_filter)"
    if reply.finish_reason == "length":
        return f"{CUT_OFF}; a model that thinks first needs more"
    what = "the reply holds thoughts and no answer" if thought else "the reply is empty"
    return f"{what} (finish_reason: {reply.finish_reason})"


def _text(message: Mapping[str, Any]) -> str:
    """Return what is said; else what a tool is to be called with, or what was misplaced among the thoughts."""
    if (text := _joined(message.get("content"))).strip():
        return text
    calls = message.get("tool_calls")
    functions = [call.get("function") for call in calls if isinstance(call, Mapping)] if isinstance(calls, list) else []
    for function in [*functions, message.get("function_call")]:
        arguments = function.get("arguments") if isinstance(function, Mapping) else None
        if arguments:
            return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    with suppress(ValueError, RecursionError):  # a server that takes all for thoughts; thoughts themselves are no JSON
        if isinstance(json.loads(thoughts := _thoughts(message)), Mapping):
            return thoughts
    return ""


def _joined(content: object) -> str:
    """Return the text in a content, which is one text, parts of one, or nothing.

    Raises:
        ValueError: it is something else.
    """
    if content is not None and not isinstance(content, str | list | Mapping):
        raise ValueError(f"the content of the server's reply is {str(content)[:40]!r}; expected text")
    return _part(content) or (json.dumps(content, ensure_ascii=False) if isinstance(content, Mapping) else "")


def _part(part: object, depth: int = DEEPEST) -> str:
    """Return the text in a part, which may hold others, down to a depth."""
    if isinstance(part, str):
        return part
    if isinstance(part, list):
        return "".join(_part(one, depth - 1) for one in part) if depth else ""
    if not isinstance(part, Mapping) or part.get("type", "") not in SPOKEN or not depth:
        return ""
    return _part(next((part[name] for name in INSIDE if part.get(name)), ""), depth - 1)


def _thoughts(message: Mapping[str, Any]) -> str:
    found = (message.get(name) for name in ("reasoning_content", "reasoning", "thinking"))
    return next((text for text in found if isinstance(text, str) and text.strip()), "")


def _keepable(value: object) -> str:
    return _UNKEEPABLE.sub("", value) if isinstance(value, str) else ""


def _tokens(usage: object, names: tuple[str, ...]) -> int:
    """Return a number of tokens; 0 where it is unknown."""
    found = [usage.get(name) for name in names] if isinstance(usage, Mapping) else []
    value = next((number for number in found if number is not None), 0)
    try:
        count = 0 if isinstance(value, bool) else int(float(value))
    except (TypeError, ValueError, OverflowError):
        return 0
    return count if 0 <= count <= MOST_TOKENS else 0
