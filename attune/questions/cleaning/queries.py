"""From the text of a reply to the queries in it: JSON where the server keeps to it, else one question a line.

People type full questions, hurried ones and keywords. A server's model is told how many of each to write; what the
local model writes, full questions all of them, is put into the other forms by rule (`rephrase.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile, islice
from typing import Any, NamedTuple

from attune.questions.cleaning.reading.fields import are_questions, decoded, named_questions, questions_of
from attune.questions.cleaning.reading.lines import QUESTION_MARKS, bare, listed
from attune.questions.cleaning.reading.thoughts import answer, unclosed
from attune.questions.cleaning.reading.values import MOST, value_at, values_in

SENTENCE_ENDS = (".", "!", ":", "\u2026", "\u3002", "\uff01", "\u0964")  # of a remark of the model
_BLANKS = re.compile(r"\s{9,}")  # models caught in a loop write nothing else, and each pattern would go through them
_FENCE = re.compile(r"^\s*```\w*\s*\n?(.*?)(?:```\s*)?$", re.DOTALL)
_TURN_END = re.compile(r"<\|\w+\|>|</s>")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?')  # with a colon it is the name of a field


class Query(NamedTuple):
    """A query, the chunk that answers it, and its kind: one of `params.KINDS` or of `records.HEADINGS`."""

    chunk_id: str
    text: str
    kind: str


class Parsed(NamedTuple):
    """The questions in a reply, and whether it is JSON, or another form that tells queries from all else."""

    questions: list[str]
    is_json: bool


def parse(reply: str) -> Parsed:
    """Return the questions of a reply without list marks, labels and quotes, and without what stands around them.

    A line is not yet a good question; `cleaner.py` decides that.
    """
    reply = _BLANKS.sub(lambda blanks: "\n" if "\n" in blanks[0] else " ", reply)
    found = _whole(reply)  # what is JSON from end to end holds no thoughts, but may be about their tags
    if found is None:
        text = answer(reply)
        found = _whole(text)
        if found is None:
            found = _in_prose(text)
        if found is None and not text.strip():
            found = _at_the_end(unclosed(reply))
        if found is None:
            lines, told = listed(text)
            return Parsed(_bare(lines), told)
    return Parsed(_bare(found), True)


def readable(reply: str) -> bool:
    """Tell whether there is a question in a reply, or a query in JSON: if most have none, the model is a wrong one."""
    found = parse(reply)
    return any(found.is_json or text.endswith(QUESTION_MARKS) for text in found.questions)


def queries_in(chunk_id: str, reply: Parsed, most: int) -> Iterator[Query]:
    """Yield the first `most` queries of the reply about a chunk, their kind told by their form.

    What has no question mark is a keyword query, if the reply is JSON and it is no sentence: else it is as likely a
    remark of the model, and is left to the cleaning. Remarks in front of the questions take no place of theirs.
    """
    texts: Iterator[str] = iter(reply.questions)
    if not reply.is_json and any(text.endswith(QUESTION_MARKS) for text in reply.questions):
        texts = dropwhile(lambda text: text.endswith(SENTENCE_ENDS), texts)
    for text in islice(texts, most):
        keywords = reply.is_json and not text.endswith(QUESTION_MARKS + SENTENCE_ENDS)
        yield Query(chunk_id, text, "keywords" if keywords else "full")


def _bare(texts: list[str]) -> list[str]:
    return [text for line in texts for text in map(bare, _parts(line)) if text]


def _parts(text: str) -> list[str]:
    """Return the questions of a string that holds several lines of them, else the string."""
    lines = listed(text)[0] if "\n" in text else []
    return lines if sum(bare(line).endswith(QUESTION_MARKS) for line in lines) > 1 else [text]


def _whole(text: str) -> list[str] | None:
    """Return the questions of a text that is one value, fenced or not, complete or cut off, or a value in a string."""
    body = _FENCE.sub(r"\1", text).strip()
    value: Any = None
    if body.startswith(("{", "[")):
        value, end = value_at(body, 0) or (None, None)
        if end is not None and body[end:].strip():
            return None
    elif body.startswith('"{') or body.startswith('"['):
        value, _ = value_at(f"[{body}]", 0) or (None, None)
        value = decoded(value[0]) if value else None
    return None if value is None else questions_of(value)


def _at_the_end(thoughts: str) -> list[str] | None:
    """Return the questions of the value that ends thoughts, if fields say that it is the answer: others are drafts."""
    start, text = 0, thoughts.strip().removesuffix("```").rstrip()
    for _ in range(MOST):
        if (start := text.find("{", start)) < 0:
            break
        value, end = value_at(text, start) or (None, None)
        if end is not None and not _TURN_END.sub("", text[end:]).strip():
            return questions_of(value) if named_questions(value) else None
        start = end or start + 1
    return None


def _in_prose(text: str) -> list[str] | None:
    """Return the questions of the values in prose; of what only begins like JSON, the complete strings are kept."""
    found: list[list[str]] = []
    for value, before in values_in(text):
        # a model that has written its questions may begin to write them again, and be cut off
        if are_questions(value) and not any(bare(line).endswith(QUESTION_MARKS) for line in before.splitlines()):
            said = questions_of(value)
            if named_questions(value) and len(said) > 1:  # all of an answer: those in front were drafts of it
                found = [one for one in found if len(one) > len(said)]
            found.append(said)
    if found:
        return [question for said in found for question in said]
    body = _FENCE.sub(r"\1", text).strip()
    strings = _STRING.findall(body) if body.startswith(("{", "[")) else []
    return [string for string, colon in strings if not colon] or None
