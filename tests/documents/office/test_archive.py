from __future__ import annotations

import struct
import zipfile
from io import BytesIO

import pytest

from attune.documents.decode import Unreadable
from attune.documents.office import archive as limits
from attune.documents.office.archive import Archive, parse_xml
from tests.support.office_files import zipped


def opened(data: bytes) -> Archive:
    return Archive(data, "DOCX")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no DOCX file"),
        (b"%PDF-1.7 ...", "it is a PDF file; name it .pdf"),
        (b"{\\rtf1 hello}", "an RTF file"),
        (b"<html>hello</html>", "begins like HTML or XML"),
        (b"\0\1\2\3\4\5\6\7\x08", "begins with the bytes 00 01 02 03"),
        (b"PK\3\4" + b"\0" * 30, "a damaged DOCX file"),
        (limits.OLE + b"\0" * 600, "before 2007; save it as DOCX"),
        (limits.OLE + b"\0" * 600 + limits.ENCRYPTED, "locked with a password"),
    ],
)
def test_what_is_no_archive_is_named(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words.replace("(", r"\(")):
        opened(data)


def test_a_cut_off_archive_is_damaged() -> None:
    whole = zipped({"a.xml": "<a/>" * 1, "b.xml": "<b/>" * 300})
    with pytest.raises(Unreadable, match="a damaged DOCX file"):
        opened(whole[:-30])


def test_a_damaged_part_is_named() -> None:
    whole = bytearray(zipped({"a.xml": "the boiler " * 300}))
    whole[50] ^= 0xFF
    with pytest.raises(Unreadable, match=r"damaged DOCX file \(a.xml: "):
        opened(bytes(whole)).read("a.xml")


def test_a_part_that_is_missing_is_named() -> None:
    with pytest.raises(Unreadable, match=r"without its part word/none\.xml"):
        opened(zipped({"a.xml": "<a/>"})).read("word/none.xml")


def test_case_of_names_does_not_matter() -> None:
    archive = opened(zipped({"Word/Document.xml": "<a/>"}))
    assert archive.find("word/document.XML") == "Word/Document.xml"
    assert archive.find("word/other.xml") == "word/other.xml"


def test_a_bomb_is_not_unpacked() -> None:
    bomb = zipped({"a.xml": b"<a>" + b" " * (limits.SMALL + 1) + b"</a>"})
    assert len(bomb) < 100_000
    with pytest.raises(Unreadable, match=r"grows from 0\.0 MiB to 50 MiB or more"):
        opened(bomb).read("a.xml")


def test_many_parts_are_one_bomb() -> None:
    bomb = zipped({f"{n}.xml": b"a" * (limits.SMALL // 10) for n in range(11)})
    archive = opened(bomb)
    for n in range(10):
        archive.read(f"{n}.xml")
    archive.read("0.xml")  # once more counts no more
    with pytest.raises(Unreadable, match="when it is unpacked"):
        archive.read("10.xml")


def test_a_part_that_lies_about_its_size_ends_where_it_says() -> None:
    whole = bytearray(zipped({"a.xml": b"a" * 1000}))
    for mark, place in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        start = whole.index(mark) + place
        whole[start : start + 4] = struct.pack("<I", 10)
    with pytest.raises(Unreadable, match="damaged"):  # its checksum is another one
        opened(bytes(whole)).read("a.xml")


@pytest.mark.slow
def test_too_many_parts() -> None:
    with pytest.raises(Unreadable, match="holds 20,001 files"):
        opened(zipped({str(n): "" for n in range(limits.MOST_PARTS + 1)}))


def test_a_part_with_a_password() -> None:
    whole = bytearray(zipped({"a.xml": b"a" * 1000}))
    whole[whole.index(b"PK\1\2") + 8] |= 1
    with pytest.raises(Unreadable, match="locked with a password"):
        opened(bytes(whole))


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://localhost:9/x">%b;]><a/>',
        '<!DOCTYPE a [<!ENTITY a0 "lol">'
        + "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
        + "]><a>&a9;</a>",
        "<a>" * 300 + "</a>" * 300,
        "<a>",
        "",
        "no markup",
        "<a>\0</a>",
    ],
)
def test_xml_with_tricks_is_refused(text: str) -> None:
    with pytest.raises(Unreadable, match=r"its part word/a\.xml"):
        parse_xml(text.encode(), "word/a.xml")


def test_an_archive_written_anew_holds_what_passed() -> None:
    archive = opened(zipped({"a.xml": "<a/>", "../../b.xml": "<b/>", "c.png": b"\0"}))
    with zipfile.ZipFile(BytesIO(archive.repacked(["a.xml", "../../b.xml"], {"a.xml": b"<new/>"}).read())) as found:
        assert {name: found.read(name) for name in found.namelist()} == {"a.xml": b"<new/>", "../../b.xml": b"<b/>"}
