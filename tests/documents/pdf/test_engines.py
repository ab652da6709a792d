"""PDF files to blocks, whole and broken, by both engines; and words drawn anywhere come back as they were."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, BooleanObject, DecodedStreamObject, DictionaryObject, NameObject
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from attune.documents.blocks import Engine, Options, characters
from attune.documents.decode import Unreadable
from attune.documents.pdf.engines import read_pdf
from tests.support.pdf_files import changed, drawn, lines_at, locked_pdf, pdf, scanned_pdf
from tests.support.pdf_lines import kinds, texts
from tests.support.reading import read

ENGINES: list[Engine] = ["pdfium", "pypdf"]
PDF_BYTES = pdf(["The foxes of the park are asleep."] * 40, ["Page two."], title="Foxes")
WORDS = st.text("abcdefghijklmnopqrstuvwxyzäéß", min_size=1, max_size=9)
NUMBERS = st.one_of(
    st.integers(0, 9).map(str),
    st.integers(-99_999, 9_999_999).map("{:,}".format),
    st.decimals(0, 99, places=2).map(str),
    st.integers(0, 999).map("({})".format),
)


@pytest.mark.parametrize("engine", ENGINES)
def test_pdf(tmp_path: Path, engine: Engine) -> None:
    def page(animal: str) -> tuple[str, str, str]:
        return (
            f"In all of the parks of the city {animal} are found, in the woods and in the",
            f"gardens. We saw {animal}. They were asleep below the trees of the",
            "northern" if animal == "bears" else "southern",
        )

    animals = ["foxes", "toads", "bears"]
    pages = [
        ["Annual Report", "gate, where we saw them." if n > 1 else "A walk.", *page(animal), f"Page {n} of 3"]
        for n, animal in enumerate(animals, start=1)
    ]
    document = read(tmp_path, "x.pdf", pdf(*pages, title="Animals of the city"), engine)
    assert document.title == "Animals of the city"
    assert "Report" not in document.text and "of 3" not in document.text
    assert " ".join(document.text.split()).count("southern gate, where we saw them.") == 2
    assert document.pages(0, 5) == (1, 1)
    assert document.pages(0, len(document.text)) == (1, 3)
    assert document.reader == engine


@pytest.mark.parametrize("engine", ENGINES)
def test_pages_without_text_are_counted(tmp_path: Path, engine: Engine) -> None:
    document = read(tmp_path, "x.pdf", pdf([], ["Some words."], [], ["Other words."], []), engine)
    assert document.text == "Some words.\n\nOther words."
    assert document.pages_without_text == 3
    assert document.pages(0, 11) == (2, 2)
    assert document.pages(13, 25) == (4, 4)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_pdf_that_anyone_may_open(tmp_path: Path, engine: Engine, algorithm: str) -> None:
    assert read(tmp_path, "x.pdf", locked_pdf("", algorithm), engine).text == "A secret about foxes."


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"<html><body>I am a page</body></html>", "broken, or not a PDF"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 50, "broken, or not a PDF"),
        (locked_pdf("secret", "RC4-128"), "encrypted with a password"),
        (locked_pdf("secret", "AES-256"), "encrypted with a password"),
        (scanned_pdf(), "no text; .*ocrmypdf"),
    ],
    ids=["empty", "html", "garbage", "locked", "locked with AES", "scanned"],
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


def test_the_other_engine_reads_what_pdfium_cannot_open(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pdf(["The keeper closed the valve."])
    broken = data.replace(b"/Type /Catalog", b"/Type /Cattalog").replace(b"/Pages", b"/Pagez", 1)
    for content in (broken, data[: data.rindex(b"xref")]):
        try:
            found = read_pdf(content, Options())
        except Unreadable:
            continue
        assert found.reader in ENGINES
        assert [block.text for block in found.blocks] == ["The keeper closed the valve."]


def test_a_placeholder_is_no_content() -> None:
    def change(writer: PdfWriter) -> None:
        form = DecodedStreamObject()
        form.set_data(b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><template/></xdp:xdp>")
        fields = {NameObject("/Fields"): ArrayObject(), NameObject("/XFA"): writer._add_object(form)}
        writer.root_object[NameObject("/AcroForm")] = DictionaryObject(fields)

    def render(writer: PdfWriter) -> None:
        writer.root_object[NameObject("/NeedsRendering")] = BooleanObject(True)

    data = changed(pdf(["Please wait...", "Get a newer viewer."]), change)
    for content in (data, changed(data, render)):
        with pytest.raises(Unreadable, match=r"XFA.*Acrobat"):
            read_pdf(content, Options())


def test_pages_of_pictures_are_named_and_empty_ones_are_not() -> None:
    picture = ImageReader(io.BytesIO(b"P5 4 4 255\n" + bytes(16)))

    def scan(canvas: Canvas) -> None:
        canvas.drawImage(picture, 0, 0, 500, 700)

    def blank(_: Canvas) -> None:
        pass

    data = drawn(lambda canvas: canvas.drawString(60, 700, "A cover."), scan, scan, scan, blank)
    assert read_pdf(data, Options()).warnings == (
        "pages 2 to 4 hold pictures and no text; recognise it with `ocrmypdf`",
    )


def test_garbled_pages_are_named() -> None:
    lines = ["".join(chr((ord(c) - 32 + 3) % 95 + 32) for c in "the keeper of the boiler closed the valve")] * 6
    (warning,) = read_pdf(pdf(lines), Options()).warnings
    assert warning.startswith("page 1 holds letters that are no words")


@pytest.mark.parametrize("spacing", [40, 60, 100])
def test_cells_of_numbers_stay_apart(spacing: int) -> None:
    table = [[str(20 * i), f"0.0{i}", str(2 * i + 1), f"{i * 731 + 1000:,}"] for i in range(1, 10)]

    def draw(canvas: Canvas) -> None:
        for number, row in enumerate(table):
            for column, cell in enumerate(row):
                canvas.drawString(60 + spacing * column, 700 - 20 * number, cell)

    assert kinds(drawn(draw)) == [("table", "\n".join(f"| {' | '.join(row)} |" for row in table))]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_turned_table_is_read_row_by_row(turn: int) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(300, 400)
        canvas.rotate(turn)
        for number in range(8):
            for x, cell in zip(
                (-150, -40, 60), (f"KEEPER {number}", f"FROM MAY {number}", f"{number}.50"), strict=True
            ):
                canvas.drawString(x, 80 - 12 * number, cell)

    rows = "\n".join(f"| KEEPER {number} | FROM MAY {number} | {number}.50 |" for number in range(8))
    assert kinds(drawn(draw)) == [("table", rows)]


def test_a_sentence_goes_on_over_pages_with_a_mark_where_the_page_begins() -> None:
    first = ["The keeper of the copper boiler closed the valve by the door, and"] * 5
    second = ["went home to the town, where the crew was waiting for the new pump.", "That was all."]
    content = read_pdf(pdf(first, second), Options())
    assert "by the door, and \fwent home" in content.blocks[0].text
    assert content.blocks[0].page == 1


@settings(deadline=None)
@given(st.lists(st.lists(WORDS, min_size=1, max_size=12), min_size=1, max_size=30))
def test_words_of_a_page_come_back_word_for_word(lines: list[list[str]]) -> None:
    data = drawn(lambda canvas: lines_at(canvas, [" ".join(line) for line in lines]))
    found = " ".join(texts(data)).split()
    assert found == [word for line in lines for word in line]


@settings(deadline=None)
@given(
    st.integers(2, 6).flatmap(lambda n: st.lists(st.lists(NUMBERS, min_size=n, max_size=n), min_size=3, max_size=25))
)
def test_no_digit_of_a_table_changes(rows: list[list[str]]) -> None:
    def draw(canvas: Canvas) -> None:
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                canvas.drawRightString(120 + 75 * column, 760 - 14 * number, cell)

    assert kinds(drawn(draw)) == [("table", "\n".join(f"| {' | '.join(row)} |" for row in rows))]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(40, 450), st.integers(40, 780), st.sampled_from([6, 10, 16]), WORDS),
        max_size=25,
        unique_by=lambda word: word[:2],
    ),
    st.sampled_from([0, 90, 180, 270]),
)
def test_what_is_found_is_in_blocks_or_counted(words: list[tuple[int, int, int, str]], turn: int) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(*{0: (0, 0), 90: (595, 0), 180: (595, 842), 270: (0, 842)}[turn])
        canvas.rotate(turn)
        for x, y, size, word in words:
            canvas.setFont("Helvetica", size)
            canvas.drawString(x, y, word)

    content = read_pdf(drawn(draw), Options())
    found = sum(characters(block.text) for block in content.blocks)
    assert content.characters == sum(len(word) for *_, word in words) == found + sum(content.left_out.values())
    if not content.left_out:
        letters = Counter(letter for block in content.blocks for letter in block.text if letter.isalpha())
        assert letters == Counter("".join(word for *_, word in words))
