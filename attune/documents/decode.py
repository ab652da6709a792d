"""From bytes to text, strictly."""

from __future__ import annotations

import codecs


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
