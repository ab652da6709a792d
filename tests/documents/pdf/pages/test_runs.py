"""Pieces of text as pdfium finds them: their places, in any direction, and the gaps within them."""

from __future__ import annotations

import pypdfium2
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from attune.documents.pdf.pages.lines import Run, turned
from attune.documents.pdf.pages.runs import PageText
from tests.support.pdf_files import Draw, drawn


def runs(draw: Draw) -> list[Run]:
    with pypdfium2.PdfDocument(drawn(draw)) as document:
        page = document[0]
        text = page.get_textpage()
        return list(PageText(text.raw, tagged=False).runs())


def width(text: str, size: float = 10) -> float:
    return float(pdfmetrics.stringWidth(text, "Helvetica", size))


def test_a_run_stands_where_it_was_drawn() -> None:
    (run,) = runs(lambda canvas: canvas.drawString(60, 700, "a valve of brass"))
    assert run.text == "a valve of brass"
    assert (run.x0, run.x1, run.y) == pytest.approx((60, 60 + width(run.text), 700), abs=0.01)
    assert run.size == pytest.approx(10)
    assert run.turn == 0 and not run.bold and not run.mono and not run.ink and not run.unmapped


@pytest.mark.parametrize("turn", [90, 180, 270, 45])
def test_turned_text_is_measured_along_its_own_direction(turn: int) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(300, 400)
        canvas.rotate(turn)
        canvas.drawString(20, 30, "upward")

    (run,) = runs(draw)
    assert run.turn == turn
    x, y = turned(300, 400, turn)
    assert (run.x0, run.y) == pytest.approx((x + 20, y + 30), abs=0.01)
    if turn != 45:  # else the end is a little off, since boxes are upright
        assert run.x1 - run.x0 == pytest.approx(width("upward"), abs=0.5)
    assert turned(*turned(3, 4, turn), -turn) == pytest.approx((3, 4))


def test_the_size_is_that_on_the_page_in_forms_as_well() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.beginForm("form")
        canvas.setFont("Helvetica", 5)
        canvas.drawString(10, 10, "twice as large")
        canvas.endForm()
        canvas.translate(100, 600)
        canvas.scale(2, 2)
        canvas.doForm("form")

    (run,) = runs(draw)
    assert (run.size, run.x0, run.y) == pytest.approx((10, 120, 620), abs=0.01)
    assert run.x1 - run.x0 == pytest.approx(width("twice as large"), abs=0.01)


@pytest.mark.parametrize(("blanks", "pieces"), [(1, 1), (2, 1), (3, 2), (9, 2)])
def test_wide_gaps_within_an_object_divide_it(blanks: int, pieces: int) -> None:
    found = runs(lambda canvas: canvas.drawString(60, 700, "flue" + " " * blanks + "the pipe for smoke"))
    assert [run.text.strip() for run in found] == (
        ["flue the pipe for smoke"] if pieces == 1 else ["flue", "the pipe for smoke"]
    )
    if pieces == 2:
        assert found[1].x0 - found[0].x1 == pytest.approx(width(" " * blanks), abs=0.01)


def test_stretched_words_are_not_divided() -> None:
    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(60, 700)
        text.setWordSpace(6)
        text.textOut("words that fill their line as well as they can do")
        canvas.drawText(text)

    assert len(runs(draw)) == 1


def test_the_look_is_told() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Courier-Bold", 10)
        canvas.drawString(60, 700, "code")
        canvas.setFont("Helvetica", 10)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(60, 680, "pale")
        canvas.setFillColorRGB(0, 0, 0)
        text = canvas.beginText(60, 660)
        text.setTextRenderMode(3)
        text.textOut("hidden")
        canvas.drawText(text)

    code, pale, hidden = runs(draw)
    assert code.bold and code.mono and not code.ink
    assert (pale.ink, hidden.ink) == ("white", "invisible")


def test_letters_beyond_ascii_are_read() -> None:
    assert [run.text for run in runs(lambda canvas: canvas.drawString(60, 700, "é – ß"))] == ["é – ß"]
