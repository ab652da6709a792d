"""One file of each kind, whole and broken, becomes a document or a clear reason why not."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from pathlib import Path
from textwrap import wrap

import pytest

from attune.documents.blocks import Options
from attune.documents.decode import Unreadable
from attune.documents.document import read_document
from tests.support.reading import read


def test_text_is_what_stands_in_the_file(tmp_path: Path) -> None:
    document = read(tmp_path, "of-foxes.txt", "Of foxes\n\nThey live — mostly —  in\tthe park.\n".encode())
    assert (document.path, document.title) == ("of-foxes.txt", "Of foxes")
    assert document.text == "Of foxes\n\nThey live — mostly — in the park."
    assert [(block.kind, document.text[block.start : block.end]) for block in document.blocks] == [
        ("heading", "Of foxes"),
        ("paragraph", "They live — mostly — in the park."),
    ]
    assert (document.characters, document.left_out, document.warnings) == (30, {}, ())


@pytest.mark.parametrize("name", ["x.md", "x.MARKDOWN", "x.mdx", "x.rst", "x.adoc", "x.html", "x.htm", "x.xhtml"])
def test_every_ending_has_its_reader(tmp_path: Path, name: str) -> None:
    page = {"html": "<h1>Foxes</h1><p>one", "htm": "<h1>Foxes</h1>one", "xhtml": "<h1>Foxes</h1>one"}
    marks = {"rst": "Foxes\n=====\n\none", "adoc": "= Foxes\n\none"}
    text = (page | marks).get(name.split(".")[1], "# Foxes\n\none")
    document = read(tmp_path, name, text.encode())
    assert (document.title, document.text.split()[-1]) == ("Foxes", "one")
    assert document.blocks[0].kind == "heading"


@pytest.mark.parametrize("text", ["A sentence as the first line.", "x" * 300])
def test_the_file_name_is_the_last_resort_for_a_title(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, "field_notes-2021.md", text.encode()).title == "field notes 2021"


def test_only_pdf_has_pages(tmp_path: Path) -> None:
    document = read(tmp_path, "x.txt", b"words")
    assert document.pages(0, 5) is None
    assert document.pages_without_text == 0


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("x.txt", b"", "empty file"),
        ("x.md", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "`git lfs pull` does"),
        ("x.pdf", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "`git lfs pull` does"),
        ("x.txt", b" \n\xef\xbb\xbf\t\n", "no text"),
        ("x.md", b"f\xfcr", "byte 0xfc at offset 1"),
        ("x.html", b"", "empty file"),
        ("x.html", b"<!-- nothing -->", "no text"),
        ("x.html", b"<p>f\xfcr</p>", "byte 0xfc at offset 4"),
        ("x.html", b'<meta charset="klingon"><p>f\xfcr</p>', "unknown encoding 'klingon'"),
    ],
)
def test_unreadable_text(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(tmp_path, name, content)


def test_a_file_that_is_gone_or_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"cannot be opened \(No such file"):
        read_document(tmp_path / "gone.txt", "gone.txt", Options())
    with pytest.raises(Unreadable, match=r"is no regular file"):
        read_document(tmp_path, "folder.txt", Options())


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="its name is not UTF-8"):
        read_document(tmp_path / "x.txt", "f\udcfcr.txt", Options())


@pytest.mark.parametrize(
    ("count", "told"), [(5, ()), (6, ("6 characters that mean nothing without its fonts are left out",))]
)
def test_characters_of_private_use_are_told(tmp_path: Path, count: int, told: tuple[str, ...]) -> None:
    document = read(tmp_path, "x.txt", f"words{chr(0xE000) * count}\n\uf0b7 item".encode())
    assert (document.text, document.warnings) == ("words\n• item", told)


BASE64 = b64encode(bytes(range(256)) * 6).decode()
IN_LINES = "\n".join(wrap(BASE64, 64))


@pytest.mark.parametrize("file", [BASE64, IN_LINES, f"data:image/png;base64,{BASE64}"])
@pytest.mark.parametrize("name", ["x.txt", "x.html", "x.csv", "x.rst", "x.md", "x.ipynb"])
def test_a_file_in_base64_is_no_text_in_any_format(tmp_path: Path, name: str, file: str) -> None:
    text = f"Before it.\n\n{file}\n\nAfter it.\n"
    cells = [{"cell_type": "code", "source": text, "metadata": {}, "outputs": []}]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    written = {"x.html": f"<p>{text}</p>", "x.ipynb": json.dumps(notebook)}.get(name, text)
    document = read(tmp_path, name, written.encode())
    assert "Before it." in document.text and "After it." in document.text
    assert not re.search(r"[A-Za-z0-9+/]{20}", document.text)
    assert document.left_out["embedded files"] > 1900


@pytest.mark.parametrize("text", ["ACGT" * 200, "\n".join(["ACGTTGCA" * 8] * 9), "a" * 700, "0123456789abcdef" * 4])
def test_sequences_and_sums_are_text(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, "x.txt", f"Before it.\n\n{text}\n".encode()).text.endswith(text[-50:])
