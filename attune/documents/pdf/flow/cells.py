"""Cells that belong together: marks of lists and currencies go with what they mark, leaders divide as gaps do."""

from __future__ import annotations

import re

from attune.documents.pdf.pages.rows import Cell, Line

BULLET = re.compile(r"[•‣◦▪■●○□◻❑❖⬥➢➔►▶✓✔✗☐☑☒·∙\uf0b7]$|[-–—*o]$")
ENUMERATOR = re.compile(r"\(?(?:\d{1,3}(?:\.\d{1,2})*|[a-zA-Z]|[ivxIVX]{1,5})[.)]$")
CURRENCY = re.compile(r"[($€£¥₹\s]+$|(?:US\$|EUR|USD|GBP|CHF|\(\$)$")
TRAILING = re.compile(r"(?<=[\d)—–-]) ([$€£¥₹])$")
CLOSER = re.compile(r"[)%\s]+$|%\)$|\)\s*%$|pts?\.?$")
LEADER = re.compile(r"\s*(?:(?:\.\s?){4,}|(?:·\s?){4,}|(?:…\s?){2,}|(?:_\s?){4,}|(?:(?<!-)-\s?){6,}|(?:=\s?){6,}|(?:\*\s?){6,})")
RUNS = ("..", ". .", "··", "· ·", "……", "… …", "__", "_ _", "--", "- -", "==", "= =", "**", "* *")
DIVIDES = re.compile(r"[.·…]")


def mended(line: Line) -> tuple[Line, int]:
    """Return the line with its cells as one reads them, and how many dots and rules went."""
    cells: list[Cell] = []
    gone = 0
    for cell in line.cells:
        parts, dropped = _without_leaders(cell, last=cell is line.cells[-1])
        gone += dropped
        cells += parts
    if not cells:
        cells = [line.cells[0]._replace(text="")]
    if len(cells) > 1:
        cells = _together(cells)
    return line.of(cells), gone


def _without_leaders(cell: Cell, last: bool) -> tuple[list[Cell], int]:
    if not any(marks in cell.text for marks in RUNS) or not LEADER.search(cell.text):
        return [cell], 0
    texts, start, gone = [""], 0, 0
    for found in LEADER.finditer(cell.text):
        texts[-1] += cell.text[start : found.start()]
        start = found.end()
        gone += len("".join(found[0].split()))
        if DIVIDES.search(found[0]):
            texts.append("")
        else:
            texts[-1] += " ___ " if "_" in found[0] else " "
            gone -= 3 if "_" in found[0] else 0
    texts[-1] += cell.text[start:]
    width = (cell.x1 - cell.x0) / max(1, len(cell.text))
    found_cells, place = [], cell.x0
    for number, text in enumerate(texts):
        words = " ".join(text.split())
        if words:
            at_end = number == len(texts) - 1 and number > 0
            x0 = cell.x1 - width * len(words) if at_end else place
            found_cells.append(cell._replace(text=words, x0=x0, x1=cell.x1 if at_end else x0 + width * len(words)))
            place = x0 + width * (len(words) + 4)
    return found_cells, gone


def _together(cells: list[Cell]) -> list[Cell]:
    """Join a mark with the cell that it marks."""
    joined = [cells[0]]
    for cell in cells[1:]:
        before = joined[-1]
        opens = CURRENCY.match(before.text) or (
            len(joined) == 1 and (BULLET.match(before.text) or ENUMERATOR.match(before.text)) and cell.x0 - before.x1 < 40
        )
        if opens or (CLOSER.match(cell.text) and before.text[-1:].isalnum()):
            joined[-1] = Cell(f"{before.text} {cell.text}", before.x0, cell.x1, cell.bold, cell.mono)
        elif found := TRAILING.search(before.text):  # "1,169 $" and "1,596": the sign is that of the next number
            width = (before.x1 - before.x0) / len(before.text) * len(found[0])
            joined[-1] = before._replace(text=before.text[: found.start()], x1=before.x1 - width)
            joined.append(cell._replace(text=f"{found[1]} {cell.text}", x0=before.x1 - width / 2))
        else:
            joined.append(cell)
    return joined
