"""HTML files: laid out as a browser does, in whatever encoding they declare."""

from __future__ import annotations

from pathlib import Path

import pytest

from attune.documents.decode import Unreadable
from tests.support.reading import read

HTML = """<!DOCTYPE html><html><head><title> Of
foxes</title><style>p {{ color: red }}</style><script>var hidden = 1;</script>{head}</head><body>
<h1>Foxes &amp; dogs</h1><p>They   live<br>here.</p><!-- a comment --><script>document.write("no")</script>
<noscript>Turn on scripts!</noscript><ul><li>one</li><li>two</li></ul><p style="display: none">unseen</p>
<table><tr><td>a</td><td>b</td></tr></table><img src="http://example.org/x.png"><p>né — 日本</p></body></html>"""


def test_html_is_laid_out_without_scripts_and_styles(tmp_path: Path) -> None:
    document = read(tmp_path, "x.html", HTML.format(head="").encode())
    assert document.title == "Of foxes"
    words = document.text.split()
    assert words == "Foxes & dogs They live here. * one * two a b né — 日本".split()
    assert "They live\nhere." in document.text


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="utf-8">', "utf-8"),
        ('<meta charset="GB2312">', "gb18030"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=utf-8">', "utf-8"),
        ('<meta charset="utf-16">', "utf-8"),  # nonsense that the standard defines
        ("", "utf-16"),
        ("", "utf-8-sig"),
    ],
)
def test_html_honours_its_charset(tmp_path: Path, head: str, encoding: str) -> None:
    assert "né — 日本" in read(tmp_path, "x.htm", HTML.format(head=head).encode(encoding)).text


def test_html_of_windows(tmp_path: Path) -> None:
    page = '<meta charset="iso-8859-1"><p>“né” costs 5 €</p>'.encode("cp1252")
    assert read(tmp_path, "x.html", page).text.strip() == "“né” costs 5 €"


def test_html_with_an_xml_declaration(tmp_path: Path) -> None:
    page = '<?xml version="1.0" encoding="iso-8859-1"?>\n<html><body>né</body></html>'.encode("latin-1")
    assert read(tmp_path, "x.html", page).text.strip() == "né"


def test_html_title_falls_back_to_the_heading_and_then_to_the_file(tmp_path: Path) -> None:
    assert read(tmp_path, "x.html", b"<h1>The <i>red</i> fox</h1><p>x</p>").title == "The red fox"
    assert read(tmp_path, "red-fox.html", b"plain words").title == "red fox"


def test_deep_html_is_never_cut_off_in_silence(tmp_path: Path) -> None:
    shallow = b"<div>" * 300 + b"deep" + b"</div>" * 300
    assert read(tmp_path, "x.html", shallow).text.strip() == "deep"
    with pytest.raises(Unreadable, match="RecursionError"):
        read(tmp_path, "x.html", b"<div>" * 50_000 + b"deep")
