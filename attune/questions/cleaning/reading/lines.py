"""Questions that stand one a line: lists, tables or bare lines, with the marks that models put around them."""

from __future__ import annotations

import csv
import re

from attune.text.clean import clean

QUESTION_MARKS = ("?", "\uff1f", "\u061f", "\u037e")  # Latin, full-width, Arabic, Greek
_INDENT = r"(?P<indent>[\s>]*+)"
# "1. ", "(2) ", "3、", "**4.** ", "⑤", "6" in a keycap
_NUMBER = r"(?:[(（]?\d{1,2}[.):]\**\s|[(（]?\d{1,2}[、．）]|[\u2460-\u2473\u2776-\u277f\u24f5-\u24fe]|\d\ufe0f?\u20e3)"
_LETTER = r"\(?(?:[a-h]\)|(?-i:i{1,3}|iv|vi{1,3}|ix)[.)])\s"  # no "E. ", which is of "E. coli"
_BULLET = r"[-+*•–‣◦▪●○➤►→]\s(?:\[[ xX]?\]\s)?"
# "Q: ", "Question 3: ", "**Question:** "; the other languages are those of our users' models
_LABELS = (
    r"(?:q|(?:such)?(?:an)?frage|questions?|query|pregunta|consulta|domanda|pergunta|vraag|fråga|spørsmål|spørgsmål"
    r"|pytanie|otázka|soru|вопрос|питання|问题|問題|質問|問|سؤال|질문|प्रश्न)\s*\d*\s*[:：.)]"
)
_LABEL = re.compile(rf"^[\s>*_#]*+(?:(?:{_NUMBER}|{_LETTER}|{_BULLET})\s*|\**{_LABELS}\**\s*)*", re.IGNORECASE)
_ITEM = re.compile(
    rf"^{_INDENT}[*_#\s]*(?:(?P<number>{_NUMBER})|(?P<letter>{_LETTER})|(?P<label>{_LABELS})|{_BULLET})", re.IGNORECASE
)
# all of a list in one line
_INLINE = re.compile(r"(?<=[?？؟])[\"”*_]*[ \t]+(?=[(（]?\d{1,2}[.):）]\s)")
_QUOTES = "\"'“”‘’`*_ "
# "(full) ", "**Keywords:** "
_KIND = re.compile(
    r"^[*_(\[]*(?:full|hurried|keywords?|factual)(?:\s+(?:question|query|search))?[*_]*[:)\]][*_]*\s+", re.IGNORECASE
)
_TAGGED = re.compile(
    r"(?:^|(?<=>))[ \t]*<(question|query|q|item|li)\d*\b[^<>]*>(?:<!\[CDATA\[)?(.{0,1000}?)(?:\]\]>)?</\1\d*>"
    r"(?=[ \t]*(?:$|<))",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_ONLY_MARKS = re.compile(
    r"\s*(?:`{3,}\s*\w*|~{3,}\s*\w*|[*_#\s]*(?:question|query)\s*\d+[*_\s]*|</?\w+>)\s*", re.IGNORECASE
)
# **query** (factual): the bold part is all of it
_WRAPPED = re.compile(r"^\*\*(?P<bold>[^*]+)\*\*\s*(?:[(\[][^)\]]*[)\]])?$|^[\"“](?P<quoted>[^\"“”]+)[\"”]$")
# what follows a question: (factual), [keyword], - asks about ..., *Answer: ...*
_REMARK = re.compile(
    r"(?<=[?？؟])(?:\*\*\s.*|[\"'”’`*_]*(?::\s.*|\s+(?:[(\[][^()\[\]]*[)\]][.*_\s]*|[*_]*[-–—|→](?!.*[?？؟]).*|[*_]+\w.*)))$",
    re.DOTALL,
)
_CELL = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*")
_HEAD = re.compile(r"questions?|(?:search\s*)?quer(?:y|ies)|text", re.IGNORECASE)
_NAME = re.compile(r"[\w ]{1,20}|#")
_MARK = re.compile(f"[{''.join(QUESTION_MARKS)}]")


def bare(text: str) -> str:
    """Return a query without its list mark, label, quotes and remarks, its words joined by single spaces."""
    text = _KIND.sub("", _LABEL.sub("", clean(text), count=1)).strip()
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
    lines = [line for line in _INLINE.sub("\n", text).splitlines() if not _ONLY_MARKS.fullmatch(line)]
    found = [(line, mark) for line in lines if (mark := _ITEM.match(line)) and bare(line)]
    if len(found) < 2:
        several = sum(bool(_MARK.search(line)) for line in lines) > 1  # then others may be headings over them
        return [line for line in lines if not (several and bare(line).endswith((":", "：")))], False
    if any(mark["number"] for _, mark in found):
        below = [
            bool(mark["letter"] or (mark["indent"] and not mark["number"] and not mark["label"])) for _, mark in found
        ]
        found = [one for one, is_below in zip(found, below, strict=True) if not is_below]
    items = [line for line, _ in found]
    if all(_WRAPPED.match(_LABEL.sub("", line, count=1).strip() or "-") for line in items):
        return items, True
    # remarks come last, where cleaning drops and counts them
    return items + [line for line in lines if not _ITEM.match(line) and not _MARK.search(line)], False


def table(text: str) -> list[str]:
    """Return the column of a table that holds the questions: by its head, else the one with most of them.

    That is one of Markdown, or of cells that a head with one name for questions tells to be such.
    """
    lines = text.splitlines()
    rule = next((n for n, line in enumerate(lines) if n and "|" in line and _RULE.fullmatch(line)), None)
    if rule is None:
        heads = ((n, mark) for n, line in enumerate(lines[:-1]) for mark in "|\t,;" if _is_head(line, mark))
        begin, mark = next(heads, (len(lines), "|"))
        below = lines[begin + 1 :]
    else:
        begin, mark, below = rule - 1, "|", lines[rule + 1 :]
    head, *rows = [_cells(line, mark) for line in [*lines[begin : begin + 1], *below] if mark in line] or [[]]
    named = [n for n, name in enumerate(head) if _HEAD.fullmatch(name.strip(_QUOTES))]
    marks = [sum(bool(_MARK.search(row[n])) for row in rows if n < len(row)) for n in range(len(head))]
    if not named and not any(marks):
        return []
    column = named[0] if named else marks.index(max(marks))
    return [row[column] for row in rows if column < len(row) and row[column]]


def _is_head(line: str, mark: str) -> bool:
    names = [cell.strip(_QUOTES) for cell in _cells(line, mark)]
    is_prose = mark in ",;" and f"{mark} " in line
    return len(names) > 1 and any(map(_HEAD.fullmatch, names)) and all(map(_NAME.fullmatch, names)) and not is_prose


def _cells(line: str, mark: str) -> list[str]:
    if mark != "|":
        return next(csv.reader([line.strip()], delimiter=mark, skipinitialspace=True), [])
    return [cell.replace("\\|", "|").strip() for cell in _CELL.split(line.strip().removeprefix("|").removesuffix("|"))]
