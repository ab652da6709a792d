"""PDF files: text and pages, whole and broken, by both engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from attune.documents.decode import Unreadable
from attune.documents.pdf import Engine
from tests.support.pdf_files import locked_pdf, pdf, scanned_pdf
from tests.support.reading import read

ENGINES: list[Engine] = ["pdfium", "pypdf"]

PDF_BYTES = pdf(["The foxes of the park are asleep."] * 40, ["Page two."], title="Foxes")


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
