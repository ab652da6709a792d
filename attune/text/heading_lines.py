"""Which lines of a text are headings: marked, underlined, or short lines that stand alone; and which are captions.

Documents come from anywhere: Markdown, text that was wrapped at some width, pages of PDF files whose paragraphs are one
line each. A heading that is missed costs a query; a line taken for one by mistake teaches nonsense.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import dropwhile, pairwise, takewhile

from attune.text.words import words

LONGEST = 100  # characters of a heading
LONGEST_CAPTION = 250
MOST_WORDS = 12  # of a line that only looks like a heading
LOOKED_AT = 50  # lines below one that may be a heading
SHORTEST_TEXT = 100  # characters below a heading in its chunk; with fewer the chunk does not answer it
_MARKED = re.compile(r"(?P<mark>#{1,6})[ \t]+(?P<text>.+?)(?:[ \t]+#+)?$")
_UNDERLINE = re.compile(r"([=*~^#\"-])\1{2,}$")
_GOES_ON = r"(?!\s*(?-i:[a-zß-öø-ÿа-я]))"  # "Article 5 of the treaty", "Table 2 shows": the number is part of a phrase
_NUMBER = re.compile(  # "3.1 ", "4. ", "B) ", "Chapter 7: "; but not that of "10 ways to save" or "A new engine"
    r"(?:(?:(?i:chapter|section|part|item|article)\s+|§\s*)(?:\d+(?:\.\d+)*[A-Z]?|[A-Z]|[IVX]+)\b\s*[.):–—-]?\s*"
    rf"|\d+(?:\.\d+)+[.):]?\s+){_GOES_ON}|(?:\d{{1,2}}|[A-Z]|[IVX]+)[.):]\s+"
)
_CAPTION = re.compile(
    r"(?:fig(?:ure|uur|\.)?|figura|table|tab(?:elle|ella|ela|el|leau|la|\.)|exhibit|chart|box|abb(?:ildung|\.)?"
    r"|afbeelding|рис(?:унок|\.)|таблица|[图圖図表]|그림|표)\s*\d+(?:[.-]\d+)*"
    rf"(?:\s*[.:：|–—-]\s*|\s+{_GOES_ON})(?P<text>\S.*)$",
    re.I,
)
_ENUMERATED = re.compile(r"\(?(?:\d{1,2}|[a-z])[.)]\s", re.I)
_SENTENCE_END = re.compile(r"[.!?:;。！？：；]\W*(?:\[\d+\])?$")  # a mark of a footnote may follow
_NO_HEADING_END = re.compile(r"[.,;:!。，、；：！]\W*(?:\[\d+\])?$")
_CODE = re.compile(r"[=<>{}|;\\_@]|\(\)|::|--")
_STATEMENT = re.compile(  # in the line below a comment of a program
    r"\s|#[ \t]|[\w.\[\]]+(?:\s*[-+*/|:]?=|\()|.*[{};]$"
    r"|(?:import|from|def|class|if|for|while|with|try|return|async|public|private|static|const|let|var|sudo)\b"
)
_TABLE = re.compile(r"\S(?: {2,}|\t)\S|\d\s+[($€£—–-]*\d|[$€£]\s?\d|\d,\d{3}|\d\s?%|\(\d[\d,.]*\)|—\s+—")
_BOLD = re.compile(r"(\*\*|__)(?P<text>[^*_]+)\1$")
_FENCE = re.compile(r"\s*(?:```|~~~)\s*(?P<language>.*)")
_TAIL = 20  # characters that tell how a line ends


def heading_lines(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield each heading of a text, its kind, and how many characters stand below it up to the next one."""
    lines = [line.rstrip() for line in text.split("\n")]
    found = [heading for heading in find_headings(lines) if speaks(heading[1])]
    for (number, heading, kind), (after, *_) in pairwise([*found, (len(lines), "", "")]):
        below = sum(map(len, lines[number + 1 : after]))
        if below >= SHORTEST_TEXT:
            yield heading, kind, below


def find_headings(lines: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """Yield the number of each line that is a heading or a caption, its words, and which of the two it is.

    Args:
        lines: those of a text, without blanks at their ends.
    """
    for number in _outside_of_code(lines):
        candidate = as_heading(lines[number])
        if candidate is not None:
            heading, kind = candidate
            if kind == "caption" or _is_marked(lines, number) or _stands_alone(lines, number):
                yield number, heading, kind


def _outside_of_code(lines: Sequence[str]) -> list[int]:
    """Return the numbers of the lines that are in no fenced code: none where that cannot be told.

    A chunk may begin within code, so that the first fence ends it. One that names a language or follows an empty line
    begins it.
    """
    fences = {number: fence["language"] for number, line in enumerate(lines) if (fence := _FENCE.match(line))}
    if len(fences) % 2:
        first = min(fences)
        if not fences[first] and (first == 0 or lines[first - 1]):
            return []
    outside, fenced = [], False
    for number in range(len(lines)):
        if number in fences:
            fenced = not fenced
        elif not fenced:
            outside.append(number)
    return outside


def as_heading(line: str) -> tuple[str, str] | None:
    """Return the words of a line as those of a heading, and its kind."""
    if len(line) > LONGEST_CAPTION:
        return None
    if caption := _CAPTION.match(line):
        return " ".join(caption["text"].split()), "caption"
    marked = _MARKED.match(line)
    text = _without_number(" ".join((marked["text"] if marked else line).strip("*_ ").split()))
    return (text, "heading") if text and len(text) <= LONGEST else None


def _is_marked(lines: Sequence[str], number: int) -> bool:
    """Tell whether a line is marked or underlined as a heading, and is no comment in a program."""
    line, before, below = lines[number], _at(lines, number - 1), _at(lines, number + 1)
    if marked := _MARKED.match(line):
        comment = marked["mark"] == "#" and (before.startswith("# ") or _STATEMENT.match(below))
        return not comment
    return bool(is_underline(below) and len(below) >= len(line) // 2)


def _stands_alone(lines: Sequence[str], number: int) -> bool:
    """Tell whether an unmarked line looks like a heading: short, no sentence, between the end of one and a new one."""
    line, before = lines[number], _at(lines, number - 1)
    after = (lines[place] for place in range(number + 1, min(number + 1 + LOOKED_AT, len(lines))))
    following = list(takewhile(bool, dropwhile(lambda text: not text, after)))
    text = bold["text"].strip() if (bold := _BOLD.match(line)) else line
    if not text or not following:
        return False
    below = following[0]
    numbered = text[0].isdigit() or _NUMBER.match(text)
    begins = text[0].isupper() or (numbered and not _without_number(text)[:1].islower())
    return bool(
        begins
        and len(text.split()) <= MOST_WORDS
        and not _NO_HEADING_END.search(text[-_TAIL:])
        and not _CODE.search(text)
        and not _TABLE.search(text)
        and (not before or _SENTENCE_END.search(before[-_TAIL:]))
        and len(below) > max(60, len(line))
        and not below[0].islower()
        and not (_ENUMERATED.match(line) and _ENUMERATED.match(below))
        and not (_at(lines, number + 1) and _is_wrapped(line, following))
    )


def _is_wrapped(line: str, following: Sequence[str]) -> bool:
    """Tell whether a line was ended because the next word did not fit, so that it begins a paragraph."""
    return len(line) + 1 + len(following[0].split(maxsplit=1)[0]) > max(map(len, following))


def _at(lines: Sequence[str], number: int) -> str:
    return lines[number] if 0 <= number < len(lines) else ""


def _without_number(text: str) -> str:
    number = _NUMBER.match(text)
    return text[number.end() :] if number else text


def is_underline(line: str) -> bool:
    """Tell whether a line underlines the one above it."""
    return bool(_UNDERLINE.match(line))


def speaks(text: str) -> bool:
    """Tell whether a text has two words that are no numbers: "Introduction" says nothing about a chunk."""
    return sum(not word.isdigit() for word in words(text)) >= 2
