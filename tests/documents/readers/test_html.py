"""Files of HTML: their title, their encoding, and why some say nothing."""

from __future__ import annotations

import pytest

from attune.documents.blocks import Content, Options
from attune.documents.decode import Unreadable
from attune.documents.readers.html import declared_encoding, read_html

HTML = (
    "<!DOCTYPE html><html><head><title>{title}</title>{head}</head>"
    "<body><h1>Foxes &amp; dogs</h1><p>né — 日本</p></body></html>"
)


def read(data: bytes, boilerplate: bool = False) -> Content:
    return read_html(data, Options(boilerplate=boilerplate))


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (" Of\nfoxes", "Of foxes"),
        ("", "Foxes & dogs"),
        ("Untitled Document", "Foxes & dogs"),
        ("New Page 1", "Foxes & dogs"),
        ("index.html", "Foxes & dogs"),
        ("http://example.org/foxes", "Foxes & dogs"),
    ],
)
def test_titles(title: str, expected: str) -> None:
    assert read(HTML.format(title=title, head="").encode()).title == expected


def test_the_title_of_a_drawing_is_none_of_the_page() -> None:
    assert read(b"<body><svg><title>Icon</title></svg><p>Words.").title == ""


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="utf-8">', "utf-8"),
        ('<meta charset="GB2312">', "gb18030"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=utf-8">', "utf-8"),
        ('<meta charset="utf-16">', "utf-8"),  # nonsense that the standard defines
        ('<meta charset="iso-8859-1">', "utf-8"),  # a lie
        ("<!-- <meta charset=koi8-r> -->", "utf-8"),
        ("<style>" + " " * 2_000 + '</style><meta charset="GB2312">', "gb18030"),
        ("", "utf-16"),
        ("", "utf-16-le"),
        ("", "utf-32"),
        ("", "utf-8-sig"),
    ],
)
def test_encodings(head: str, encoding: str) -> None:
    content = read(HTML.format(title="x", head=head).encode(encoding))
    assert content.blocks[-1].text == "né — 日本"


def test_a_lie_about_the_encoding_is_told() -> None:
    page = '<meta charset="utf-8"><p>“The keeper’s café” costs five euros and more</p>'.encode("cp1252")
    content = read(page)
    assert content.blocks[0].text == "“The keeper’s café” costs five euros and more"
    assert content.warnings == (
        "declares the encoding 'utf-8', but is read as Windows-1252; convert it if its letters are wrong",
    )


def test_pages_of_windows() -> None:
    page = '<meta charset="iso-8859-1"><p>“né” costs 5 €</p>'.encode("cp1252")
    assert read(page).blocks[0].text == "“né” costs 5 €"


def test_frames_are_named() -> None:
    page = b"<frameset><frame src=menu.html><frame src=text.html><noframes>Get a browser.</noframes></frameset>"
    with pytest.raises(Unreadable, match=r"^only shows other pages in frames: menu\.html, text\.html$"):
        read(page)


def test_boilerplate_is_a_knob() -> None:
    page = b"<nav>Menu</nav><p>One article about valves."
    assert [block.text for block in read(page).blocks] == ["One article about valves."]
    assert [block.text for block in read(page, boilerplate=True).blocks] == ["Menu", "One article about valves."]


def test_counts() -> None:
    content = read(b"<title>no</title><p>one</p><p hidden>five5<script>no</script>")
    assert (content.characters, content.left_out) == (8, {"hidden": 5})


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"<p>x</p>", ""),
        (b"<META CHARSET='Latin1'>", "cp1252"),
        (b'<?xml version="1.0" encoding="Shift_JIS"?>', "cp932"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', "koi8-r"),
        (b"<meta charset=klingon>", "klingon"),
        (b" " * 2_000 + b"<meta charset=koi8-r>", "koi8-r"),
        (b" " * 70_000 + b"<meta charset=koi8-r>", ""),
        (b"<!-- <meta charset=koi8-r> -->", ""),
    ],
)
def test_declared_encoding_is_the_one_that_browsers_read(data: bytes, encoding: str) -> None:
    assert declared_encoding(data) == encoding
