"""From the text of a reply to the questions in it."""

from __future__ import annotations

import re

# "1. ", "2) ", "- ", "* ", "• ", "Q: ", "Question 3: ", "**Question:** "
_LABEL = re.compile(
    r"^[\s>*_#]*(?:(?:\(?\d{1,2}[.):]|[-*•–])\s+|\**(?:q|question|query)\s*\d*\s*[:.)]\**\s*)*", re.IGNORECASE
)
_QUOTES = "\"'“”‘’`*_ "


def parse_questions(reply: str) -> list[str]:
    """Return the non-empty lines of a reply without list marks, labels and quotes.

    A line is not yet a good question; `cleaning.py` decides that.
    """
    lines = (_LABEL.sub("", line, count=1).strip(_QUOTES) for line in reply.splitlines())
    return [" ".join(line.split()) for line in lines if line]
