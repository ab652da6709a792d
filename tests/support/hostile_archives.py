"""Zip archives that want to do harm, and such as are no longer whole: what becomes of each."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator

from tests.support.office_files import OFFICE, WORD, docx, epub, ods, relationships, zipped
from tests.support.seed_files import seeds

SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PARAGRAPH = "<w:p><w:r><w:t>Kept words.</w:t></w:r></w:p>"
READ = "Kept words"  # the file is read, and says so
Hostile = tuple[str, bytes, str]  # the name of a file, what it holds, and READ or words of the reason


def hostile_archives() -> Iterator[Hostile]:
    """Yield the files."""
    yield from _zips()
    yield from _documents()
    yield from _workbooks()
    yield from _slides()
    yield from _books()


def _zips() -> Iterator[Hostile]:
    whole = docx(PARAGRAPH)
    yield "bomb.docx", docx(" " * 60_000_000), "when it is unpacked"
    yield "many-parts.docx", zipped({str(n): "" for n in range(20_001)}), "20,001 files"
    yield (
        "zip-in-zip.docx",
        zipped({"a.zip": zipped({"b.zip": zipped({"c.txt": "words"})})}),
        "without an Office document",
    )
    yield "empty-zip.docx", zipped({}), "without an Office document"
    yield "cut-off.docx", whole[: len(whole) // 2], "damaged"
    yield "only-the-mark.docx", b"PK\3\4", "damaged"
    yield "flipped.docx", bytes(byte ^ (number % 97 == 60) for number, byte in enumerate(whole)), "damaged"
    yield "one-part-many-names.docx", _overlapping(), "damaged|without an Office document"
    yield "lies-about-size.docx", _lying(whole), "damaged"
    yield "slip.docx", docx(PARAGRAPH, {"../../../../tmp/slipped.txt": "out", "/etc/slipped": "out"}), READ
    yield "locked.docx", OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "locked with a password"
    yield "locked-parts.epub", _locked(epub({"a.xhtml": "words"})), "locked with a password"
    yield "old.docx", OLE + b"\0" * 600, "before 2007"
    yield "is-pdf.docx", b"%PDF-1.7\n", "name it .pdf"
    yield "is-rtf.docx", b"{\\rtf1 words}", "RTF"
    yield "is-html.pptx", b"<html><p>words", "begins like HTML"
    yield "random.docx", random.Random(1).randbytes(5000), "begins with the bytes"


def _documents() -> Iterator[Hostile]:
    lol = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    part = f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>&a9;</w:t></w:r></w:p></w:body></w:document>'
    bomb = {"word/document.xml": f'<!DOCTYPE a [<!ENTITY a0 "lol">{lol}]>{part}'}
    yield "entities.docx", docx("", bomb), "word/document.xml"
    file = f'<!DOCTYPE a [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>{part}'
    yield "file-entity.docx", docx("", {"word/document.xml": file}), "declares entities"
    lists = {"word/numbering.xml": f'<!DOCTYPE a [<!ENTITY a0 "lol">{lol}]><a>&a9;</a>'}
    yield "entities-elsewhere.docx", docx(PARAGRAPH, lists, ("n", "numbering", "numbering.xml")), "word/numbering.xml"
    yield "deep.docx", docx("<w:sdt>" * 5000 + "</w:sdt>" * 5000), "not XML"
    boxed = "<w:tbl><w:tr><w:tc>" * 80 + PARAGRAPH + "</w:tc></w:tr></w:tbl>" * 80
    yield "tables-in-tables.docx", docx(boxed), "cannot be read as DOCX|Kept words"
    yield "wide-cell.docx", docx(_cell("999999999")), READ
    yield "odd-cell.docx", docx(_cell("many")), "cannot be read as DOCX"
    own = '<w:style w:type="paragraph" w:styleId="a"><w:basedOn w:val="a"/></w:style>'
    style = f'<w:styles xmlns:w="{WORD}">{own}</w:styles>'
    loop = PARAGRAPH.replace("<w:p>", '<w:p><w:pPr><w:pStyle w:val="a"/></w:pPr>')
    yield "style-of-itself.docx", docx(loop, {"word/styles.xml": style}, ("s", "styles", "styles.xml")), READ
    yield "no-content.docx", docx(""), "no text"
    yield "itself-inside.docx", docx(PARAGRAPH, {"word/embeddings/a.docx": docx(PARAGRAPH)}), READ
    loops = {"word/_rels/document.xml.rels": relationships(("a", "footnotes", "document.xml"))}
    yield "notes-of-itself.docx", docx(PARAGRAPH, loops), READ


def _cell(columns: str) -> str:
    span = f'<w:tcPr><w:gridSpan w:val="{columns}"/></w:tcPr>'
    return f"<w:tbl><w:tr><w:tc>{span}{PARAGRAPH}</w:tc></w:tr><w:tr><w:tc>{PARAGRAPH}</w:tc></w:tr></w:tbl>"


def _workbooks() -> Iterator[Hostile]:
    kept = '<row r="1"><c r="A1" t="inlineStr"><is><t>Kept words</t></is></c></row>'
    yield "plain.xlsx", _xlsx(kept), READ
    yield "last-corner.xlsx", _xlsx(kept + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "no text"
    yield "merged-all.xlsx", _xlsx(kept, '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'), READ
    yield (
        "no-such-string.xlsx",
        _xlsx(kept + '<row r="2"><c r="A2" t="s"><v>999999999</v></c></row>'),
        f"{READ}|damaged",
    )
    yield "rows-backwards.xlsx", _xlsx('<row r="9"><c r="A9"><v>1</v></c></row>' + kept), READ
    yield (
        "no-such-cell.xlsx",
        _xlsx(kept + '<row r="2"><c r="ZZZ99999999"><v>1</v></c></row>'),
        f"{READ}|damaged|scattered",
    )
    yield "cut-off-sheet.xlsx", _xlsx("<row>"), "damaged"
    cell = '<table:table-cell table:number-columns-repeated="999999999"><text:p>x</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="999999999">{cell}</table:table-row>'
    yield "repeated.ods", ods(row), "too large"
    yield "cut-off.ods", ods("<table:table-row>"), "not XML"
    yield "garbage.xls", OLE + random.Random(2).randbytes(5000), "damaged workbook"
    yield "is-text.xlsx", b"Valve,Heat\n", "Valve"


def _xlsx(rows: str, behind: str = "") -> bytes:
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relationships(("r", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="S" sheetId="1" r:id="r"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relationships(("r", "worksheet", "worksheets/sheet1.xml")),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData>{behind}</worksheet>',
        }
    )


def _slides() -> Iterator[Hostile]:
    body = "<p:txBody><a:p><a:r><a:t>Kept words</a:t></a:r></a:p></p:txBody>"
    shape = f"<p:sp><p:nvSpPr><p:cNvPr/><p:nvPr/></p:nvSpPr>{body}</p:sp>"
    yield "one-slide-many-times.pptx", _pptx(shape, 50_000), READ
    yield "groups-in-groups.pptx", _pptx("<p:grpSp>" * 200 + shape + "</p:grpSp>" * 200), READ
    yield "deep.pptx", _pptx("<p:grpSp>" * 5000 + shape + "</p:grpSp>" * 5000), "not XML"
    wide = f'<a:tbl><a:tr><a:tc gridSpan="999999999">{body}</a:tc>'
    yield "wide-cell.pptx", _pptx(f"<p:graphicFrame>{wide}</a:tr></a:tbl></p:graphicFrame>"), READ
    yield "no-slides.pptx", _pptx("", 0), "no text"


def _pptx(shapes: str, times: int = 1) -> bytes:
    space = f'xmlns:p="urn:p" xmlns:a="urn:a" xmlns:r="{OFFICE}"'
    slides = '<p:sldId r:id="r"/>' * times
    return zipped(
        {
            "_rels/.rels": relationships(("r", "officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f"<p:presentation {space}><p:sldIdLst>{slides}</p:sldIdLst></p:presentation>",
            "ppt/_rels/presentation.xml.rels": relationships(("r", "slide", "slides/slide1.xml")),
            "ppt/slides/slide1.xml": f"<p:sld {space}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>",
            "ppt/slides/_rels/slide1.xml.rels": relationships(("r", "notesSlide", "slide1.xml")),
        }
    )


def _books() -> Iterator[Hostile]:
    lock = '<encryption><EncryptedData><EncryptionMethod Algorithm="aes"/></EncryptedData></encryption>'
    yield "drm.epub", epub({"a.xhtml": "words"}, parts={"META-INF/encryption.xml": lock}), "locked by its seller"
    outside = {"../../../../../../etc/passwd": "out", "file:///etc/passwd": "out", "a.xhtml": "<p>Kept words</p>"}
    yield "looks-outside.epub", epub(outside), READ
    yield "no-chapters.epub", epub({}), "names no chapters"
    yield "deep-chapter.epub", epub({"a.xhtml": "<div>" * 100_000 + "Kept words"}), READ
    yield "cut-off.epub", seeds()[".epub"][:-50], "damaged"


def _overlapping() -> bytes:
    """Many names in the directory for the bytes of one part, as in the bombs of David Fifield."""
    data = zipped({"a": b"a" * 1000})
    place = data.index(b"PK\1\2")
    entry, end = data[place : data.index(b"PK\5\6")], data[data.index(b"PK\5\6") :]
    names = [entry[:46] + bytes([97 + n]) for n in range(20)]
    counts = struct.pack("<HHIIH", 20, 20, sum(map(len, names)), place, 0)
    return data[:place] + b"".join(names) + end[:8] + counts


def _lying(data: bytes) -> bytes:
    place = data.index(b"PK\1\2", data.index(b"word/document.xml", data.index(b"PK\1\2")) - 60)
    return data[: place + 24] + struct.pack("<I", 10) + data[place + 28 :]


def _locked(data: bytes) -> bytes:
    place = data.index(b"PK\1\2") + 8
    return data[:place] + bytes([data[place] | 1]) + data[place + 1 :]
