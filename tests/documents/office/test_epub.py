from __future__ import annotations

import pytest

from attune.documents.blocks import Block, Content, Options
from attune.documents.decode import Unreadable
from attune.documents.office.epub import read_epub
from tests.support.office_files import epub, zipped


def read(data: bytes) -> Content:
    return read_epub(data, Options())


CHAPTERS = {"b.xhtml": "<h1>Valves</h1><p>They shut.</p>", "a b.xhtml": "<h1>Pumps</h1><p>They push.</p>"}


def test_chapters_in_their_order() -> None:
    content = read(epub(CHAPTERS))
    assert content.title == "Boilers"
    assert content.blocks == (
        Block("heading", "Valves", level=1),
        Block("paragraph", "They shut."),
        Block("heading", "Pumps", level=1),
        Block("paragraph", "They push."),
    )


def test_the_list_of_contents_is_left_out_and_counted() -> None:
    book = epub({"nav.xhtml": "<nav><a>Valves</a></nav>", **CHAPTERS})
    assert b"properties" not in book
    items = epub({"nav.xhtml": "<p>Valves 3</p>", **CHAPTERS})
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
        '<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        '<item id="b" href="./b.xhtml#start" media-type="application/xhtml+xml"/>'
        '</manifest><spine><itemref idref="n"/><itemref idref="b"/><itemref idref="b"/></spine></package>'
    )
    content = read(with_part(items, "OEBPS/book.opf", package))
    assert [block.text for block in content.blocks] == ["Valves", "They shut."]
    assert content.left_out == {"table of contents": 7}


def with_part(data: bytes, name: str, content: str) -> bytes:
    import zipfile
    from io import BytesIO

    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {one: archive.read(one) for one in archive.namelist()}
    return zipped(parts | {name: content})


def test_a_missing_chapter_is_told() -> None:
    import zipfile
    from io import BytesIO

    with zipfile.ZipFile(BytesIO(epub(CHAPTERS))) as archive:
        parts: dict[str, str | bytes] = {n: archive.read(n) for n in archive.namelist() if not n.endswith("/b.xhtml")}
    content = read(zipped(parts))
    assert [block.text for block in content.blocks] == ["Pumps", "They push."]
    assert content.warnings == ("chapters are missing or damaged: OEBPS/b.xhtml",)


@pytest.mark.parametrize(
    ("method", "locked"),
    [("http://www.w3.org/2001/04/xmlenc#aes128-cbc", True), ("http://www.idpf.org/2008/embedding", False)],
)
def test_locked_books(method: str, locked: bool) -> None:
    lock = f'<encryption><EncryptedData><EncryptionMethod Algorithm="{method}"/></EncryptedData></encryption>'
    book = epub(CHAPTERS, parts={"META-INF/encryption.xml": lock})
    if locked:
        with pytest.raises(Unreadable, match="locked by its seller"):
            read(book)
    else:
        assert len(read(book).blocks) == 4


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (zipped({"a.txt": "words"}), r"without META-INF/container\.xml"),
        (epub({}), "names no chapters"),
        (with_part(epub(CHAPTERS), "OEBPS/book.opf", "<package>"), "is not XML"),
    ],
)
def test_what_is_no_book(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(data)
