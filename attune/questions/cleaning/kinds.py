"""The kinds of queries that are written: full questions, hurried ones, keywords.

People type all three. A server's model is told how many of each to write; what the local model writes, full questions
all of them, is put into the other forms by rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from attune.questions.cleaning.parse import Parsed

QUESTION_MARKS = ("?", "\uff1f", "\u061f", "\u037e")  # Latin, full-width, Arabic, Greek
SENTENCE_ENDS = (".", "!", ":", "\u2026", "\u3002", "\uff01", "\u0964")  # of a remark of the model


class Query(NamedTuple):
    """A query, the chunk that answers it, and its kind: one of these or of `attune.questions.cleaning.headings`."""

    chunk_id: str
    text: str
    kind: str


def queries_in(chunk_id: str, reply: Parsed, most: int) -> Iterator[Query]:
    """Yield the first `most` queries of the reply about a chunk, their kind told by their form.

    What has no question mark is a keyword query, if the reply is JSON and it is no sentence: else it is as likely a
    remark of the model, and is left to the cleaning.
    """
    for text in reply.questions[:most]:
        keywords = reply.is_json and not text.endswith(QUESTION_MARKS + SENTENCE_ENDS)
        yield Query(chunk_id, text, "keywords" if keywords else "full")
