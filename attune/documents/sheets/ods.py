"""What the XML of LibreOffice's workbooks says beside its values: see `facts`.

Their reader reads all sheets at once, repeats a row as often as the file says, and never ends on XML that is broken. So
this looks before it is called.
"""

from __future__ import annotations

from lxml import etree

from attune.documents.markup.said import raised_mark
from attune.documents.office.archive import Archive, Element
from attune.documents.sheets.facts import Facts, number

CONTENT = "content.xml"
MOST_PERCENT = 1_000  # cells that one repeated percentage stands for


def ods_facts(archive: Archive) -> dict[str, Facts]:
    """Return what is to be known of each sheet, by its name.

    Raises:
        Unreadable: the file is damaged, or too large.
    """
    found = {}
    for table in archive.xml(CONTENT).iterfind("{*}body/{*}spreadsheet/{*}table"):
        facts = Facts()
        row = 0
        for element in table.iter("{*}table-row"):
            repeated = _attribute(element, "number-rows-repeated")
            hidden = element.get(_name(element, "visibility")) in ("collapse", "filter")
            if _note(facts, element, row) and not hidden:
                facts.rows = row + repeated
            if hidden:
                facts.hidden_rows.update(range(row, row + min(repeated, MOST_PERCENT)))
            row += repeated
        found[str(table.get(_name(table, "name")))] = facts
    return found


def with_raised_spans(archive: Archive) -> dict[str, bytes]:
    """Return the content with `^` before letters that are raised, by its name; nothing where none are."""
    if b"text-position" not in archive.read(CONTENT):
        return {}
    content = archive.xml(CONTENT)
    raised = [style.get(_name(style, "name")) for style in content.iter("{*}style") if any(map(_is_raised, style))]
    for span in content.iter("{*}span"):
        above, around = span.getprevious(), span.getparent()
        before = above.tail or "".join(above.itertext()) if above is not None else "" if around is None else around.text
        if span.text and before and not before[-1].isspace() and span.get(_name(span, "style-name")) in raised:
            span.text = raised_mark("".join(span.itertext()).strip(), before[-1]) + span.text
    return {CONTENT: etree.tostring(content, xml_declaration=True, encoding="UTF-8")}


def _is_raised(properties: Element) -> bool:
    """Tell whether a style sets letters above the line: "super 58%", "33% 58%"."""
    shift = properties.get(_name(properties, "text-position"), "").partition(" ")[0].removesuffix("%")
    return shift == "super" or (shift.isdecimal() and int(shift) > 0)


def _note(facts: Facts, row: Element, place: int) -> bool:
    """Note the cells of a row; return whether one has a value."""
    column = 0
    filled = False
    for cell in row.iterfind("{*}table-cell"):
        repeated = _attribute(cell, "number-columns-repeated")
        texts = cell.findall("{*}p")
        if texts or _value_type(cell):
            filled = True
            facts.columns = max(facts.columns, column + repeated)
        if _value_type(cell) == "percentage" and texts:
            shown = "".join(texts[0].itertext())
            decimals = sum(map(str.isdigit, shown.replace(",", ".").partition(".")[2]))
            for one in range(column, column + min(repeated, MOST_PERCENT)):
                facts.percent[place, one] = decimals
        column += repeated
    return filled


def _value_type(cell: Element) -> str:
    return next((str(value) for key, value in cell.attrib.items() if key.endswith("}value-type")), "")


def _attribute(element: Element, name: str) -> int:
    return max(1, number(element.get(_name(element, name)), 0) + 1)


def _name(element: Element, name: str) -> str:
    """Return the name of an attribute in the namespace of its element."""
    return f"{element.tag.rpartition('}')[0]}}}{name}"
