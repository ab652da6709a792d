"""From lines to blocks: what is a heading, a list, a table, code, and which lines are one paragraph."""

from __future__ import annotations

from reportlab.pdfgen.canvas import Canvas

from attune.documents.blocks import Options
from attune.documents.pdf.engines import read_pdf
from attune.documents.pdf.flow.blocks import Flow
from tests.support.pdf_files import drawn, lines_at, pdf
from tests.support.pdf_lines import kinds, page

PROSE = [
    "The keeper of the copper boiler closed the valve by the door, since the",
    "steam in the pipe burns the skin at once. The crew from the town came",
    "with a new gauge, and went home in the evening.",
]
WHOLE = " ".join(PROSE)


def blocks(*pages: list[str]) -> list[tuple[str, str]]:
    flow = Flow([page(texts, number) for number, texts in enumerate(pages, start=1)], [{} for _ in pages])
    return [(block.kind, block.text) for block in flow.blocks()]


def test_paragraphs_and_lists() -> None:
    texts = [
        *PROSE,
        "• close the valve of the feed pipe and hang the red tag on its wheel, then",
        "  sign",
        "• go home",
    ]
    assert blocks(texts)[0] == ("paragraph", WHOLE)
    assert blocks(["1. close the valve", "2. go home"]) == [("list", "1. close the valve\n2. go home")]
    assert blocks(["- close the valve", "- go home"]) == [("list", "- close the valve\n- go home")]


def test_lines_of_a_form_or_a_glossary_stay_lines() -> None:
    form = ["Customer Adler", "Invoice number 4100", "Delivered: two pumps", "Payable within 14 days"]
    assert blocks(form) == [("paragraph", line) for line in form]
    glossary = ["airlock|a bubble that stops the water", "bleed|let air out", "cistern|the tank in the attic"]
    ((kind, text),) = blocks(glossary)
    assert kind == "table" and text.split("\n")[1] == "| bleed | let air out |"


def test_a_paragraph_goes_on_over_pages_and_over_notes() -> None:
    def first(canvas: Canvas) -> None:
        lines_at(canvas, PROSE * 8 + PROSE[:1])
        canvas.setFont("Helvetica", 7)
        canvas.drawString(60, 200, "1 A note in small letters at the foot of the page.")

    data = drawn(first, lambda canvas: lines_at(canvas, PROSE[1:] + PROSE * 4))
    found = read_pdf(data, Options()).blocks
    (whole,) = [block for block in found if "\f" in block.text]
    assert "since the \fsteam in the pipe" in whole.text
    assert [block.text for block in found if "A note" in block.text] == [
        "1 A note in small letters at the foot of the page."
    ]


def test_nothing_is_joined_over_the_end_of_a_list_of_lines() -> None:
    pages = [["Customer Adler", "Payable within 14 days"], ["Customer Brandt", "Payable within 30 days"]]
    assert blocks(*pages) == [("paragraph", line) for lines in pages for line in lines]


def test_headings_have_levels() -> None:
    def draw(canvas: Canvas) -> None:
        for number, (size, text) in enumerate([(20, "Boilers"), (14, "Valves"), (10, ""), (14, "Pumps")]):
            canvas.setFont("Helvetica", size)
            canvas.drawString(60, 780 - 60 * number, text)
        canvas.setFont("Helvetica", 10)
        lines_at(canvas, PROSE * 3, y=500)
        canvas.setFont("Helvetica-Bold", 10)
        canvas.drawString(60, 330, "Seals of rubber")
        canvas.setFont("Helvetica", 10)
        lines_at(canvas, PROSE, y=310)

    content = read_pdf(drawn(draw), Options())
    found = [(block.level, block.text) for block in content.blocks if block.kind == "heading"]
    assert found == [(1, "Boilers"), (2, "Valves"), (2, "Pumps"), (3, "Seals of rubber")]


def test_code_keeps_its_lines_and_indentation() -> None:
    code = ["def open(valve):", "    if valve.hot:", "        return  # never", "    valve.turn()"]

    def draw(canvas: Canvas) -> None:
        lines_at(canvas, PROSE)
        canvas.setFont("Courier", 9)
        lines_at(canvas, code, y=680, step=11)
        canvas.setFont("Helvetica", 10)
        lines_at(canvas, PROSE, y=600)

    assert kinds(drawn(draw)) == [("paragraph", WHOLE), ("code", "\n".join(code)), ("paragraph", WHOLE)]


def test_contents_are_entries() -> None:
    lines = [f"{n}.1 Pumps and their seals {'.' * 40} {n * 10}" for n in range(1, 6)]
    ((kind, text),) = kinds(pdf(lines))
    assert kind == "table"
    assert text.split("\n")[0] == "| 1.1 Pumps and their seals | 10 |"


def test_captions() -> None:
    assert blocks(["Figure 3: The boiler of the town"]) == [("caption", "Figure 3: The boiler of the town")]


def test_columns_around_a_figure_have_widths_of_their_own() -> None:
    def draw(canvas: Canvas) -> None:
        column = [text[:40] for text in PROSE * 3]
        for x, y in ((60, 760), (310, 760), (60, 500), (310, 500)):
            lines_at(canvas, column, x, y, 13)
            if (x, y) == (310, 760):
                canvas.drawString(150, 570, "Figure 1: the plant in spring, seen from the north")

    texts = [block.text for block in read_pdf(drawn(draw), Options()).blocks if block.kind == "paragraph"]
    assert min(map(len, texts)) > 100  # no line stands alone
