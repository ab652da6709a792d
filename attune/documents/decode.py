"""From bytes to text, whatever encoding they are in; a guess is said, and what cannot be told is refused."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import NamedTuple

MARKS = {  # UTF-32 first: its mark begins with that of UTF-16
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
LOOKED_AT = 65_536  # bytes that tell an encoding of two or four bytes a character
SHORTEST = 20  # bytes or letters that tell an encoding which nothing declares
MOST_LOST = 0.01  # share of characters that may belong to another encoding than all others
_CONTROL_BYTES = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")
CONTROLS = re.compile(r"[\0-\x07\x0e-\x1a\x1c-\x1f]")
# what Windows-1252 makes of words in another encoding: signs within words, capitals behind small letters, long runs
UNLIKELY = re.compile(
    r"(?<=[^\W\d_])[^\w\s\x00-\x7f’‘“”–—…•«»·](?=[^\W\d_])|[a-zß-öø-ÿ][À-ÖØ-ÞŠŒŽŸ]|[À-ÖØ-öø-ÿ¡-¿]{3,}"
)


class Unreadable(Exception):
    """A document cannot be read; the text says why, and what to do about it where that is not plain."""


class Decoded(NamedTuple):
    """The text of a file, and what its user should know of the encoding, if anything: half a sentence."""

    text: str
    warning: str = ""


def decode(data: bytes, encoding: str = "") -> str:
    """Return the text of a file as `decoded` does, without a word on how it was found."""
    return decoded(data, encoding).text


def decoded(data: bytes, declared: str = "") -> Decoded:
    """Return the text of a file: by its mark, else as declared, else in Unicode, else in Windows-1252 if that is plain.

    Args:
        data: the file.
        declared: the encoding that it declares; empty for none. UTF-8 wins where the bytes can be nothing else.

    Raises:
        Unreadable: it is in no encoding that can be told, or is no text.
    """
    mark = next((encoding for mark, encoding in MARKS.items() if data.startswith(mark)), "")
    if mark:
        return _lenient(data, mark)
    if wide := _wide(data):
        return Decoded(data.decode(wide))
    known = _known(declared) if declared else "utf-8"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if not known:
            raise Unreadable(f"declares the unknown encoding '{declared}'") from None
        if known != "utf-8":
            return _lenient(data, known)
        return _windows(data, error, declared)
    if known not in ("utf-8", "") and not data.isascii():
        return Decoded(text, f"declares the encoding '{declared}', but is UTF-8")
    if known not in ("utf-8", "") and data.isascii():  # encodings such as ISO-2022-JP have no other bytes
        return Decoded(data.decode(known, "replace"))
    if len(CONTROLS.findall(text)) > len(text) // 10 and len(text) >= SHORTEST:
        raise Unreadable("is no text: many of its characters are control characters")
    return Decoded(text, "" if known else f"declares the unknown encoding '{declared}'; it is read as UTF-8")


def _known(encoding: str) -> str:
    """Return an encoding by the name that Python has for it; empty where it is unknown."""
    try:
        b" ".decode(encoding)
    except UnicodeDecodeError:
        pass  # half a character
    except (LookupError, UnicodeError, ValueError):
        return ""
    return codecs.lookup(encoding).name


def _lenient(data: bytes, encoding: str) -> Decoded:
    try:
        return Decoded(data.decode(encoding))
    except UnicodeDecodeError as error:
        text = data.decode(encoding, "replace")
        lost = text.count("\ufffd")
        if lost > max(1, len(text) * MOST_LOST):
            raise _refused(data, error) from None
        return Decoded(text, f"{lost} of its characters are not {encoding}; they stand as \ufffd")


def _refused(data: bytes, error: UnicodeDecodeError) -> Unreadable:
    if b"\0" in data:
        return Unreadable("is no text: it holds bytes of value zero, as pictures and programs do")
    return Unreadable(
        f"not {error.encoding} text: byte 0x{data[error.start]:02x} at offset {error.start}; "
        "convert it from the encoding that it was written in: `iconv -f ENCODING -t UTF-8`"
    )


def _windows(data: bytes, error: UnicodeDecodeError, declared: str) -> Decoded:
    """Return a text that is not UTF-8 as Windows-1252, or as UTF-8 with some of it, where its letters look so."""
    good = data.decode("utf-8", "ignore")
    letters = sum(map(str.isalpha, good))
    bad = len(data) - len(good.encode())
    whole = sum(character > "\x7f" for character in good) < bad  # what looks like UTF-8 in it is chance
    try:
        text = data.decode("cp1252") if whole else data.decode("utf-8", "cp1252")
    except UnicodeDecodeError:
        raise _refused(data, error) from None
    if b"\0" in data or letters < SHORTEST or bad > letters // 3 or len(UNLIKELY.findall(text)) > bad // 50:
        raise _refused(data, error)
    found = "Windows-1252" if whole else f"UTF-8 with some Windows-1252 ({bad} of its bytes)"
    says = f"declares the encoding '{declared}', but" if declared else "is not UTF-8; it"
    return Decoded(text, f"{says} is read as {found}; convert it if its letters are wrong")


def _one_byte(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.start + 1].decode("cp1252"), error.start + 1


codecs.register_error("cp1252", _one_byte)


def _wide(data: bytes) -> str:
    """Return the encoding of a text of two or four bytes a character that has no mark; nothing for other texts.

    Such a text has bytes of value zero: half of it or more in the Latin script, those of blanks and ends of lines in
    any other. It is in the order of bytes that makes most characters of ASCII, and hardly any that are no characters.
    """
    if b"\0" not in data[:LOOKED_AT] or len(data) < SHORTEST:
        return ""
    if len(_CONTROL_BYTES.findall(data, 0, LOOKED_AT)) <= len(data[:LOOKED_AT]) // 10 and _is_utf_8(data):
        return ""
    share = {
        encoding: _ascii_share(data, encoding) for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
    }
    best = max(share, key=lambda encoding: share[encoding])
    return best if share[best] >= 0.02 else ""


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _ascii_share(data: bytes, encoding: str) -> float:
    """Return which share of a text in an encoding is ASCII; 0 where it holds more than a few that are no characters."""
    try:
        text = data.decode(encoding)[:LOOKED_AT]
    except UnicodeDecodeError:
        return 0.0
    strange = sum(unicodedata.category(character) in ("Cc", "Cn", "Co", "Cs") for character in text)
    strange -= sum(map(text.count, "\t\n\r\f"))
    return 0.0 if strange > len(text) // 50 else sum(character < "\x80" for character in text) / len(text)
