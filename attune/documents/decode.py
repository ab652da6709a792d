"""From bytes to text, strictly, whatever encoding is declared."""

from __future__ import annotations

import codecs
import re

CHARSET = re.compile(rb"<\?xml[^>]+?encoding\s*=\s*[\"']?([\w.:-]+)|<meta[^>]+?charset\s*=\s*[\"']?([\w.:-]+)", re.I)
CHARSET_BYTES = 1024  # where the HTML standard looks for it
# as https://encoding.spec.whatwg.org has it: pages that declare the left one are written in the right one
READ_AS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "utf-16": "utf-8",
}


class Unreadable(Exception):
    """A document cannot be read; the text says why, and what to do about it where that is not plain."""


def decode(data: bytes, encoding: str = "utf-8") -> str:
    """Decode a file; a byte order mark wins over `encoding`.

    Raises:
        Unreadable: a byte does not belong to the encoding, or there is no such encoding.
    """
    if data.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"not {error.encoding} text: byte 0x{data[error.start]:02x} at offset {error.start}; "
            "convert it, for instance with `iconv -f WINDOWS-1252 -t UTF-8`"
        ) from None
    except (LookupError, UnicodeError):
        raise Unreadable(f"declares the unknown encoding '{encoding}'") from None


def declared_encoding(data: bytes) -> str:
    """Return the encoding that an HTML file declares, by the name under which browsers would read it; else UTF-8."""
    found = CHARSET.search(data[:CHARSET_BYTES])
    if not found:
        return "utf-8"
    name = (found[1] or found[2]).decode()
    try:
        return READ_AS.get(codecs.lookup(name).name, name)
    except LookupError:
        return name
