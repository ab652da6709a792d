"""Paragraphs of a text document as their styles make them: headings, items of lists, lines of a table of contents."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from lxml import etree

from attune.documents.blocks import characters
from attune.documents.office.archive import Element
from attune.documents.office.docx_elements import run
from attune.documents.office.numbering import Numbering, integer, value

HEADING = re.compile(r"heading ([1-9])", re.I)  # a style is called so in every language; only its title differs
CONTENTS = re.compile(r"toc [1-9]|table of figures|index [1-9]", re.I)
OUTLINE = "outline"  # before the level of a heading, the name of its style
CODE = "code"  # the style of lines in letters of one width
MONO = re.compile(r"courier|mono|consol|menlo|typewriter|fixed|lucida sans typewriter", re.I)
MOST_CODE = 0.8  # of the letters of a document; more is a document set so
PLAIN = "9"  # the outline level of what is no heading
MOST_PARENTS = 50  # of a style; more is a circle


@dataclass(frozen=True)
class Style:
    """What a style says of its paragraphs, with what it takes over from its parents.

    Attributes:
        name: in English, whatever language the program speaks.
        outline: the level of a heading from 0; "" or "9" where it makes none.
        list_number: which list it counts in, "" for none.
        list_level: on which level.
        font: of its letters, "" where it says none.
    """

    name: str = ""
    outline: str = ""
    list_number: str = ""
    list_level: int = 0
    font: str = ""


def read_styles(root: Element | None, numbering: Element | None) -> dict[str, Style]:
    """Return the paragraph styles by their ids."""
    elements = {} if root is None else {value(one, "styleId"): one for one in root.iterfind("{*}style")}
    linked = {}  # levels of lists name the styles that they belong to
    for level in [] if numbering is None else numbering.iterfind("{*}abstractNum/{*}lvl"):
        linked[value(level.find("{*}pStyle"), "val")] = integer(value(level, "ilvl"))
    return {name: _style(name, elements, linked) for name in elements}


def _style(name: str, elements: dict[str, Element], linked: dict[str, int]) -> Style:
    outline = number = font = ""
    level, one = 0, name
    for _ in range(MOST_PARENTS):
        element = elements.get(one)
        if element is None:
            break
        heading = HEADING.fullmatch(value(element.find("{*}name"), "val"))
        outline = outline or value(element.find("{*}pPr/{*}outlineLvl"), "val")
        outline = outline or (str(int(heading[1]) - 1) if heading else "")
        font = font or _font(element)
        counted = element.find("{*}pPr/{*}numPr")
        if counted is not None and not number:
            number = value(counted.find("{*}numId"), "val")
            level = linked.get(one, integer(value(counted.find("{*}ilvl"), "val")))
        one = value(element.find("{*}basedOn"), "val")
    return Style(value(elements[name].find("{*}name"), "val"), outline, number, linked.get(name, level), font)


def _font(holder: Element) -> str:
    """Return the font that a style or a run names for its letters."""
    return value(holder.find("{*}rPr/{*}rFonts"), "ascii")


def settle(root: Element, styles: dict[str, Style], numbering: Numbering, left_out: Counter[str]) -> None:
    """Write into each paragraph of a tree what its style makes of it.

    Headings get a style of their own, `OUTLINE` and their level from 0, and their number as words; items their list
    and its number as words. Lines in letters of one width get the style `CODE`, where not nearly all of the text is.
    Tables of contents go, whose lines are headings again.
    """
    code = _code(root, styles)
    for paragraph in list(root.iter("{*}p")):
        space = paragraph.tag.rpartition("}")[0] + "}"
        properties = paragraph.find(space + "pPr")
        style = styles.get(value(properties.find(space + "pStyle"), "val") if properties is not None else "", Style())
        if CONTENTS.fullmatch(style.name):
            left_out["table of contents"] += characters("".join(one.text or "" for one in paragraph.iter(space + "t")))
            for child in [one for one in paragraph if one is not properties]:
                paragraph.remove(child)
            continue
        if properties is None:
            properties = etree.Element(space + "pPr")
            paragraph.insert(0, properties)
        own = value(properties.find(space + "outlineLvl"), "val") or style.outline
        heading = own.isdecimal() and own != PLAIN and style.name.lower() != "title"
        label = _count(properties, space, style, numbering, heading)
        if heading:
            _set(properties, space, "pStyle", f"{OUTLINE}{own[0]}")
        elif paragraph in code and not label:
            _set(properties, space, "pStyle", CODE)
        if label:
            paragraph.insert(1, run(space, f"{label} "))


def _code(root: Element, styles: dict[str, Style]) -> set[Element]:
    """Return the paragraphs all of whose letters have one width; none where that is so of nearly all of the text."""
    found, size, total = set(), 0, 0
    for paragraph in root.iter("{*}p"):
        texts = [one for one in paragraph.iter("{*}t") if (one.text or "").strip()]
        length = sum(len(one.text or "") for one in texts)
        total += length
        style = styles.get(value(paragraph.find("{*}pPr/{*}pStyle"), "val"), Style())
        if texts and all(MONO.search(_font_of(one.getparent(), style, styles)) for one in texts):
            found.add(paragraph)
            size += length
    return found if size <= MOST_CODE * total else set()


def _font_of(run: Element, style: Style, styles: dict[str, Style]) -> str:
    named = styles.get(value(run.find("{*}rPr/{*}rStyle"), "val"), Style())
    return _font(run) or named.font or style.font


def only_names(root: Element) -> None:
    """Leave of the tree of a document's styles what mammoth asks for; most of a short document is its styles."""
    for one in list(root):
        if one.tag.endswith("}style"):
            for child in [child for child in one if not child.tag.endswith(("}name", "}pPr"))]:
                one.remove(child)
        else:
            root.remove(one)


def _count(properties: Element, space: str, style: Style, numbering: Numbering, heading: bool) -> str:
    """Count a paragraph in its list, if it is in one; return its label, and leave only lists to the reader of lists."""
    own = properties.find(space + "numPr")
    number, level = style.list_number, style.list_level
    if own is not None:
        number = value(own.find(space + "numId"), "val") or number
        level = integer(value(own.find(space + "ilvl"), "val")) if own.find(space + "ilvl") is not None else level
    known = numbering.level(number, level)
    label = numbering.label(number, level) if known else ""
    if own is not None:
        properties.remove(own)
    item = etree.SubElement(properties, space + "numPr")
    listed = known is not None and not heading and known.figures != "none"
    _set(item, space, "ilvl", str(level))
    _set(item, space, "numId", number if listed else "0")
    return label


def _set(parent: Element, space: str, name: str, text: str) -> None:
    element = parent.find(space + name)
    if element is None:
        element = etree.SubElement(parent, space + name)
    element.set(space + "val", text)
