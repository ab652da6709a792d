"""Bytes become text, in the encoding that a browser would read them in, or a reason why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from attune.documents.decode import Unreadable, declared_encoding, decode
from tests.support.reading import read


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfa\r\nb\r\n", "a\rb\n".encode("utf-16"), b"a\nb\n", b"a\n\0b\n\x1a"])
def test_encodings_and_line_ends_do_not_matter(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, "a.TXT", content).text == "a\nb\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"<p>x</p>", "utf-8"),
        (b"<META CHARSET='Latin1'>", "cp1252"),
        (b'<?xml version="1.0" encoding="Shift_JIS"?>', "cp932"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', "koi8-r"),
        (b"<meta charset=klingon>", "klingon"),
        (b" " * 1024 + b"<meta charset=koi8-r>", "utf-8"),  # too late
    ],
)
def test_declared_encoding_is_the_one_that_browsers_read(data: bytes, encoding: str) -> None:
    assert declared_encoding(data) == encoding


def test_a_byte_order_mark_wins() -> None:
    assert decode("né".encode("utf-8-sig"), "cp1252") == "né"
    assert decode("né".encode("utf-16"), "cp1252") == "né"


@pytest.mark.parametrize(
    ("data", "encoding", "reason"),
    [
        (b"f\xfcr", "utf-8", "^not utf-8 text: byte 0xfc at offset 1; convert it"),
        (b"x", "klingon", "^declares the unknown encoding 'klingon'$"),
    ],
)
def test_what_cannot_be_decoded_is_told(data: bytes, encoding: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        decode(data, encoding)
