"""From the pages of a PDF file to running text: what the typesetter added is taken out again.

A PDF file knows lines on pages, not sentences in paragraphs. Headers and footers go, and a line break goes where the
typesetter had to break the line; it stays where a paragraph, a heading or a table row ends. In doubt it stays.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise

from attune.text.clean import clean

Page = list[str]  # its lines

HYPHEN_MARK = re.compile("(?<=\\w)(?:[\x02\ufffe](?:\r?\n)?|\xad\r?\n)(?=\\w)")  # pdfium's two, and Unicode's
BULLET = re.compile(r"(?<=\S) (?=[•‣◦▪■●] )")
MARGINS = (0, 1, -1, -2)  # the lines of a page that may be headers or footers
PAGE_NUMBER = re.compile(r"[-–—| ]*(?:page )?(\d{1,6})(?: ?(?:of|/) ?\d+)?[-–—| ]*", re.IGNORECASE)
NARROWEST = 30  # characters of a full line; what has only shorter lines is a list or a form
SENTENCE_END = re.compile(r"[.!?:;…。！？][\"'”’)\]]*$")
IDEOGRAPH = "[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"  # they stand without spaces between words
FIRST_WORD = re.compile(rf"{IDEOGRAPH}|[\"'“‘(\[]?\w\S*")
IDEOGRAPHS = re.compile(rf"{IDEOGRAPH}\n{IDEOGRAPH}")
BROKEN_WORD = re.compile(r"(?<!\w)(\w+)-\n(\w+)")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def running_text(pages: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """Join pages as an engine gives them; return the text, and the offset in it where each page starts."""
    cleaned = _without_margins([_lines(page) for page in pages])
    lines = [line for page in cleaned for line in page]
    words = _words(lines)
    widths = [width for page, width in zip(cleaned, _widths(cleaned), strict=True) for _ in page]
    parts = [
        _joined(line, following, width, words)
        for (line, following), width in zip(pairwise([*lines, ""]), widths, strict=True)
    ]
    offsets = list(accumulate(map(len, parts), initial=0))
    first_lines = accumulate(map(len, cleaned[:-1]), initial=0)
    return "".join(parts), tuple(offsets[number] for number in first_lines)


def _lines(page: str) -> Page:
    text = BULLET.sub("\n", clean(HYPHEN_MARK.sub("-\n", page)))
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def _without_margins(pages: list[Page]) -> list[Page]:
    """Drop page numbers, and outer lines that recur, but for their numbers, at the same place of half of the pages."""
    places = [{place: page[place] for place in MARGINS if -len(page) <= place < len(page)} for page in pages]
    seen = Counter((place, _masked(line)) for lines in places for place, line in lines.items())
    enough = max(2, len(pages) // 2) if len(pages) >= 3 else math.inf
    kept = []
    for number, (page, lines) in enumerate(zip(pages, places, strict=True), start=1):
        dropped = {
            place % len(page)
            for place, line in lines.items()
            if seen[place, _masked(line)] >= enough or _is_page_number(line, number, place in (0, -1))
        }
        kept.append([line for place, line in enumerate(page) if place not in dropped])
    return kept


def _masked(line: str) -> str:
    return "#" if PAGE_NUMBER.fullmatch(line) else re.sub(r"\d+", "#", line)


def _is_page_number(line: str, number: int, outermost: bool) -> bool:
    found = PAGE_NUMBER.fullmatch(line)
    return found is not None and int(found[1]) == number and (outermost or not line.isdigit())


def _widths(pages: list[Page]) -> list[float]:
    """Return how many characters a full line of each page has; a page of short lines takes it from the document."""
    document = _long([line for page in pages for line in page])
    return [max(_long(page), 0.6 * document, NARROWEST) for page in pages]


def _long(lines: list[str]) -> int:
    lengths = sorted(map(len, lines))
    return lengths[len(lengths) * 9 // 10] if lengths else 0


def _words(lines: list[str]) -> Counter[str]:
    """Count the words of the document and the parts of its hyphenated words, but for those broken at a line end."""
    words = WORD.findall(BROKEN_WORD.sub("", "\n".join(lines)).lower())
    return Counter(words) + Counter(part for word in words if "-" in word for part in word.split("-"))


def _joined(line: str, following: str, width: float, words: Counter[str]) -> str:
    """Return the line with what has to stand between it and the following one."""
    if not following:
        return line
    seam = f"{line}\n{following}"
    if broken := BROKEN_WORD.search(seam):
        return line[:-1] if _is_one_word(broken[1], broken[2], words) else line
    if not _wraps(line, following, width):
        return line + "\n"
    return line if IDEOGRAPHS.search(seam) else line + " "


def _is_one_word(left: str, right: str, words: Counter[str]) -> bool:
    """Tell "exam-ple" from "third-party" by the words that the document uses elsewhere."""
    if not (left.isalpha() and right[0].islower()):
        return False
    left, right = left.lower(), right.lower()
    whole, compound = words[left + right], words[f"{left}-{right}"]
    if whole or compound:
        return whole > compound
    return not (words[left] and words[right])


def _wraps(line: str, following: str, width: float) -> bool:
    """Tell whether the typesetter broke the line because the next word did not fit."""
    word = FIRST_WORD.match(following)
    if word is None or SENTENCE_END.search(line):
        return False
    if word[0][0].islower():  # it starts no sentence, and no heading either
        return len(line) > 0.5 * width
    return not line[-1].isdigit() and len(line) + len(word[0]) > 0.9 * width  # rows of tables end in digits
