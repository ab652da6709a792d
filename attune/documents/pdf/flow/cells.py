"""Cells that belong together: marks of lists and currencies go with what they mark, leaders divide as gaps do."""

from __future__ import annotations

import re

from attune.documents.pdf.pages.lines import Cell, Line

MARKS = "[•‣◦▪■●○□◻❑❖⬥➢➔►▶✓✔✗☐☑☒·∙]"  # of items
MARK = re.compile(rf"(?:{MARKS}|[-–—*o])$")
NUMBER = re.compile(r"\(?(?:\d{1,2}(?:\.\d{1,2})*|[a-zA-Z]|[ivxIVX]{1,5})[.)]$")  # of an item, if words follow
FARTHEST = 4  # em between a mark and what it marks
CURRENCY = re.compile(r"[($€£¥₹\s]+$|(?:US\$|EUR|USD|GBP|CHF|\(\$)$")
TRAILING = re.compile(r"(?<=[\d)—–-]) ([$€£¥₹])$")
CLOSER = re.compile(r"[)%\s]+$|pts?\.?$")
LEADER = re.compile(
    r"\s*(?:(?:\.\s?){4,}|(?:·\s?){4,}|(?:…\s?){2,}|(?:_\s?){4,}|(?:(?<!-)-\s?){6,}|(?:=\s?){6,}|(?:\*\s?){6,})"
)
RUNS = ("..", ". .", "··", "· ·", "……", "… …", "__", "_ _", "--", "- -", "==", "= =", "**", "* *")  # a quick look
DOTS, BLANK = re.compile(r"[.·…]"), "___"  # what is to be filled in


def mended(line: Line) -> Line:
    """Return the line with its cells as one reads them, without leaders; its text is empty where it had only such."""
    cells = [part for cell in line.cells for part in _without_leaders(cell)] or [line.cells[0]._replace(text="")]
    return line.of(_together(cells, line.size) if len(cells) > 1 else cells)


def _without_leaders(cell: Cell) -> list[Cell]:
    """Return the cells that dots divide; a line to write on stays as a short one, other rules go."""
    if not any(marks in cell.text for marks in RUNS) or not LEADER.search(cell.text):
        return [cell]
    texts, start = [""], 0
    for found in LEADER.finditer(cell.text):
        texts[-1] += cell.text[start : found.start()]
        start = found.end()
        if DOTS.search(found[0]):
            texts.append("")
        else:
            texts[-1] += f" {BLANK} " if "_" in found[0] else " "
    texts[-1] += cell.text[start:]
    if all(text.strip() in ("", BLANK) for text in texts):
        return []
    width = (cell.x1 - cell.x0) / len(cell.text)
    parts, place = [], cell.x0
    for number, text in enumerate(texts):
        words = " ".join(text.split())
        if words:
            x0 = cell.x1 - width * len(words) if 0 < number == len(texts) - 1 else place
            parts.append(cell._replace(text=words, x0=x0, x1=x0 + width * len(words)))
            place = x0 + width * (len(words) + 4)
    return parts


def _together(cells: list[Cell], size: float) -> list[Cell]:
    """Join a mark with the cell that it marks."""
    joined = [cells[0]]
    for cell in cells[1:]:
        before = joined[-1]
        marks = MARK.match(before.text) or (NUMBER.match(before.text) and cell.text[0].isalpha())
        marks = marks and len(joined) == 1 and cell.x0 - before.x1 < FARTHEST * size
        if marks or CURRENCY.match(before.text) or (CLOSER.match(cell.text) and before.text[-1:].isalnum()):
            joined[-1] = Cell(f"{before.text} {cell.text}", before.x0, cell.x1, cell.bold, cell.mono)
        elif found := TRAILING.search(before.text):  # "1,169 $" and "1,596": the sign is that of the next number
            width = (before.x1 - before.x0) / len(before.text) * len(found[0])
            joined[-1] = before._replace(text=before.text[: found.start()], x1=before.x1 - width)
            joined.append(cell._replace(text=f"{found[1]} {cell.text}", x0=before.x1 - width / 2))
        else:
            joined.append(cell)
    return joined
