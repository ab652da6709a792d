"""Presentations: what python-pptx writes comes back, and what an audience never sees is counted."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx import Presentation
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.presentation import Presentation as PresentationFile

from attune.documents.blocks import Block, Content, Options
from attune.documents.decode import Unreadable
from attune.documents.office.slides import read_pptx
from tests.support.office_files import zipped

TITLE, BULLETS, ONLY_TITLE, BLANK = 0, 1, 5, 6  # layouts of python-pptx's own template


def saved(deck: PresentationFile) -> bytes:
    file = BytesIO()
    deck.save(file)
    return file.getvalue()


def changed(data: bytes, part: str, change: Callable[[str], str]) -> bytes:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    before = archive_text(parts, part)
    assert change(before) != before
    parts[part] = change(before)
    return zipped(parts)


def archive_text(parts: dict[str, str | bytes], part: str) -> str:
    content = parts[part]
    return content.decode() if isinstance(content, bytes) else content


def read(data: bytes) -> Content:
    return read_pptx(data, Options())


def test_a_presentation_of_all_kinds() -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE])
    slide.shapes.title.text, slide.placeholders[1].text = "Boiler care", "A course"
    slide = deck.slides.add_slide(deck.slide_layouts[BULLETS])
    frame = slide.placeholders[1].text_frame
    frame.text = "Open slowly"
    deeper = frame.add_paragraph()
    deeper.text, deeper.level = "in\vwinter", 1
    slide.shapes.title.text = "Valves"
    table = slide.shapes.add_table(3, 3, 0, 0, 100, 100).table
    for number, cell in enumerate(table.iter_cells()):
        cell.text = str(number)
    table.cell(1, 0).merge(table.cell(2, 1))
    group = slide.shapes.add_group_shape().shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, 9, 9).text_frame.text = "In a group."
    slide.notes_slide.notes_text_frame.text = "Say this."
    content = read(saved(deck))
    assert content.title == "Boiler care"
    assert content.pages == 2
    assert content.blocks == (
        Block("heading", "Boiler care", level=1, page=1),
        Block("paragraph", "A course", page=1),
        Block("heading", "Valves", level=1, page=2),
        Block("list", "- Open slowly\n  - in winter", level=1, page=2),
        Block("table", "| 0 | 1 | 2 |\n| 3 4 6 7 | 3 4 6 7 | 5 |\n| 3 4 6 7 | 3 4 6 7 | 8 |", page=2, header=1),
        Block("paragraph", "In a group.", page=2),
        Block("paragraph", "Say this.", page=2),
    )


WORDS = st.text("abc äß東1.,", min_size=1, max_size=20).filter(str.strip)


@settings(max_examples=5, deadline=None)
@given(st.lists(st.lists(WORDS, max_size=4), min_size=1, max_size=3))
def test_every_text_comes_back_on_its_slide(slides: list[list[str]]) -> None:
    deck = Presentation()
    for texts in slides:
        slide = deck.slides.add_slide(deck.slide_layouts[BLANK])
        for text in texts:
            slide.shapes.add_textbox(0, 0, 9, 9).text_frame.text = text
    content = read(saved(deck))
    assert [(block.page, block.text) for block in content.blocks] == [
        (number, text) for number, texts in enumerate(slides, start=1) for text in texts
    ]


def test_slides_come_in_the_order_in_which_they_are_shown() -> None:
    deck = Presentation()
    for title in ("one", "two", "three"):
        deck.slides.add_slide(deck.slide_layouts[ONLY_TITLE]).shapes.title.text = title
    order = deck.slides._sldIdLst
    order.insert(0, order[2])
    assert [(block.page, block.text) for block in read(saved(deck)).blocks] == [(1, "three"), (2, "one"), (3, "two")]


def test_a_title_that_was_drawn_last_comes_first() -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[ONLY_TITLE])
    slide.shapes.add_textbox(0, 0, 9, 9).text_frame.text = "text"
    slide.shapes.title.text = "Title"
    tree = slide.shapes._spTree
    tree.append(slide.shapes.title._element)
    assert [block.text for block in read(saved(deck)).blocks] == ["Title", "text"]


def test_charts_are_tables() -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[BLANK])
    bars = CategoryChartData()
    bars.categories = ["East", "West"]
    bars.add_series("Q1", (1.5, None))
    bars.add_series("Q2", (3, 4))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 100, 100, bars).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Sold valves"
    points = XyChartData()
    series = points.add_series("Heat")
    series.add_data_point(1, 20)
    series.add_data_point(2.5, 40)
    slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, 0, 0, 100, 100, points)
    assert read(saved(deck)).blocks == (
        Block("caption", "Sold valves", page=1),
        Block("table", "|  | Q1 | Q2 |\n| East | 1.5 | 3 |\n| West |  | 4 |", page=1, header=1),
        Block("table", "|  | Heat |\n| 1 | 20 |\n| 2.5 | 40 |", page=1, header=1),
    )


def test_what_an_audience_never_sees_is_counted() -> None:
    deck = Presentation()
    for title in ("seen", "unseen"):
        deck.slides.add_slide(deck.slide_layouts[ONLY_TITLE]).shapes.title.text = title
    deck.slides[1]._element.set("show", "0")
    box = deck.slides[0].shapes.add_textbox(0, 0, 9, 9)
    box.text_frame.text = "ghost"
    box._element.nvSpPr.cNvPr.set("hidden", "1")
    footer = (
        '<a:t>seen</a:t></a:r></a:p></p:txBody></p:sp><p:sp><p:nvSpPr><p:cNvPr id="9" name="f"/><p:cNvSpPr/><p:nvPr>'
    )
    footer += '<p:ph type="ftr"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>ACME 2021</a:t>'
    content = read(changed(saved(deck), "ppt/slides/slide1.xml", lambda text: text.replace("<a:t>seen</a:t>", footer)))
    assert [block.text for block in content.blocks] == ["seen"]
    assert content.left_out == {"hidden": 11, "running heads": 8}
    assert content.warnings == ("hidden slides are left out: 2",)
    assert content.characters == 4 + 11 + 8
    assert content.pages == 2


@pytest.mark.parametrize(
    ("marks", "shown"),
    [
        (['<a:buAutoNum type="arabicPeriod"/>'] * 2, "1. a\n2. b"),
        (['<a:buAutoNum type="arabicPeriod" startAt="5"/>'] * 2, "5. a\n6. b"),
        (['<a:buChar char="•"/>'] * 2, "- a\n- b"),
        (["<a:buNone/>"] * 2, "a|b"),
        (['<a:buChar char="•"/>', "<a:buNone/>"], "- a|b"),
    ],
)
def test_marks_and_numbers_of_paragraphs(marks: list[str], shown: str) -> None:
    deck = Presentation()
    frame = deck.slides.add_slide(deck.slide_layouts[BLANK]).shapes.add_textbox(0, 0, 9, 9).text_frame
    frame.text = "a"
    frame.add_paragraph().text = "b"
    first, second = marks

    def change(text: str) -> str:
        text = text.replace("<a:p><a:r><a:t>a<", f"<a:p><a:pPr>{first}</a:pPr><a:r><a:t>a<")
        return text.replace("<a:p><a:r><a:t>b<", f"<a:p><a:pPr>{second}</a:pPr><a:r><a:t>b<")

    content = read(changed(saved(deck), "ppt/slides/slide1.xml", change))
    assert "|".join(block.text for block in content.blocks) == shown


def test_raised_letters_change_no_number() -> None:
    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[BLANK]).shapes.add_textbox(0, 0, 9, 9).text_frame.text = "a"
    runs = [("10", 0), ("6", 30000), ("5 J on the 1", 0), ("st", 30000), (", H", 0), ("2", -25000), ("O", 0)]
    written = "".join(f'<a:r><a:rPr baseline="{shift}"/><a:t>{text}</a:t></a:r>' for text, shift in runs)
    content = read(
        changed(saved(deck), "ppt/slides/slide1.xml", lambda text: text.replace("<a:r><a:t>a</a:t></a:r>", written))
    )
    assert [block.text for block in content.blocks] == ["10^6 5 J on the 1st, H2O"]


def test_a_formula_on_a_slide() -> None:
    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[BLANK]).shapes.add_textbox(0, 0, 9, 9).text_frame.text = "E = "
    math = (
        '<a:t>E = </a:t></a:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        '<mc:Choice><a14:m xmlns:a14="urn:a14"><m:oMath xmlns:m="urn:m"><m:sSup><m:e><m:r><m:t>mc</m:t></m:r></m:e>'
        "<m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath></a14:m></mc:Choice><mc:Fallback><a:r><a:t>?</a:t></a:r>"
        "</mc:Fallback></mc:AlternateContent><a:r><a:t>!</a:t>"
    )
    content = read(changed(saved(deck), "ppt/slides/slide1.xml", lambda text: text.replace("<a:t>E = </a:t>", math)))
    assert [block.text for block in content.blocks] == ["E = mc^2!"]


def test_a_slide_of_pictures_is_told() -> None:
    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[ONLY_TITLE]).shapes.title.text = "seen"
    deck.slides.add_slide(deck.slide_layouts[BLANK])
    assert read(saved(deck)).warnings == ("slides without text (pictures are not read): 2",)


def test_a_slide_that_is_missing_is_told_and_one_that_is_broken_names_itself() -> None:
    deck = Presentation()
    for _ in range(2):
        deck.slides.add_slide(deck.slide_layouts[BLANK]).shapes.add_textbox(0, 0, 9, 9).text_frame.text = "a"
    lost = changed(
        saved(deck), "ppt/_rels/presentation.xml.rels", lambda text: re.sub(r"<[^>]*slide2.xml[^>]*>", "", text)
    )
    assert read(lost).warnings == ("slides that are missing in the file: 1",)
    broken = changed(saved(deck), "ppt/slides/slide2.xml", lambda text: text[:200])
    with pytest.raises(Unreadable, match=r"its part ppt/slides/slide2\.xml is not XML"):
        read(broken)
