"""CSV and TSV: a table whose first row of names is guessed as in a workbook."""

from __future__ import annotations

import csv
import re
from collections import Counter
from itertools import islice
from typing import Literal

from attune.documents.blocks import Content, Options, characters
from attune.documents.decode import Unreadable, decoded
from attune.documents.sheets.header import blocks_of
from attune.text.clean import clean

DIVIDERS = "\t;|,"  # in this order where rows fit several: commas also stand in numbers
LOOKED_AT = 200  # rows by which the divider is judged
AGREE = 0.6  # of the rows have as many cells as most have; else nothing divides them
LONGEST = 2**31 - 1  # characters of a cell
HINT = "sep="  # a first line in which a spreadsheet program notes the divider
BLANKS_BEHIND = re.compile(r'(?<=") +(?=[,;|\t\n])')  # a quotation mark that closes a cell
QRELS = ("query-id", "corpus-id", "score")


def read_delimited(data: bytes, _: Options) -> Content:
    """Read rows of cells, whatever divides them.

    Raises:
        Unreadable: it is in an unknown encoding, or holds judgements of a data set of questions.
    """
    text, warning = decoded(data)
    text = clean_lines(text)
    found, warnings = rows_of(text)
    warnings += [warning] if warning else []
    if found and tuple(cell.strip().lower() for cell in found[0]) == QRELS:
        raise Unreadable("judgements on questions, not a document; remove it")
    blocks = blocks_of(found)
    return Content("", tuple(blocks), 0, characters(clean(text)), {}, tuple(warnings))


def clean_lines(text: str) -> str:
    """Return a text whose lines end in one way, without the null characters that some programs fill cells with."""
    return text.lstrip("\ufeff").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def rows_of(text: str) -> tuple[list[list[str]], list[str]]:
    """Return the cells of a text row by row, and what a user should know of them."""
    csv.field_size_limit(LONGEST)
    first, _, rest = text.partition("\n")
    divider = ""
    if first.lower().startswith(HINT) and len(first.strip()) == len(HINT) + 1:
        divider, text = first.strip()[-1], rest
    divider = divider or _divider(text)
    if not divider:
        return [[line.strip()] for line in text.split("\n")], []
    warnings = []
    quoted = _quoted(text, divider)
    if quoted is None:
        rows = list(csv.reader(text.split("\n"), delimiter=divider, quoting=csv.QUOTE_NONE))
        warnings.append("a cell is quoted wrongly; quotation marks are read as letters")
    else:
        rows = quoted
    rows = [[cell.strip() for cell in row] for row in rows]
    widths = Counter(len(row) for row in rows if any(row))
    if len(widths) > 1:
        usual, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        warnings.append(f"{widths.total() - count} of {widths.total()} rows have more or fewer than {usual} cells")
    return rows, warnings


def _quoted(text: str, divider: str) -> list[list[str]] | None:
    """Return the cells of a text, some of which are in quotation marks, with or without blanks around these.

    None where a mark is closed nowhere, which would make one cell of all that follows.
    """
    for way in (text, BLANKS_BEHIND.sub("", text)):
        lines = way.splitlines(True) if '"' in way else way.split("\n")
        try:
            return list(csv.reader(lines, delimiter=divider, skipinitialspace=True, strict=True))
        except csv.Error:
            continue
    return None


def _divider(text: str) -> str:
    """Return what divides the cells: by it most rows have the same number of cells, over one. Else ""."""
    best, most = "", (AGREE, 0)
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        for divider in DIVIDERS:
            widths = _widths(text, divider, quoting)
            wide = Counter({width: count for width, count in widths.items() if width > 1})
            if wide:
                width, count = wide.most_common(1)[0]
                score = (round(count / widths.total(), 1), width)
                if score > most and not (quoting and score[0] == most[0] and best):
                    best, most = divider, score
    return best or next((divider for divider in DIVIDERS if _divides_most(text, divider)), "")


def _divides_most(text: str, divider: str) -> bool:
    """Tell whether most rows hold a divider, whatever number of cells they have; commas of sentences are none."""
    rows = [row for row in text.split("\n", LOOKED_AT)[:LOOKED_AT] if row.strip()]
    if divider == "," and 2 * text.count(", ") > text.count(","):
        return False
    return sum(divider in row for row in rows) > AGREE * len(rows)


def _widths(text: str, divider: str, quoting: Literal[0, 3]) -> Counter[int]:
    """Count the rows by how many cells they have; empty where quotation marks do not fit a divider."""
    try:
        rows = list(
            islice(
                csv.reader(
                    text.splitlines(True), delimiter=divider, quoting=quoting, skipinitialspace=True, strict=True
                ),
                LOOKED_AT,
            )
        )
    except csv.Error:
        return Counter()
    return Counter(len(row) for row in rows if row)
