"""Elements of text documents, made and replaced: runs of text, text boxes, and blocks as paragraphs and tables."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from attune.documents.blocks import Block
from attune.documents.office.archive import Element

VML = "{urn:schemas-microsoft-com:vml}"
KEEP_BLANKS = "{http://www.w3.org/XML/1998/namespace}space"


def run(space: str, text: str) -> Element:
    """Return a run of text; `space` is the namespace in braces."""
    element = etree.Element(space + "r")
    words = etree.SubElement(element, space + "t")
    words.text = text
    words.set(KEEP_BLANKS, "preserve")
    return element


def text_box(space: str, inside: Sequence[Element]) -> Element:
    """Return a text box, in the older of its two forms, around paragraphs and tables."""
    return holder(space, "pict", [holder(VML, "textbox", [holder(space, "txbxContent", inside)])])


def written(space: str, block: Block) -> list[Element]:
    """Return a block as elements of the document: paragraphs, or a table whose first rows may be its header."""
    if block.kind != "table":
        return [holder(space, "p", [run(space, line)]) for line in block.text.split("\n")]
    rows = []
    for number, line in enumerate(block.text.split("\n")):
        cells = line.removeprefix("| ").removesuffix(" |").split(" | ")
        row = holder(space, "tr", [holder(space, "tc", [holder(space, "p", [run(space, cell)])]) for cell in cells])
        if number < block.header:
            row.insert(0, holder(space, "trPr", [etree.Element(space + "tblHeader")]))
        rows.append(row)
    return [holder(space, "tbl", rows)]


def holder(space: str, kind: str, inside: Sequence[Element]) -> Element:
    """Return an element of a kind around others."""
    element = etree.Element(space + kind)
    element.extend(inside)
    return element


def replace(element: Element, by: Sequence[Element]) -> None:
    """Put elements in the place of another one; text between elements means nothing here."""
    parent = element.getparent()
    place = parent.index(element)
    parent.remove(element)
    for one in reversed(by):
        parent.insert(place, one)
