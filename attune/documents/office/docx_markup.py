"""What a text document shows, in the elements that mammoth knows: what it would pass over is brought into others first.

Seen on mammoth 1.13: it passes over fields with their results, formulas, ruby and any container that it does not know,
it reads of two versions of a text box the older one only, and it reads what is hidden.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from lxml import etree

from attune.documents.blocks import Block, characters
from attune.documents.office.archive import Archive, Element
from attune.documents.office.drawings import drawn
from attune.documents.office.formula import formula
from attune.documents.office.package import Related

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
VML = "urn:schemas-microsoft-com:vml"
OFF = ("0", "false", "off")
SPACE = "{http://www.w3.org/XML/1998/namespace}space"

# elements with text below them that mammoth reads, or leaves out for a reason that is also ours
KNOWN = frozenset(
    (
        *("document", "body", "footnotes", "footnote", "endnotes", "endnote", "comments", "comment", "p", "r", "t"),
        *("tbl", "tr", "tc", "hyperlink", "ins", "del", "moveTo", "moveFrom", "smartTag", "customXml"),
        *(
            "sdt",
            "sdtContent",
            "pict",
            "drawing",
            "object",
            "txbxContent",
            "group",
            "rect",
            "roundrect",
            "shape",
            "textbox",
        ),
        *("delText", "instrText", "pPr", "rPr", "tblPr", "trPr", "tcPr", "sdtPr"),
    )
)


def mend(archive: Archive, parts: Mapping[str, Related], root: Element, left_out: Counter[str]) -> None:
    """Change the tree of a part so that mammoth finds all that it shows, and nothing that it does not.

    Args:
        archive: the file.
        parts: what this part names, by id.
        root: the tree of the part, which is changed.
        left_out: counts by reason, which grow.

    Raises:
        Unreadable: a chart or a diagram in it is damaged.
    """
    space = f"{{{STRICT if STRICT in root.nsmap.values() else WORD}}}"
    _choose(root)
    _drop(root, left_out)
    for math in list(root.iter("{*}oMath")):
        if math.getparent() is not None:
            _replace(math, [run(space, formula(math))])
    for drawing in list(root.iter(space + "drawing")):
        boxes = list(drawing.iter(space + "txbxContent"))
        inside = [one for box in boxes for one in box]
        inside += [one for block in drawn(archive, parts, drawing) for one in _written(space, block)]
        if inside:
            _replace(drawing, [_text_box(space, inside)])
    for ruby in list(root.iter(space + "ruby")):
        above = "".join(one.text or "" for one in ruby.iterfind(f"{space}rt//{space}t"))
        base = ruby.find(space + "rubyBase")
        _replace(ruby, [*([] if base is None else base), *([run(space, f"({above})")] if above else [])])
    for element in list(root.iter(etree.Element)):
        if _name(element) not in KNOWN and element is not root and _holds_text(element, space):
            _replace(element, list(element))
    for line_break in root.iter(space + "cr"):
        line_break.tag = space + "br"
    for table in root.iter(space + "tbl"):
        _name_columns(table, space)


def _choose(root: Element) -> None:
    """Of what is there once for newer programs and once for older ones, keep the one with more text, not both."""
    for one in list(root.iter("{*}AlternateContent")):
        if len(one) and one.getparent() is not None:
            best = max(
                one, key=lambda way: (sum(len(text.text or "") for text in way.iter("{*}t")), _name(way) == "Fallback")
            )
            _replace(one, list(best))


def _drop(root: Element, left_out: Counter[str]) -> None:
    """Take out what is deleted, hidden or waits to be filled in."""
    for kind in ("del", "moveFrom"):
        for element in list(root.iter(f"{{*}}{kind}")):
            text = "".join(one.text or "" for one in element.iter("{*}delText", "{*}t"))
            left_out["deleted"] += characters(text)
            if text:
                _replace(element, [])
    for mark in list(root.iter("{*}vanish", "{*}showingPlcHdr")):
        if _value(mark) in OFF:
            continue
        holder = mark.getparent().getparent()  # the run, or the control, that the mark is a property of
        if holder is None or holder.getparent() is None or _name(holder) not in ("r", "sdt"):
            continue
        reason = "hidden" if _name(holder) == "r" else "placeholders"
        left_out[reason] += characters("".join(one.text or "" for one in holder.iter("{*}t")))
        _replace(holder, [])


def _name_columns(table: Element, space: str) -> None:
    """Mark the first row as header where the table is to look so, and no row says it itself."""
    rows = table.findall(space + "tr")
    look = table.find(f"{space}tblPr/{space}tblLook")
    if look is None or len(rows) < 2 or next(table.iter(space + "tblHeader"), None) is not None:
        return
    mask = int(look.get(space + "val", "0"), 16) if look.get(space + "val", "").isalnum() else 0
    if look.get(space + "firstRow", "1" if mask & 0x20 else "0") not in OFF:
        properties = rows[0].find(space + "trPr")
        if properties is None:
            properties = etree.Element(space + "trPr")
            rows[0].insert(0, properties)
        etree.SubElement(properties, space + "tblHeader")


def _written(space: str, block: Block) -> list[Element]:
    """Return a block as elements of the document: paragraphs, or a table whose first row may be its header."""
    if block.kind != "table":
        return [_holder(space, "p", [run(space, line)]) for line in block.text.split("\n")]
    rows = []
    for number, line in enumerate(block.text.split("\n")):
        cells = line.removeprefix("| ").removesuffix(" |").split(" | ")
        row = _holder(space, "tr", [_holder(space, "tc", [_holder(space, "p", [run(space, cell)])]) for cell in cells])
        if number < block.header:
            row.insert(0, _holder(space, "trPr", [etree.Element(space + "tblHeader")]))
        rows.append(row)
    return [_holder(space, "tbl", rows)]


def run(space: str, text: str) -> Element:
    """Return a run of text; `space` is the namespace in braces."""
    run = etree.Element(space + "r")
    words = etree.SubElement(run, space + "t")
    words.text = text
    words.set(SPACE, "preserve")
    return run


def _text_box(space: str, inside: list[Element]) -> Element:
    box = _holder(f"{{{VML}}}", "textbox", [_holder(space, "txbxContent", inside)])
    return _holder(space, "pict", [box])


def _holder(space: str, kind: str, inside: list[Element]) -> Element:
    element = etree.Element(space + kind)
    element.extend(inside)
    return element


def _replace(element: Element, by: list[Element]) -> None:
    """Put elements in the place of another one; text between elements means nothing here."""
    parent = element.getparent()
    place = parent.index(element)
    parent.remove(element)
    for one in reversed(by):
        parent.insert(place, one)


def _holds_text(element: Element, space: str) -> bool:
    return next(element.iter(space + "t", space + "p"), None) is not None


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _value(element: Element) -> str:
    return next((str(value) for key, value in element.attrib.items() if key.endswith("}val")), "1")
