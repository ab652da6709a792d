"""Text documents: what python-docx writes comes back, and what mammoth alone would lose or invent does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from docx.document import Document as Written
from docx.enum.style import WD_STYLE_TYPE
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.documents.blocks import Block, Content, Options, characters
from attune.documents.decode import Unreadable
from attune.documents.office.docx import read_docx
from tests.support.office_files import WORD, docx, zipped

MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
WORDS = st.text("abc äß東1.,", min_size=1, max_size=20).filter(str.strip)


def written(fill: Callable[[Written], object]) -> Content:
    document = Document()
    fill(document)
    file = BytesIO()
    document.save(file)
    return read_docx(file.getvalue(), Options())


def of(body: str, parts: dict[str, str | bytes] | None = None, *related: tuple[str, str, str]) -> Content:
    return read_docx(docx(body, parts, *related), Options())


def texts(content: Content) -> list[str]:
    return [block.text for block in content.blocks]


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(inside: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{inside}</w:p>"


def nothing_is_lost(content: Content) -> bool:
    return characters("".join(texts(content))) == content.characters - sum(content.left_out.values())


def test_a_document_of_all_kinds() -> None:
    def fill(document: Written) -> None:
        document.core_properties.title = "Template 7"
        document.add_paragraph("Boiler manual", style="Title")
        document.add_heading("Limits of use", 1)
        raised = document.add_paragraph("Since 2021")
        raised.add_run("1").font.superscript = True
        raised.add_run(" it is used.")
        document.add_heading("Parts", 2)
        for text, style in (("valves", "List Bullet"), ("of brass", "List Bullet 2"), ("pumps", "List Bullet")):
            document.add_paragraph(text, style=style)
        table = document.add_table(3, 3, style="Table Grid")
        for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
            cell.text = str(number)
        table.cell(1, 0).merge(table.cell(2, 0))
        document.add_paragraph("Table 1: Values", style="Caption")

    content = written(fill)
    assert content.title == "Boiler manual"
    assert content.blocks == (
        Block("heading", "Boiler manual", level=1),
        Block("heading", "Limits of use", level=1),
        Block("paragraph", "Since 2021^1 it is used."),
        Block("heading", "Parts", level=2),
        Block("list", "- valves\n- of brass\n- pumps", level=1),
        Block("table", "| 0 | 1 | 2 |\n| 3 6 | 4 | 5 |\n| 3 6 | 7 | 8 |", header=1),
        Block("caption", "Table 1: Values"),
    )
    assert content.left_out == {}


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["Heading 1", "Heading 3", "Normal", "List Bullet"]), WORDS), min_size=1))
def test_every_paragraph_comes_back_as_what_it_is(paragraphs: list[tuple[str, str]]) -> None:
    content = written(lambda document: [document.add_paragraph(text, style=style) for style, text in paragraphs])
    found = [
        (block.kind, block.level, line.removeprefix("- ") if block.kind == "list" else line)
        for block in content.blocks
        for line in block.text.split("\n")
    ]
    kinds = {
        "Heading 1": ("heading", 1),
        "Heading 3": ("heading", 3),
        "Normal": ("paragraph", 0),
        "List Bullet": ("list", 1),
    }
    assert found == [(*kinds[style], " ".join(text.split())) for style, text in paragraphs]
    assert nothing_is_lost(content)


NUMBERS = (
    f'<w:numbering xmlns:w="{WORD}">'
    '<w:abstractNum w:abstractNumId="1">'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1"/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl>'
    "</w:abstractNum>"
    '<w:abstractNum w:abstractNumId="2">'
    '<w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%1)"/></w:lvl>'
    "</w:abstractNum>"
    '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num></w:numbering>'
)


def counted(text: str, number: int, level: int = 0, more: str = "") -> str:
    return paragraph(run(text), f'{more}<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def test_numbers_of_headings_and_items_are_written() -> None:
    content = of(
        counted("Scope", 1, 0, '<w:outlineLvl w:val="0"/>')
        + counted("Valves", 1, 1, '<w:outlineLvl w:val="1"/>')
        + counted("open", 2)
        + paragraph(run("Between."))
        + counted("shut", 2)
        + counted("Pumps", 1, 1, '<w:outlineLvl w:val="1"/>')
        + counted("no list", 9),
        {"word/numbering.xml": NUMBERS},
        ("n", "numbering", "numbering.xml"),
    )
    assert texts(content) == ["1 Scope", "1.1 Valves", "(c) open", "Between.", "(d) shut", "1.2 Pumps", "no list"]
    assert [block.kind for block in content.blocks] == [
        "heading",
        "heading",
        "list",
        "paragraph",
        "list",
        "heading",
        "paragraph",
    ]
    assert nothing_is_lost(content)


STYLED = (
    f'<w:styles xmlns:w="{WORD}">'
    '<w:style w:type="paragraph" w:styleId="u1"><w:name w:val="heading 2"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="mine"><w:name w:val="Clause"/><w:basedOn w:val="u1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="loop"><w:name w:val="Loop"/><w:basedOn w:val="loop"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="toc1"><w:name w:val="toc 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="code"><w:name w:val="Source Code"/></w:style></w:styles>'
)


def test_numbers_that_are_not_shown_are_not_written() -> None:
    unseen = NUMBERS.replace('w:val="decimal"/><w:lvlText w:val="%1"/>', 'w:val="none"/><w:lvlText w:val="%1"/>')
    content = of(counted("Scope", 1), {"word/numbering.xml": unseen}, ("n", "numbering", "numbering.xml"))
    assert texts(content) == ["Scope"]


def test_styles_make_headings_by_what_they_are_based_on() -> None:
    content = of(
        "".join(
            paragraph(run(text), f'<w:pStyle w:val="{style}"/>')
            for text, style in (
                ("Clause one", "mine"),
                ("Plain", "loop"),
                ("Clause one ... 3", "toc1"),
                ("Gone", "none"),
            )
        ),
        {"word/styles.xml": STYLED},
        ("s", "styles", "styles.xml"),
    )
    assert content.blocks == (
        Block("heading", "Clause one", level=2),
        Block("paragraph", "Plain"),
        Block("paragraph", "Gone"),
    )
    assert content.left_out == {"table of contents": 10}
    assert content.title == "Clause one"


def test_code_keeps_its_lines() -> None:
    lines = "".join(paragraph(run(line), '<w:pStyle w:val="code"/>') for line in ("if open:", "    close()"))
    content = of(lines, {"word/styles.xml": STYLED}, ("s", "styles", "styles.xml"))
    assert content.blocks == (Block("code", "if open:\n    close()"),)


FIELD = '<w:fldSimple w:instr="SEQ Table">{}</w:fldSimple>'
DELETED = '<w:del w:id="1"><w:r><w:delText>never </w:delText></w:r></w:del>'
BOX = "<w:txbxContent><w:p>{}</w:p></w:txbxContent>"
DRAWING = f'<w:drawing><wps:txbx xmlns:wps="urn:wps">{BOX}</wps:txbx></w:drawing>'
PICTURE = f'<w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:textbox>{BOX}</v:textbox></v:shape></w:pict>'
EITHER = '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice>{}</mc:Choice><mc:Fallback>{}</mc:Fallback></mc:AlternateContent>'
CONTROL = "<w:sdt><w:sdtPr>{}</w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>"


@pytest.mark.parametrize(
    ("inside", "shown", "left_out"),
    [
        (run("Table ") + FIELD.format(run("7")), ["Table 7"], {}),
        (run("a") + "<w:bdo>" + run("b") + "</w:bdo><w:unheard>" + run("c") + "</w:unheard>", ["abc"], {}),
        (f"<w:ins>{run('new ')}</w:ins>{DELETED}{run('end')}", ["new end"], {"deleted": 5}),
        (f"<w:moveFrom>{run('here ')}</w:moveFrom><w:moveTo>{run('there')}</w:moveTo>", ["there"], {"deleted": 4}),
        (run("seen") + run(" unseen", "<w:vanish/>"), ["seen"], {"hidden": 6}),
        (run("seen") + run(" too", '<w:vanish w:val="0"/>'), ["seen too"], {}),
        (run("a") + f"<w:r>{DRAWING.format(run('box'))}</w:r>", ["a", "box"], {}),
        (
            run("a") + f"<w:r>{EITHER.format(DRAWING.format(run('box')), PICTURE.format(run('box')))}</w:r>",
            ["a", "box"],
            {},
        ),
        (run("a") + f"<w:r>{EITHER.format(DRAWING.format(run('box')), '')}</w:r>", ["a", "box"], {}),
        (CONTROL.format("<w:showingPlcHdr/>", run("Click here")) + run("b"), ["b"], {"placeholders": 9}),
        (CONTROL.format("", run("Ada")), ["Ada"], {}),
        (run("one") + "<w:r><w:tab/></w:r>" + run("two") + "<w:r><w:cr/></w:r>" + run("three"), ["one two\nthree"], {}),
        (
            "<w:r><w:ruby><w:rt>" + run("tou") + "</w:rt><w:rubyBase>" + run("東") + "</w:rubyBase></w:ruby></w:r>",
            ["東(tou)"],
            {},
        ),
        (run("10") + run("6", '<w:vertAlign w:val="superscript"/>'), ["10^6"], {}),
        (run("10") + run("6", '<w:position w:val="8"/>'), ["10^6"], {}),
        (run("10") + run("6", '<w:position w:val="-8"/>'), ["106"], {}),
        (run("a") + '<w:r><w:footnoteReference w:id="9"/></w:r>' + run(" b"), ["a b"], {}),
        (run("see ") + f'<w:hyperlink r:id="nowhere">{run("the log")}</w:hyperlink>', ["see the log"], {}),
        (
            run("a") + '<w:r><w:pict><v:imagedata xmlns:v="urn:schemas-microsoft-com:vml" r:id="no"/></w:pict></w:r>',
            ["a"],
            {},
        ),
        (
            f'<m:oMath xmlns:m="{MATH}"><m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r>'
            "</m:den></m:f></m:oMath>" + run(" is"),
            ["(a+b)/2 is"],
            {},
        ),
    ],
)
def test_what_is_shown_is_read_and_the_rest_is_counted(inside: str, shown: list[str], left_out: dict[str, int]) -> None:
    content = of(paragraph(inside))
    assert [re.sub(r"[ \t]+", " ", text) for text in texts(content)] == shown
    assert content.left_out == left_out
    assert nothing_is_lost(content)


def test_a_large_first_letter_begins_its_word() -> None:
    frame = '<w:pPr><w:framePr w:dropCap="drop" w:lines="3"/></w:pPr>'
    content = of(f"<w:p>{frame}{run('T')}</w:p><w:p><w:pPr/>{run('he keeper')}</w:p>")
    assert texts(content) == ["The keeper"]
    assert nothing_is_lost(content)


def test_notes_have_the_marks_by_which_the_text_names_them() -> None:
    note = f'<w:footnote w:id="2"><w:p>{run("In cold rooms.")}</w:p></w:footnote>'
    notes = f'<w:footnotes xmlns:w="{WORD}">{note}</w:footnotes>'
    content = of(
        paragraph(run("Hot") + '<w:r><w:footnoteReference w:id="2"/></w:r>' + run(" water.")),
        {"word/footnotes.xml": notes},
        ("f", "footnotes", "footnotes.xml"),
    )
    assert texts(content) == ["Hot[1] water.", "[1] In cold rooms."]


def test_heads_of_pages_and_comments_are_counted() -> None:
    parts: dict[str, str | bytes] = {
        f"word/{name}.xml": f'<w:x xmlns:w="{WORD}"><w:p>{run(text)}</w:p></w:x>'
        for name, text in (("header1", "HEAD"), ("footer1", "FOOT 7"), ("comments", "why"))
    }
    related = (("a", "header", "header1.xml"), ("b", "footer", "footer1.xml"), ("c", "comments", "comments.xml"))
    content = of(paragraph(run("Words.")), parts, *related)
    assert texts(content) == ["Words."]
    assert content.left_out == {"running heads": 9, "comments": 3}
    assert content.characters == 17


def test_inserted_files_are_told() -> None:
    assert of(paragraph(run("a")) + '<w:altChunk r:id="x"/>').warnings[0].startswith("inserted files are not read: 1")


def test_files_within_are_told() -> None:
    related = (
        ("o", "oleObject", "embeddings/a.bin"),
        ("p", "package", "embeddings/Plan.xlsx"),
        ("q", "package", "no.xlsx"),
    )
    content = of(paragraph(run("a")), {"word/embeddings/a.bin": b"x", "word/embeddings/Plan.xlsx": b"x"}, *related)
    assert content.warnings == ("holds 2 files not read here (Plan.xlsx, a.bin); save them as documents of their own",)


def test_nothing_outside_is_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret words")
    link = (
        '<w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData>'
        '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill>'
        '<a:blip r:link="p"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
    )
    content = of(paragraph(run("a") + link), None, ("p", "image", secret.as_uri()))
    assert texts(content) == ["a"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (zipped({"a.txt": "words"}), "without an Office document in it"),
        (docx("<w:p>"), "its part word/document.xml is not XML"),
        (docx('<w:p><w:r><w:sym w:char="zz" w:font="Symbol"/></w:r></w:p>'), "cannot be read as DOCX"),
        (docx("<w:tbl>" * 80 + "</w:tbl>" * 80), "cannot be read|^$"),
    ],
)
def test_broken_documents_have_a_reason(data: bytes, words: str) -> None:
    try:
        content = read_docx(data, Options())
    except Unreadable as reason:
        assert re.search(words, str(reason))
    else:
        assert not content.blocks


CODE = ["def f(x):", "    if x:", "        return 1"]


@pytest.mark.parametrize("by", ["run", "style"])
def test_lines_in_letters_of_one_width_are_code(by: str) -> None:
    def fill(document: Written) -> None:
        document.add_paragraph("The keeper of the boiler runs this in the evening:")
        if by == "style":
            document.styles.add_style("Listing", WD_STYLE_TYPE.PARAGRAPH).font.name = "Consolas"
        for text in CODE:
            line = document.add_paragraph(style="Listing" if by == "style" else None)
            line.add_run(text).font.name = "Courier New" if by == "run" else None
        document.add_paragraph("Then he goes home.")

    assert written(fill).blocks[1] == Block("code", "\n".join(CODE))


def test_a_document_typed_in_such_letters_is_no_code() -> None:
    def fill(document: Written) -> None:
        for text in CODE:
            document.add_paragraph().add_run(text).font.name = "Courier New"

    assert {block.kind for block in written(fill).blocks} == {"paragraph"}
