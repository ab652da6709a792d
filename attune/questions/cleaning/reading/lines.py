"""Questions that stand one a line: lists, tables or bare lines, with the marks that models put around them."""

from __future__ import annotations

import re

from attune.text.clean import clean

QUESTION_MARKS = ("?", "\uff1f", "\u061f", "\u037e")  # Latin, full-width, Arabic, Greek
_INDENT = r"(?P<indent>[\s>]*)"
# "1. ", "2) ", "- ", "* ", "• ", "Q: ", "Question 3: ", "**Question:** "
_LABEL = re.compile(
    r"^[\s>*_#]*(?:(?:\(?\d{1,2}[.):]|[-*•–])\s+|\**(?:q|question|query)\s*\d*\s*[:.)]\**\s*)*", re.IGNORECASE
)
_ITEM = re.compile(
    rf"^{_INDENT}[*_#\s]*(?:(?P<number>\(?\d{{1,2}}[.):]\s)|(?P<label>(?:q|question|query)\s*\d*\s*[:.)])|[-*•–]\s)",
    re.IGNORECASE,
)
_QUOTES = "\"'“”‘’`*_ "
# "(full) ", "**Keywords:** "
_KIND = re.compile(
    r"^[*_(\[]*(?:full|hurried|keywords?|factual)(?:\s+(?:question|query|search))?[*_]*[:)\]][*_]*\s+", re.IGNORECASE
)
_TAGGED = re.compile(
    r"(?:^|>)[ \t]*<(question|query|q|item|li)\d*\b[^<>]*>(.{0,1000}?)</\1\d*>(?=[ \t]*(?:$|<))",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_ONLY_MARKS = re.compile(
    r"\s*(?:`{3,}\s*\w*|~{3,}\s*\w*|[*_#\s]*(?:question|query)\s*\d+[*_\s]*|</?\w+>)\s*", re.IGNORECASE
)
# **query** (factual): the bold part is all of it
_WRAPPED = re.compile(r"^\*\*(?P<bold>[^*]+)\*\*\s*(?:[(\[][^)\]]*[)\]])?$|^[\"“](?P<quoted>[^\"“”]+)[\"”]$")
# what follows a question: (factual), [keyword], - asks about ..., *Answer: ...*
_REMARK = re.compile(
    r"(?<=[?？؟])[\"'”’`*_]*(?::\s.*|\s+(?:[(\[][^()\[\]]*[)\]][.*_\s]*|[*_]*[-–—|→](?!.*[?？؟]).*|[*_]+\w.*))$",
    re.DOTALL,
)
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # colours of a terminal
_CELL = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*")
_HEAD = re.compile(r"questions?|(?:search\s*)?quer(?:y|ies)|text", re.IGNORECASE)
_MARK = re.compile(f"[{''.join(QUESTION_MARKS)}]")


def bare(text: str) -> str:
    """Return a query without its list mark, label, quotes and remarks, its words joined by single spaces."""
    text = _KIND.sub("", _LABEL.sub("", clean(_ANSI.sub("", text)), count=1)).strip()
    wrapped = _WRAPPED.match(text)
    text = wrapped["bold"] or wrapped["quoted"] if wrapped else _REMARK.sub("", text)
    return " ".join(text.strip(_QUOTES).split())


def listed(text: str) -> tuple[list[str], bool]:
    """Return the lines that may be questions, and whether the form of each says that it is a query.

    Where two lines have list marks, such lines come first, and none below a numbered one: what stands around a list
    are remarks of the model.
    """
    if rows := table(text) or [said for _, said in _TAGGED.findall(text)]:
        return rows, True
    lines = [line for line in text.splitlines() if not _ONLY_MARKS.fullmatch(line)]
    found = [(line, mark) for line in lines if (mark := _ITEM.match(line)) and bare(line)]
    if len(found) < 2:
        return lines, False
    if any(mark["number"] for _, mark in found):
        found = [(line, mark) for line, mark in found if mark["number"] or mark["label"] or not mark["indent"]]
    items = [line for line, _ in found]
    if all(_WRAPPED.match(_LABEL.sub("", line, count=1).strip() or "-") for line in items):
        return items, True
    # remarks come last, where cleaning drops and counts them
    return items + [line for line in lines if not _ITEM.match(line) and not _MARK.search(line)], False


def table(text: str) -> list[str]:
    """Return the column of a Markdown table that holds the questions: by its head, else the one with most of them."""
    lines = text.splitlines()
    rule = next((n for n, line in enumerate(lines) if n and "|" in line and _RULE.fullmatch(line)), None)
    if rule is None:
        return []
    head, *rows = [_cells(line) for line in [lines[rule - 1], *lines[rule + 1 :]] if "|" in line]
    named = [n for n, name in enumerate(head) if _HEAD.fullmatch(name.strip(_QUOTES))]
    marks = [sum(bool(_MARK.search(row[n])) for row in rows if n < len(row)) for n in range(len(head))]
    if not named and not any(marks):
        return []
    column = named[0] if named else marks.index(max(marks))
    return [row[column] for row in rows if column < len(row) and row[column]]


def _cells(line: str) -> list[str]:
    return [cell.replace("\\|", "|").strip() for cell in _CELL.split(line.strip().removeprefix("|").removesuffix("|"))]
