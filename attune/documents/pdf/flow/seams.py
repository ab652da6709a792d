"""Where one line ends and the next begins: does the sentence go on, and does a hyphen belong to the word?

A line break goes where the typesetter had to break the line; it stays where a paragraph ends. In doubt it stays.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from attune.documents.pdf.pages.lines import Line

_SENTENCE_END = re.compile(r"[.!?:;…。！？।॥؟۔][\"'”’)\]]*(?:\^\d+)?$")
IDEOGRAPH = "[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"  # they stand without spaces between words
FIRST_WORD = re.compile(rf"{IDEOGRAPH}|[\"'“‘(\[$€£¥§#&–—-]*\w\S*|[&$€£¥§–—-]")
IDEOGRAPHS = re.compile(rf"{IDEOGRAPH}{{2}}")
LEFT, RIGHT = re.compile(r"(?<!\w)(\w+)[-‐]$"), re.compile(r"\w+")  # of a word that a line's end breaks
HYPHENS = ("-", "‐")
STAMP = re.compile(r"\W?(?:\d+(?:[-./:]\d+){2,}|\d\d?:\d\d)")  # a date or a time
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
NARROWEST, NARROW = 15, 20  # em of a full line; shorter ones are a list or a form: surely, and in doubt
LEADING = 1.45  # of the usual distance of lines; more divides paragraphs
INDENT = 0.8  # em


def ends_sentence(text: str) -> bool:
    """Tell whether a line ends with a sentence; a mark of a note may follow."""
    return _SENTENCE_END.search(text[-12:]) is not None


def vocabulary(texts: Iterable[str]) -> Counter[str]:
    """Count the words of lines and the parts of hyphenated words, but for those broken at a line's end."""
    counts, broken = Counter[str](), False
    for text in texts:
        words = WORD.findall(text.lower())[broken:]
        broken = text.endswith(HYPHENS)
        counts.update(words[:-1] if broken else words)
    parts = Counter[str]()
    for word, count in counts.items():
        if "-" in word:
            parts.update(dict.fromkeys(word.split("-"), count))
    return counts + parts


def joined(text: str, following: str, words: Counter[str], on_next_page: bool = False) -> str:
    """Return two lines of a paragraph as one, with a form feed where the second one begins a page."""
    page = "\f" * on_next_page
    if text.endswith(HYPHENS) and (left := LEFT.search(text[-100:])) and (right := RIGHT.match(following)):
        return (text[:-1] if _is_one_word(left[1], right[0], words) else text) + page + following
    blank = "" if IDEOGRAPHS.match(text[-1:] + following[:1]) else " "
    return f"{text}{blank}{page}{following}"


def _is_one_word(left: str, right: str, words: Counter[str]) -> bool:
    """Tell "exam-ple" from "third-party" by the words that the document uses elsewhere."""
    if not (left.isalpha() and right[0].islower()):
        return False
    left, right = left.lower(), right.lower()
    whole, compound = words[left + right], words[f"{left}-{right}"]
    if whole or compound:
        return whole > compound
    return not (words[left] and words[right])


def goes_on(line: Line, following: Line, width: float, leading: float) -> bool:
    """Tell whether a paragraph goes on in the next line.

    Args:
        line: the line.
        following: the next one.
        width: of a full line there, in points.
        leading: the usual distance of lines there, in points; 0 where the next line stands in another column or page.
    """
    text, word = line.text, FIRST_WORD.match(following.text)
    if word is None or abs(line.size - following.size) > 0.1 * line.size:
        return False
    if leading and line.y - following.y > LEADING * leading:
        return False
    if STAMP.match(text) and STAMP.match(following.text):
        return False  # lines of a log
    broken = text.endswith(HYPHENS) and text[-2:-1].isalnum() and word[0][0].isalnum()
    if broken and len(line.cells) == 1 and not line.bold:  # lines of a heading are joined elsewhere
        return True
    letter = (line.x1 - line.x0) / max(1, len(text))
    room = line.x1 - line.x0 + letter * (len(word[0]) + 1)
    if len(line.cells) + len(following.cells) > 2 and (
        ends_sentence(text) or room < 0.9 * width or not word[0].islower()
    ):
        return False
    if ends_sentence(text):  # the end of a paragraph, or of a sentence that happens to fill its line
        level = abs(following.x0 - line.x0) < INDENT * line.size
        prose = following.x1 - following.x0 > 0.6 * width or following.text[-1] in ".!?"
        return (
            leading > 0 and room > width and level and prose and text[-1] not in ":;" and width > NARROWEST * line.size
        )
    if re.match(r"[^\W\d]", word[0].lstrip("\"'“‘([")) and word[0].lstrip("\"'“‘([")[0].islower():
        return line.x1 - line.x0 > 0.5 * max(
            width, NARROWEST * line.size
        )  # it starts no sentence, and no heading either
    if following.x0 > line.x0 + 1.5 * INDENT * line.size and room < width:
        return False
    return not (text[-1].isdigit() and room < width) and room > 0.9 * max(width, NARROW * line.size)
