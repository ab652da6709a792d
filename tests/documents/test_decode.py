"""Bytes become text, in the encoding that a browser would read them in, or a reason why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.documents.decode import Unreadable, decode, decoded
from tests.support.reading import read


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfa\r\nb\r\n", "a\rb\n".encode("utf-16"), b"a\nb\n", b"a\n\0b\n\x1a"])
def test_encodings_and_line_ends_do_not_matter(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, "a.TXT", content).text == "a\nb"


def test_a_byte_order_mark_wins() -> None:
    assert decode("né".encode("utf-8-sig"), "cp1252") == "né"
    assert decode("né".encode("utf-16"), "cp1252") == "né"


ENGLISH = "The keeper’s log – don’t lose it: the café by the pump costs 5 €.\n" * 3


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-16", "utf-32", "utf-8"])
@pytest.mark.parametrize(
    "text", [ENGLISH, "Котёл нужно проверять каждый год.\n", "锅炉必须每年检查一次。\nabc 1 2 3\n" * 3]
)
def test_encodings_of_unicode_need_no_mark(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding)) == (text, "")


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=80))
def test_utf_8_is_never_taken_for_something_else(text: str) -> None:
    assert decoded(text.encode()) == (text, "")


@given(
    st.text(st.characters(codec="utf-8", categories=["L", "P"]) | st.just(" "), min_size=20),
    st.sampled_from(["le", "be"]),
)
def test_utf_16_without_a_mark_is_right_or_refused(text: str, order: str) -> None:
    try:
        found, warning = decoded(text.encode(f"utf-16-{order}"))
    except Unreadable:
        return
    assert found == text or warning or not any(character < "\x80" for character in text)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ENGLISH, "cp1252"),
        ("Größe für Öl und viel Wärme im Kessel", "latin-1"),
        ("¿Qué tal? ¡Hola! El niño comió mañana 5 €", "cp1252"),
    ],
)
def test_windows_1252_is_read_and_said(text: str, encoding: str) -> None:
    found, warning = decoded(text.encode(encoding))
    assert found == text
    assert warning == "is not UTF-8; it is read as Windows-1252; convert it if its letters are wrong"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Zażółć gęślą jaźń, proszę bardzo i jeszcze więcej słów po polsku", "cp1250"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy v noci", "cp1250"),
        ("Árvíztűrő tükörfúrógép és még néhány szó magyarul", "cp1250"),
        ("Котёл нужно проверять каждый год перед зимой", "cp1251"),
        ("Котёл нужно проверять каждый год перед зимой", "koi8-r"),
        ("Işık ve ısı şöyle güçlü bir şekilde gelir", "cp1254"),
        ("Ο λέβητας πρέπει να ελέγχεται κάθε χρόνο", "cp1253"),
        ("ボイラーは毎年点検する必要があります。", "shift_jis"),
        ("锅炉必须每年检查一次。", "gbk"),
        (ENGLISH, "mac_roman"),
        ("für", "latin-1"),  # too short to tell
    ],
)
def test_other_encodings_are_refused_and_not_guessed(text: str, encoding: str) -> None:
    with pytest.raises(
        Unreadable, match=r"not utf-8 text: byte 0x.. at offset \d+; convert it .* `iconv -f ENCODING -t"
    ):
        decoded(text.encode(encoding))
    assert decoded(text.encode(encoding), encoding).text == text


def test_a_few_bytes_of_another_encoding_are_told() -> None:
    mixed = ENGLISH.encode() * 9 + b" don\x92t"
    found, warning = decoded(mixed)
    assert found == ENGLISH * 9 + " don’t"
    assert "some Windows-1252 (1 of its bytes)" in warning
    assert "1 of its characters are not utf-16" in decoded(ENGLISH.encode("utf-16") + b"x").warning


@pytest.mark.parametrize(
    ("data", "declared", "warning"),
    [
        ("né".encode(), "iso-8859-1", "declares the encoding 'iso-8859-1', but is UTF-8"),
        (b"abc", "klingon", "declares the unknown encoding 'klingon'; it is read as UTF-8"),
        (b"abc", "hex", "declares the unknown encoding 'hex'; it is read as UTF-8"),
        (b"abc", "koi8-r", ""),
        ("ボイラー".encode("iso2022-jp"), "iso-2022-jp", ""),
        ("für".encode("latin-1"), "cp1252", ""),
    ],
)
def test_declarations(data: bytes, declared: str, warning: str) -> None:
    assert decoded(data, declared).warning == warning


@pytest.mark.parametrize(
    ("data", "encoding", "reason"),
    [
        (b"f\xfcr", "", "^not utf-8 text: byte 0xfc at offset 1; convert it"),
        (b"f\xfcr", "klingon", "^declares the unknown encoding 'klingon'$"),
        (b"\xff\xff" * 9, "shift_jis", "^not shift_jis text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "", "^is no text: it holds bytes of value zero"),
        (b"PK\x03\x04" + bytes(100), "", "^is no text: many of its characters are control characters"),
    ],
)
def test_what_cannot_be_decoded_is_told(data: bytes, encoding: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        decoded(data, encoding)
