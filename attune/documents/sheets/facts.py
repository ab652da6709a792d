"""What the XML of a sheet says beside its values: what is hidden, what is a percentage, which sums are unknown.

The reader of values gives numbers without their format, and lays a sheet out as a full rectangle: a single cell in the
last corner would take 500 GiB. So this looks first, at one cell after the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from io import BytesIO

from lxml import etree

from attune.documents.decode import Unreadable
from attune.documents.markup.said import raised_mark
from attune.documents.office.archive import MOST_XML, Archive

PERCENT = {9: 0, 10: 2}  # formats that every program knows: decimals by number (ECMA-376, part 1, 18.8.30)
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
REFERENCE = re.compile(r"\$?([A-Za-z]{1,9})\$?([0-9]{1,15})")
QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')  # letters within a format


@dataclass
class Facts:
    """Rows and columns count from 0.

    Attributes:
        rows, columns: how far the cells with values reach.
        filled: how many cells have a value.
        unknown: how many cells have a formula and no value: the file was written by a program that does not calculate.
        percent: decimals of each cell that shows a percentage.
        hidden_rows, hidden_columns: what is not shown.
    """

    rows: int = 0
    columns: int = 0
    filled: int = 0
    unknown: int = 0
    percent: dict[tuple[int, int], int] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


def percent_styles(archive: Archive, part: str) -> dict[str, int]:
    """Return the decimals of each cell style that shows percentages, by the number under which cells name it."""
    if part not in archive:
        return {}
    styles = archive.xml(part)
    formats = {one.get("numFmtId"): one.get("formatCode", "") for one in styles.iter("{*}numFmt")}
    found = {}
    for number, style in enumerate(styles.iterfind("{*}cellXfs/{*}xf")):
        name = style.get("numFmtId", "")
        code = QUOTED.sub("", formats.get(name, "")).split(";")[0]
        if "%" in code:
            found[str(number)] = len(code.partition("%")[0].partition(".")[2].replace(" ", ""))
        elif name.isdecimal() and int(name) in PERCENT and name not in formats:
            found[str(number)] = PERCENT[int(name)]
    return found


def with_raised_marks(archive: Archive, part: str) -> dict[str, bytes]:
    """Return a part that holds the texts of cells with `^` before what is raised, by its name; none where nothing is.

    The reader of values takes the letters alone: 10 to the sixth would be 106.
    """
    if b"superscript" not in archive.read(part):
        return {}
    strings = archive.xml(part)
    changed = False
    for text in strings.iter("{*}si", "{*}is"):
        before = ""
        for run in text.iterfind("{*}r"):
            letters = run.find("{*}t")
            raised = run.find("{*}rPr/{*}vertAlign")
            if letters is None or not letters.text:
                continue
            if raised is not None and raised.get("val") == "superscript" and before.strip():
                letters.text, changed = raised_mark(letters.text.strip(), before) + letters.text, True
            before = letters.text[-1]
    return {part: etree.tostring(strings, xml_declaration=True, encoding="UTF-8")} if changed else {}


def facts_of(archive: Archive, part: str, percent: dict[str, int]) -> Facts:
    """Look through the part of a sheet.

    Raises:
        Unreadable: it is damaged, or too large.
    """
    facts, row, column = Facts(), -1, -1
    data = archive.read(part)
    if len(data) > MOST_XML:
        raise Unreadable(f"a sheet has {len(data) / 2**20:,.0f} MiB of XML; save it as CSV")
    tags = ("{*}row", "{*}c", "{*}col")
    events = etree.iterparse(
        BytesIO(data), ("start", "end"), tag=tags, resolve_entities=False, no_network=True, load_dtd=False
    )
    try:
        for event, element in events:
            kind = element.tag.rpartition("}")[2]
            if event == "start":
                if kind == "row":
                    row, column = number(element.get("r"), row + 1), -1
                    if element.get("hidden") in ("1", "true"):
                        facts.hidden_rows.add(row)
                continue
            if kind == "col" and element.get("hidden") in ("1", "true"):
                first, last = number(element.get("min"), 0), number(element.get("max"), 0)
                facts.hidden_columns.update(range(first, min(last, LAST_COLUMN) + 1))
            elif kind == "c":
                place = REFERENCE.fullmatch(element.get("r", ""))
                row, column = (int(place[2]) - 1, columnnumber(place[1])) if place else (row, column + 1)
                _note(facts, element, row, column, percent)
                element.clear()
            elif kind == "row":
                element.clear()
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"a damaged {archive.kind} file ({part} is not XML: {str(error)[:80]})") from None
    return facts


def columnnumber(letters: str) -> int:
    """Return the place of a column, from 0: A is 0, Z 25, AA 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _note(facts: Facts, cell: etree._Element, row: int, column: int, percent: dict[str, int]) -> None:
    value = cell.find("{*}v")
    if (value is None or not value.text) and cell.find("{*}is") is None:
        facts.unknown += cell.find("{*}f") is not None
        return
    facts.filled += 1
    facts.rows, facts.columns = max(facts.rows, row + 1), max(facts.columns, column + 1)
    if cell.get("t", "n") == "n" and cell.get("s", "0") in percent:
        facts.percent[row, column] = percent[cell.get("s", "0")]


def number(text: str | None, usual: int) -> int:
    """Return a number that counts from 1 as one that counts from 0; `usual` where it is none."""
    return min(int(text), LAST_ROW) - 1 if text and text.isdecimal() and len(text) < 30 and int(text) else usual
