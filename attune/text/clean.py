"""Clean text: without characters that nobody sees, and in one form where a letter has several."""

from __future__ import annotations

import re
import unicodedata

UNUSUAL = re.compile(r"[^\t\n -~]")  # most texts need nothing else than this look at them
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
# one look that tells most texts in other letters from those with something of the above or below
SUSPECT = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u2064\u2066-\u206f\u3000\u3164\ud800-\ufdff\ufe00-\ufe0f\ufe70-\ufeff\uffa0\ufff0-\uffff"
    r"\U000e0000-\U0010ffff]"
)
# joiners shape Persian and Indic words and compose emoji: they stay where a single one stands in such a word
JOINERS = re.compile(r"(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])|[\u200c\u200d]{2,}")
TERMINAL = re.compile(  # what colours a line of a log (ECMA-48), and what a typewriter strikes twice
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]|[^\n\x08]\x08"
)
CONTROLS = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0) if code != 0x85}
# Fonts of symbols have their characters at U+F020 to U+F0FF. Several in a row are a word in ASCII, one that begins a
# line is the mark of an item, and one within a line is what the font Symbol has there.
SYMBOL_WORD = re.compile(r"[\uf020-\uf07e]{2,}")
ITEM_MARK = re.compile(r"^([ \t]*)[\uf020-\uf0ff](?![\uf020-\uf0ff])", re.MULTILINE)
SYMBOL = re.compile(r"[\uf020-\uf0ff]")
GREEK = dict(zip(range(0xF041, 0xF05B), "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ", strict=True))
GREEK |= dict(zip(range(0xF061, 0xF07B), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True))
SIGNS = dict(
    zip("\uf0a3\uf0a5\uf0ae\uf0b0\uf0b1\uf0b3\uf0b4\uf0b8\uf0b9\uf0bb\uf0bc\uf0d6\uf0e0", "≤∞→°±≥×÷≠≈…√→", strict=True)
)
PRIVATE = re.compile(r"[\ue000-\uf8ff\U000f0000-\U0010fffd]")
# leaders of a table of contents, and rules: one mark over and over, or with blanks between
RUN = re.compile(r"([.·•…_=~*#—–―─━═-])(?:[ \t]*\1){4,}")
SHORT = 3  # marks that stay of a run


def clean(text: str) -> str:
    r"""Return the text in NFC, its lines ended by \n, without invisible characters."""
    if not UNUSUAL.search(text):
        return text
    if not SUSPECT.search(text):
        return unicodedata.normalize("NFC", text)
    text = SPACES.sub(" ", NEWLINES.sub("\n", TERMINAL.sub("", text)))
    if not text.isascii():
        text = _plain_symbols(text.translate(CONTROLS))
        text = PRESENTATION_FORMS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    text = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    return unicodedata.normalize("NFC", JOINERS.sub("", text))  # once more: a joiner may have kept two marks apart


def _plain_symbols(text: str) -> str:
    """Return the text with plain characters for those of fonts of symbols."""
    text = SYMBOL_WORD.sub(lambda found: "".join(chr(ord(character) & 0xFF) for character in found[0]), text)
    return SYMBOL.sub(_symbol, ITEM_MARK.sub(r"\1•", text))


def _symbol(found: re.Match[str]) -> str:
    code = ord(found[0])
    return SIGNS.get(found[0]) or GREEK.get(code) or (chr(code & 0xFF) if code < 0xF07F else "•")


def private_use(text: str) -> int:
    """Count the characters that mean nothing without the font of their file, and that `clean` leaves out."""
    return sum(not SYMBOL.match(character) for character in PRIVATE.findall(text))


def shortened(text: str) -> str:
    """Return a text in which no mark stands more than thrice in a row: dots lead the eye and mean nothing."""
    return RUN.sub(lambda found: found[1] * SHORT, text)
