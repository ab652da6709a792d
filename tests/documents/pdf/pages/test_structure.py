"""Tags: what a file says that its pieces of text are."""

from __future__ import annotations

import pypdfium2

from attune.documents.blocks import Options
from attune.documents.pdf.engines import read_pdf
from attune.documents.pdf.pages.structure import Tag, tags_of
from tests.support.pdf_files import drawn, raw_pdf, stream

MARKED = [  # tag, its text; all in one size
    ("H2", "Valves"),
    ("P", "The keeper closed the valve."),
    ("LI", "first close it"),
    ("LI", "then open it"),
    ("H2", "A heading of two"),
    ("H2", "lines of text"),
    ("Code", "x = 1"),
]


def tagged_pdf() -> bytes:
    """A tagged page; the two lines of the last heading are one element, and items stand in lists of lists."""
    body = b"BT /F 10 Tf 14 TL 60 700 Td "
    for number, (tag, text) in enumerate(MARKED):
        body += b"/%s <</MCID %d>> BDC (%s) Tj T* EMC " % (tag.encode(), number, text.encode())
    elements = [(tag, [n]) for n, (tag, _) in enumerate(MARKED[:4])] + [("H2", [4, 5]), ("Code", [6])]
    first = 8  # the number of the first element
    kids = b" ".join(b"%d 0 R" % (first + n) for n in (0, 1, 4, 5)) + b" 7 0 R"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /MarkInfo << /Marked true >> /StructTreeRoot 6 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /StructParents 0"
        b" /Resources << /Font << /F 5 0 R >> >> >>",
        stream(body + b"ET"),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /StructTreeRoot /K [%s] /ParentTree << /Nums [0 [%s]] >> >>"
        % (kids, b" ".join(b"%d 0 R" % (first + n) for n in (0, 1, 2, 3, 4, 4, 5))),
        b"<< /Type /StructElem /S /L /P 6 0 R /K [10 0 R 11 0 R] >>",
    ]
    for tag, marks in elements:
        parent = 7 if tag == "LI" else 6
        numbers = b" ".join(b"%d" % mark for mark in marks)
        objects.append(b"<< /Type /StructElem /S /%s /P %d 0 R /Pg 3 0 R /K [%s] >>" % (tag.encode(), parent, numbers))
    return raw_pdf(objects)


def tags(data: bytes) -> dict[int, Tag]:
    with pypdfium2.PdfDocument(data) as document:
        page = document[0]
        return tags_of(page.raw)


def test_tags_name_headings_items_and_code() -> None:
    found = tags(tagged_pdf())
    assert {mark: (tag.role, tag.level) for mark, tag in found.items()} == {
        **{0: ("heading", 2), 2: ("list", 1), 3: ("list", 1), 4: ("heading", 2), 5: ("heading", 2), 6: ("code", 0)}
    }
    assert found[4].element == found[5].element != found[0].element
    assert found[2].element != found[3].element


def test_tags_win_over_letters() -> None:
    found = [(block.kind, block.level, block.text) for block in read_pdf(tagged_pdf(), Options()).blocks]
    assert ("heading", 2, "Valves") in found
    assert ("heading", 2, "A heading of two lines of text") in found
    assert ("list", 1, "first close it\nthen open it") in found
    assert ("code", 0, "x = 1") in found


def test_a_page_without_tags_has_none() -> None:
    assert tags(drawn(lambda canvas: canvas.drawString(60, 700, "plain"))) == {}
