"""Clean text: without characters that nobody sees, and in one form where a letter has several."""

from __future__ import annotations

import re
import unicodedata

NEWLINES = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
SPACES = re.compile(r"[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
# ligatures and other forms that only tell how a letter was drawn: ﬁ, or the joined shapes of Arabic letters
PRESENTATION_FORMS = re.compile(r"[\ufb00-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc]+")
INVISIBLE = re.compile(
    "["
    r"\x00-\x08\x0e-\x1f\x7f-\x9f"  # controls but \t and \n
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0"
    r"\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks: they can show a text in another order than it has
    r"\ud800-\udfff\ufdd0-\ufdef\ufff0-\ufffc\ufffe\uffff"  # no characters: surrogates, placeholders
    r"\ufe00-\ufe0f\U000e0000-\U000e0fff"  # variation selectors and tags: they can hide a whole message
    r"\ue000-\uf8ff\U000f0000-\U0010ffff"  # private use: means nothing without the font it came with
    "]+"
)
# joiners shape Persian and Indic words and compose emoji: they stay where a single one stands in such a word
JOINERS = re.compile(r"(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])|[\u200c\u200d]{2,}")


def clean(text: str) -> str:
    r"""Return the text in NFC, its lines ended by \n, without invisible characters."""
    text = SPACES.sub(" ", NEWLINES.sub("\n", text))
    text = PRESENTATION_FORMS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    text = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    return unicodedata.normalize("NFC", JOINERS.sub("", text))  # once more: a joiner may have kept two marks apart
