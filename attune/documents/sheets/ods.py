"""What the XML of LibreOffice's workbooks says beside its values: see `facts`.

Their reader reads all sheets at once, repeats a row as often as the file says, and never ends on XML that is broken. So
this looks before it is called.
"""

from __future__ import annotations

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
