"""One file of each kind, whole and broken, becomes a document or a clear reason why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from attune.documents.decode import Unreadable
from attune.documents.document import Document, read_document
from attune.documents.pdf import Engine
from tests.support.pdf_files import locked_pdf, pdf, scanned_pdf

ENGINES: list[Engine] = ["pdfium", "pypdf"]
PDF_BYTES = pdf(["The foxes of the park are asleep."] * 40, ["Page two."], title="Foxes")


def read(folder: Path, name: str, content: bytes, engine: Engine = "pdfium") -> Document:
    file = folder / name
    file.write_bytes(content)
    return read_document(file, name, engine)


def test_text_is_what_stands_in_the_file(tmp_path: Path) -> None:
    text = "Of foxes\n\nThey live — mostly — in\tthe park.\n  Indented.\n"
    assert read(tmp_path, "of-foxes.txt", text.encode()) == Document("of-foxes.txt", "Of foxes", text)


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfa\r\nb\r\n", "a\rb\n".encode("utf-16"), b"a\nb\n", b"a\n\0b\n\x1a"])
def test_encodings_and_line_ends_do_not_matter(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, "a.TXT", content).text == "a\nb\n"


def test_markdown(tmp_path: Path) -> None:
    text = "Intro.\n\n# Foxes\n\n* one\n* two\n"
    assert read(tmp_path, "x.markdown", text.encode()) == Document("x.markdown", "Foxes", text)


@pytest.mark.parametrize("text", ["A sentence as the first line.", "x" * 300])
def test_the_file_name_is_the_last_resort_for_a_title(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, "field_notes-2021.md", text.encode()).title == "field notes 2021"


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


@pytest.mark.parametrize("engine", ENGINES)
def test_pdf(tmp_path: Path, engine: Engine) -> None:
    def page(animal: str) -> tuple[str, str]:
        return (
            f"In all of the parks of the city {animal} are found, in the woods and in the",
            f"gardens. We saw {animal}.",
        )

    animals = ["foxes", "toads", "bears"]
    pages = [["Annual Report", *page(animal), f"Page {n} of 3"] for n, animal in enumerate(animals, start=1)]
    document = read(tmp_path, "x.pdf", pdf(*pages, title="Animals of the city"), engine)
    assert document.title == "Animals of the city"
    assert document.text == "\n".join(" ".join(page(animal)) for animal in animals)
    length = len(" ".join(page("foxes"))) + 1
    assert document.page_starts == (0, length, 2 * length)
    assert document.pages(0, 5) == (1, 1)
    assert document.pages(0, len(document.text)) == (1, 3)
    assert document.pages(length, length + 1) == (2, 2)


@pytest.mark.parametrize("engine", ENGINES)
def test_pages_without_text_are_counted(tmp_path: Path, engine: Engine) -> None:
    document = read(tmp_path, "x.pdf", pdf([], ["Some words."], [], ["Other words."], []), engine)
    assert document.text == "Some words.\nOther words."
    assert document.pages_without_text == 3
    assert document.pages(0, 11) == (2, 2)
    assert document.pages(12, 24) == (4, 4)


def test_only_pdf_has_pages(tmp_path: Path) -> None:
    document = read(tmp_path, "x.txt", b"words")
    assert document.pages(0, 5) is None
    assert document.pages_without_text == 0


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_pdf_that_anyone_may_open(tmp_path: Path, engine: Engine, algorithm: str) -> None:
    assert read(tmp_path, "x.pdf", locked_pdf("", algorithm), engine).text == "A secret about foxes."


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (PDF_BYTES[: len(PDF_BYTES) // 2], "broken, or not a PDF"),
        (b"<html><body>I am a page</body></html>", "broken, or not a PDF"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 50, "broken, or not a PDF"),
        (locked_pdf("secret", "RC4-128"), "encrypted with a password"),
        (locked_pdf("secret", "AES-256"), "encrypted with a password"),
        (scanned_pdf(), "no text; .*ocrmypdf"),
    ],
    ids=["empty", "truncated", "html", "garbage", "locked", "locked with AES", "scanned"],
)
def test_unreadable_pdf(tmp_path: Path, engine: Engine, content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(tmp_path, "x.pdf", content, engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_pdf_with_a_flipped_byte_is_read_or_named(tmp_path: Path, engine: Engine) -> None:
    for place in range(0, len(PDF_BYTES), 29):
        content = bytearray(PDF_BYTES)
        content[place] ^= 0x55
        try:
            read(tmp_path, "x.pdf", bytes(content), engine)
        except Unreadable as reason:
            assert "\n" not in str(reason)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("x.txt", b"", "empty file"),
        ("x.txt", b" \n\xef\xbb\xbf\t\n", "no text"),
        ("x.md", b"f\xfcr", "byte 0xfc at offset 1"),
        ("x.html", b"", "empty file"),
        ("x.html", b"<!-- nothing -->", "no text"),
        ("x.html", b"<p>f\xfcr</p>", "byte 0xfc at offset 4"),
        ("x.html", b'<meta charset="klingon"><p>x</p>', "unknown encoding 'klingon'"),
    ],
)
def test_unreadable_text(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(tmp_path, name, content)


def test_a_file_that_is_gone_or_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"cannot be opened \(No such file"):
        read_document(tmp_path / "gone.txt", "gone.txt", "pdfium")
    with pytest.raises(Unreadable, match=r"cannot be opened \(Is a directory"):
        read_document(tmp_path, "folder.txt", "pdfium")


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="its name is not UTF-8"):
        read_document(tmp_path / "x.txt", "f\udcfcr.txt", "pdfium")
