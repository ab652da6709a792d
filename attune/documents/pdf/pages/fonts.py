"""What the font of a text tells of its letters, and marks of symbol fonts in characters that people know.

Fonts without letters of Unicode are mapped to U+F020 to U+F0FF: the last byte is the letter's place in the font. In a
font of text it is Latin-1; Symbol, Wingdings and their kin have marks there, by which word processors make bullets.
"""

from __future__ import annotations

import re
from ctypes import c_void_p, cast, create_string_buffer
from dataclasses import dataclass, field

from attune.documents.pdf.pages import pdfium

PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
SYMBOL_FONT = re.compile(r"symbol|dingbats|wingding|webding|marlett|bullet|awesome|icons?\b", re.I)
HYPHENS = {"\x02": "-", "\ufffe": "-", "\xad": "-"}  # what pdfium makes of one at a line's end, and Unicode's own
_MARKS = {  # Symbol and Wingdings, as word processors use them in lists and forms
    "\uf0b7": "•",
    "\uf06c": "●",
    "\uf06e": "■",
    "\uf0a7": "▪",
    "\uf0a8": "◻",
    "\uf06f": "□",
    "\uf071": "❑",
    "\uf076": "❖",
    "\uf077": "⬥",
    "\uf0d8": "➢",
    "\uf0e0": "→",
    "\uf0e8": "➔",
    "\uf0fc": "✓",
    "\uf0fb": "✗",
    "\uf0fd": "☒",
    "\uf0fe": "☑",
    "\uf0a3": "☐",
    "\uf02d": "–",
    "\uf0be": "–",
    "\uf09f": "•",
    "\uf0a0": "▪",
    "\uf0ae": "→",
    "\uf0b4": "×",
    "\uf0b1": "±",
    "\uf0a2": "′",
    "\uf0b0": "°",
    "\uf0d2": "®",
    "\uf0d3": "©",
    "\uf0d4": "™",
}
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# what has no meaning and stands at the start of a piece, before a blank, is a bullet, in whichever font
ALONE = re.compile("^\\s*([\x00-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd])(?=\\s|$)")
_REST = re.compile("[\uf020-\uf07e\uf0a0-\uf0ff]")


MONO = re.compile(r"courier|mono|consol|menlo|typewriter|cmtt|fixed|lettergothic", re.I)
BOLD = re.compile(r"bold|black|heavy|semibold|demi(?!n)", re.I)
FIXED_PITCH, BOLD_WEIGHT = 1, 600  # a flag of fonts, ISO 32000-1, 9.8.2; a weight from 100 to 900


@dataclass
class Font:
    """What is known of a font of a page.

    Attributes:
        symbols: is it a font of marks, by its name?
        bold, mono: is it bold; do its letters have one width?
        widths: of the characters that were met, in em.
        unmapped: which of these lead to no letter, by the file's own account.
    """

    symbols: bool
    bold: bool
    mono: bool
    widths: dict[str, float] = field(default_factory=dict)
    unmapped: set[str] = field(default_factory=set)

    @classmethod
    def at(cls, address: int) -> Font:
        """Return the font of pdfium at an address."""
        buffer = create_string_buffer(200)
        pdfium.font_name(address, cast(buffer, c_void_p), len(buffer))
        name = buffer.value.decode("utf-8", "replace")
        return cls(
            symbols=SYMBOL_FONT.search(name) is not None,
            bold=BOLD.search(name) is not None or pdfium.font_weight(address) >= BOLD_WEIGHT,
            mono=MONO.search(name) is not None or bool(pdfium.font_flags(address) & FIXED_PITCH),
        )


def plain(text: str, symbols: bool) -> str:
    """Return the text with characters that people know in place of those of symbol fonts.

    Args:
        text: of one piece, in one font.
        symbols: is it a font of marks, by its name?
    """
    for found, mark in HYPHENS.items():
        if found in text:
            text = text.replace(found, mark)
    if not PRIVATE.search(text) and not CONTROL.search(text):
        return text
    if symbols:
        text = "".join(_MARKS.get(letter, letter) for letter in text)
    else:
        text = ALONE.sub(lambda found: _MARKS.get(found[1], "•"), text)
    return _REST.sub(lambda found: chr(ord(found[0]) - 0xF000), text)
