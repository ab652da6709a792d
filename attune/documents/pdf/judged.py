"""Is a text layer text? Fonts without a map, shifted letters and bad recognition give letters that say nothing."""

from __future__ import annotations

import re
from collections import Counter

FEWEST = 100  # letters of a page to be judged
UNMAPPED = 0.3  # of the characters of a page that lead to no letter
MARKS = 0.45  # of its characters that are neither letters, digits nor common marks
LEAST_LIKE, LIKE = 0.7, 0.82  # cosine of letter frequencies: without and with the file's own doubts
COMMON = re.compile(r"[\w\s.,:;()'\"/%$€£&+–—’“”•|-]")
NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")
LATIN = re.compile("[a-zà-öø-ÿāăąćčđďęěğíıłńňőœřśşšťůűźżž]")
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
    unsure = unmapped > UNMAPPED * total  # such letters may be right all the same
    if unsure and sum(count for letter, count in counts.items() if NOT_TEXT.match(letter)) > 0.01 * total:
        return True
    strange = sum(count for letter, count in counts.items() if not COMMON.match(letter) and ord(letter) < 0x2000)
    if strange > MARKS * total:
        return True
    latin = Counter({letter: count for letter, count in counts.items() if LATIN.match(letter)})
    return latin.total() >= max(FEWEST, 0.4 * total) and likeness(latin) < (LIKE if unsure else LEAST_LIKE)


def likeness(letters: Counter[str]) -> float:
    """Return the cosine of the angle between counts of Latin letters and those usual in European languages, 0 to 1."""
    product = sum(count * USUAL.get(letter, 0) for letter, count in letters.items())
    length = (
        sum(count * count for count in letters.values()) ** 0.5 * sum(count * count for count in USUAL.values()) ** 0.5
    )
    return product / length if length else 0.0
