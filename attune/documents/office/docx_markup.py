"""What a text document shows, in the elements that mammoth knows: what it would pass over is brought into others first.

Seen on mammoth 1.13: it passes over fields with their results, formulas, ruby and any container that it does not know,
it reads of two versions of a text box the older one only, and it reads what is hidden.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from lxml import etree

from attune.documents.blocks import characters
from attune.documents.office.archive import Archive, Element
from attune.documents.office.docx_elements import replace, run, text_box, written
from attune.documents.office.drawings import drawn
from attune.documents.office.formula import formula
from attune.documents.office.numbering import integer, value
from attune.documents.office.package import Related

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
OFF = ("0", "false", "off")

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
    _unlink(root)
    _raise(root, space)
    _join_initials(root, space)
    for math in list(root.iter("{*}oMath")):
        if math.getparent() is not None:
            replace(math, [run(space, formula(math))])
    for drawing in list(root.iter(space + "drawing")):
        boxes = list(drawing.iter(space + "txbxContent"))
        inside = [one for box in boxes for one in box]
        inside += [one for block in drawn(archive, parts, drawing) for one in written(space, block)]
        if inside:
            replace(drawing, [text_box(space, inside)])
    for ruby in list(root.iter(space + "ruby")):
        above = "".join(one.text or "" for one in ruby.iterfind(f"{space}rt//{space}t"))
        base = ruby.find(space + "rubyBase")
        replace(ruby, [*([] if base is None else base), *([run(space, f"({above})")] if above else [])])
    for element in list(root.iter(etree.Element)):
        if _name(element) not in KNOWN and element is not root and _holds_text(element, space):
            replace(element, list(element))
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
            replace(one, list(best))


def _drop(root: Element, left_out: Counter[str]) -> None:
    """Take out what is deleted, hidden or waits to be filled in."""
    for kind in ("del", "moveFrom"):
        for element in list(root.iter(f"{{*}}{kind}")):
            text = "".join(one.text or "" for one in element.iter("{*}delText", "{*}t"))
            left_out["deleted"] += characters(text)
            if text:
                replace(element, [])
    for mark in list(root.iter("{*}vanish", "{*}showingPlcHdr")):
        if value(mark, "val") in OFF:
            continue
        holder = mark.getparent().getparent()  # the run, or the control, that the mark is a property of
        if holder is None or holder.getparent() is None or _name(holder) not in ("r", "sdt"):
            continue
        reason = "hidden" if _name(holder) == "r" else "placeholders"
        left_out[reason] += characters("".join(one.text or "" for one in holder.iter("{*}t")))
        replace(holder, [])


def _unlink(root: Element) -> None:
    """Take the addresses of links and pictures away: none is read, and one that leads nowhere would cost the file."""
    for element in root.iter("{*}hyperlink", "{*}imagedata", "{*}blip"):
        for key in [key for key in element.keys() if "/relationships}" in key]:  # noqa: SIM118  # it is no dict
            del element.attrib[key]


def _raise(root: Element, space: str) -> None:
    """Mark letters as superscript that are raised by a number of points."""
    for position in list(root.iterfind(f".//{space}r/{space}rPr/{space}position")):
        properties, points = position.getparent(), integer(value(position, "val"))
        if properties is not None and points > 0 and properties.find(space + "vertAlign") is None:
            etree.SubElement(properties, space + "vertAlign").set(space + "val", "superscript")


def _join_initials(root: Element, space: str) -> None:
    """Put a large first letter, which has a paragraph of its own, into the one that goes on with its word."""
    for frame in list(root.iterfind(f".//{space}p/{space}pPr/{space}framePr[@{space}dropCap]")):
        paragraph = frame.getparent().getparent()
        rest = paragraph.getnext()
        if value(frame, "dropCap") != "none" and rest is not None and rest.tag == paragraph.tag:
            place = int(rest.find(space + "pPr") is not None)
            rest[place:place] = [one for one in paragraph if one.tag != space + "pPr"]
            replace(paragraph, [])


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


def _holds_text(element: Element, space: str) -> bool:
    return next(element.iter(space + "t", space + "p"), None) is not None


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
