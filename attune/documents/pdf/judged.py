"""Is a text layer text? Fonts without a map, shifted letters and bad recognition give letters that say nothing."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable

FEWEST = 100  # letters of a page to be judged
DOUBTED = 0.3  # of the characters of a page, by the file's own account; they may be right all the same
NO_TEXT = 0.01  # of them that are codes and no characters
MARKS, MANY_MARKS = 0.05, 0.45  # of them that are rare marks: suspicious, and too many for any text
BLANKS = 0.025  # of them; fewer are too few where words have letters of Latin
STRANGE, FEW_BLANKS = 0.08, 0.1  # of them, where letters are rare: neither tables nor code have both
MANY_INNER = 0.04  # of them that stand between two letters and are none
UNLIKE, DOUBTFUL = 0.65, 0.75  # cosine of letter frequencies: too low for any language, and for most
COMMON = re.compile(r"[\w.,:;()'\"/%$€£&+–—’“”•!?-]")
INNER = re.compile(r"(?<=[^\W\d_])[^\w\s'’.,/:@&-](?=[^\W\d_])|(?<=[a-z])\d(?=[a-z])")
CODE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")
LATIN = re.compile("[a-z]")
# Letters per thousand, the mean of running text in English, German, French, Spanish, Italian, Portuguese and Dutch
# (counts of letters as published by P. Trost, Practical Cryptography, and in Wikipedia's "Letter frequency"), rounded.
USUAL = dict(
    zip(
        "etaoinsrldcupmhgbvfqyzwjkx",
        (150, 68, 90, 68, 72, 76, 66, 63, 45, 43, 32, 38, 24, 28, 28, 16, 12, 15, 12, 8, 8, 7, 8, 4, 6, 3),
        strict=True,
    )
)


def is_garbled(text: str, unmapped: int = 0) -> bool:
    """Tell whether a page of text says nothing, by what its file says of its characters, or by how often letters stand.

    Args:
        text: of a page.
        unmapped: how many of its characters lead to no letter, by the file's own account.
    """
    counts = Counter({letter: count for letter, count in Counter(text.lower()).items() if not letter.isspace()})
    total = counts.total()
    if total < FEWEST:
        return False
    doubted = unmapped > DOUBTED * total
    if doubted and _share(counts, lambda letter: CODE.match(letter) is not None) > NO_TEXT:
        return True
    marks = _share(counts, lambda letter: COMMON.match(letter) is None and ord(letter) < 0x2000)
    if marks > MANY_MARKS:
        return True
    latin = Counter[str]()
    for letter, count in counts.items():
        latin[unicodedata.normalize("NFD", letter)[0].replace("đ", "d").replace("ł", "l")] += count
    latin = Counter({letter: count for letter, count in latin.items() if LATIN.match(letter)})
    western = _share(counts, lambda letter: ord(letter) < 0x250) > 0.8
    blanks = len(text) - total
    glued = western and blanks < BLANKS * len(text)
    suspicious = doubted or marks > MARKS or glued
    if latin.total() < max(FEWEST, 0.4 * total):
        full = marks > STRANGE and blanks < FEW_BLANKS * len(text)
        return western and (full or len(INNER.findall(text)) > MANY_INNER * total)
    return likeness(latin) < (DOUBTFUL if suspicious else UNLIKE)


def _share(counts: Counter[str], is_one: Callable[[str], bool]) -> float:
    return sum(count for letter, count in counts.items() if is_one(letter)) / counts.total()


def likeness(letters: Counter[str]) -> float:
    """Return the cosine of the angle between counts of Latin letters and those usual in European languages, 0 to 1."""
    product = sum(count * USUAL.get(letter, 0) for letter, count in letters.items())
    length = (
        sum(count * count for count in letters.values()) ** 0.5 * sum(count * count for count in USUAL.values()) ** 0.5
    )
    return product / length if length else 0.0
