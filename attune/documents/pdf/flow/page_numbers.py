"""What may be the number of a page, in digits or Roman, and the words that stand around one.

Whether it is one is seen on the pages before and after it: see `running_heads`.
"""

from __future__ import annotations

import re

TOKEN = re.compile(r"\d+|(?<![^\W_])(?=[ivxlc])c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})(?![^\W_])", re.I)
_FRAME = re.compile(
    r"(?:page|seite|página|pagina|pág\.?|side|sida|strona|p\.?|of|von|de|di|sur|van|av|z|n[°o]\.?|\W|_)*", re.I
)
_TOLD = re.compile(
    r"\b(?:page|seite|página|pagina)\s+\d+\s*(?:of|von|de|di|/)\s*\d+"  # anywhere in a line
    r"|^\W*(?:page|seite|p\.)\W*\d+\W*$|^\W*\d+\s*(?:of|von|de|di|sur|van|/)\s*\d+\W*$",
    re.I,
)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
LONGEST = 9  # digits


def value(token: str) -> int:
    """Return the number that digits or Roman letters write."""
    if token.isdigit():
        return int(token[:LONGEST])
    digits = [_ROMAN[letter] for letter in token.lower()]
    return sum(-a if a < b else a for a, b in zip(digits, [*digits[1:], 0], strict=True))


def is_frame(words: str) -> bool:
    """Tell whether words may stand around the number of a page and say nothing else: "page", "of", dashes."""
    return _FRAME.fullmatch(words) is not None


def is_told(line: str) -> bool:
    """Tell whether a line itself says that a number is that of a page: "Page 3", "3 of 20"."""
    return _TOLD.search(line) is not None
