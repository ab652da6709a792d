"""Text and tables on slides, as DrawingML has them: paragraphs with levels, marks and numbers, and merged cells."""

from __future__ import annotations

from collections.abc import Iterator

from attune.documents.blocks import Block, table
from attune.documents.markup.said import raised_mark
from attune.documents.office.archive import Element
from attune.documents.office.formula import formula

MOST_COLUMNS = 1_000  # a cell that spans more is a lie
DEEPEST = 9  # levels of a list


def paragraphs(shape: Element, page: int, bulleted: bool) -> Iterator[Block]:
    """Yield the texts of a shape: lists where there are marks or numbers, else paragraphs.

    Args:
        shape: what holds them, at any depth.
        page: the number of its slide.
        bulleted: whether its paragraphs are items where they do not say so themselves.
    """
    items: list[str] = []
    numbers: dict[int, int] = {}
    for paragraph in shape.iterfind(".//{*}txBody/{*}p"):
        text = words(paragraph)
        if not text.strip():
            continue
        properties = paragraph.find("{*}pPr")
        level = _integer(properties, "lvl", 0, DEEPEST)
        mark = _mark(properties, level, numbers, "-" if bulleted else "")
        if mark:
            items.append(f"{'  ' * level}{mark} {' '.join(text.split())}")
            continue
        yield from _list(items, page)
        items.clear()
        yield Block("paragraph", text, page=page)
    yield from _list(items, page)


def words(paragraph: Element) -> str:
    """Return the text of a paragraph; a break within it is a newline, and `^` divides what is raised."""
    parts: list[str] = []
    raised = False
    waiting = list(reversed(paragraph))
    while waiting:
        one = waiting.pop()
        kind = one.tag.rpartition("}")[2]
        if kind == "br":
            parts.append("\n")
        elif kind in ("r", "fld"):
            text = "".join(part.text or "" for part in one.iterfind("{*}t"))
            before, was_raised, raised = "".join(parts)[-1:], raised, _is_raised(one)
            if before.strip() and text[:1].strip():
                parts.append(raised_mark(text.strip(), before) if raised else " " * (was_raised and text[0].isdigit()))
            parts.append(text)
        elif kind == "m":
            parts.append("".join(map(formula, one)))
        elif kind == "AlternateContent":  # a formula, and its picture for older programs
            waiting += reversed(next(iter(one), ()))
    return "".join(parts)


def _is_raised(run: Element) -> bool:
    """Tell whether the letters of a run stand above the line, by thousandths of their size or as a percentage."""
    properties = run.find("{*}rPr")
    baseline = "" if properties is None else properties.get("baseline", "").removesuffix("%")
    return baseline.isdecimal() and int(baseline) > 0


def slide_table(element: Element, page: int) -> Block:
    """Return a table; what a merged cell says stands in each of the cells that it covers."""
    rows: list[list[str]] = []
    for row in element.iterfind("{*}tr"):
        cells: list[str] = []
        for cell in row.iterfind("{*}tc"):
            above = rows[-1][len(cells)] if rows and len(cells) < len(rows[-1]) else ""
            if cell.get("hMerge") in ("1", "true"):
                cells.append(cells[-1] if cells else "")
            elif cell.get("vMerge") in ("1", "true"):
                cells.append(above)
            else:
                cells.append(" ".join(words(one) for one in cell.iterfind("{*}txBody/{*}p")))
        rows.append(cells[:MOST_COLUMNS])
    properties = element.find("{*}tblPr")
    named = properties is not None and properties.get("firstRow") in ("1", "true") and len(rows) > 1
    return table(rows, header=int(named), page=page)


def _mark(properties: Element | None, level: int, numbers: dict[int, int], usual: str) -> str:
    """Return what stands before a paragraph; `numbers` are the last ones by level."""
    for deeper in [one for one in numbers if one > level]:
        del numbers[deeper]
    automatic = None if properties is None else properties.find("{*}buAutoNum")
    if automatic is not None:
        numbers[level] = numbers[level] + 1 if level in numbers else _integer(automatic, "startAt", 1, 32_767)
        return f"{numbers[level]}."
    numbers.pop(level, None)
    if properties is None:
        return usual
    if properties.find("{*}buNone") is not None:
        return ""
    return "-" if properties.find("{*}buChar") is not None or properties.find("{*}buBlip") is not None else usual


def _list(items: list[str], page: int) -> Iterator[Block]:
    if items:
        yield Block("list", "\n".join(items), level=1, page=page)


def _integer(element: Element | None, name: str, usual: int, most: int) -> int:
    text = "" if element is None else element.get(name, "")
    return min(int(text), most) if text.isdecimal() and len(text) < 10 else usual
