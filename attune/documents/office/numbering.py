"""The numbers that a word processor puts before headings and items: "1.2", "(b)", "iv.". They are no part of the text.

As ECMA-376, part 1, 17.9 has it: a paragraph names a list and a level, by itself or by its style; a level says from
where it counts, in which figures, and how the numbers of all levels are put together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from attune.documents.markup.lists import written
from attune.documents.office.archive import Element

MOST = 10**6  # a number beyond is a mistake
PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True)
class Level:
    """A level of a list: its figures ("decimal", "bullet", ...), how its label is put together, its first number."""

    figures: str
    text: str
    start: int


class Numbering:
    """The lists of a document, and how far each has counted."""

    def __init__(self, root: Element | None) -> None:
        """Read the part of a document that defines its lists; without one there are none."""
        self._levels: dict[str, dict[int, Level]] = {}
        self._lists: dict[str, tuple[str, dict[int, int]]] = {}  # by number: what defines it, where it starts anew
        self._styles: dict[str, tuple[str, int]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[str] = set()
        if root is None:
            return
        for one in root.iterfind("{*}abstractNum"):
            name = value(one, "abstractNumId")
            self._levels[name] = {integer(value(level, "ilvl")): _level(level) for level in one.iterfind("{*}lvl")}
        for one in root.iterfind("{*}num"):
            name, of = value(one, "numId"), value(one.find("{*}abstractNumId"), "val")
            starts = {}
            for changed in one.iterfind("{*}lvlOverride"):
                level, new = integer(value(changed, "ilvl")), changed.find("{*}lvl")
                if new is not None:  # a level of its own makes it a list of its own
                    self._levels[f"{name} of {of}"] = self._levels.get(of, {}) | {level: _level(new)}
                    of = f"{name} of {of}"
                if (start := changed.find("{*}startOverride")) is not None:
                    starts[level] = integer(value(start, "val"))
            self._lists[name] = (of, starts)

    def level(self, number: str, level: int) -> Level | None:
        """Return a level of a list; None where there is no such list, or none is wanted ("0")."""
        return self._levels.get(self._lists.get(number, ("", {}))[0], {}).get(level)

    def label(self, number: str, level: int) -> str:
        """Count one on in a list, and return what stands before this paragraph; "" for a bullet."""
        of, starts = self._lists[number]
        levels = self._levels[of]
        counts = self._counts.setdefault(of, {})
        if number not in self._begun:
            self._begun.add(number)
            for one in [one for one in counts if one in starts]:
                del counts[one]
        first = starts.get(level, levels[level].start)
        counts[level] = counts[level] + 1 if level in counts else first
        for deeper in [one for one in counts if one > level]:
            del counts[deeper]
        if levels[level].figures == "bullet":
            return ""

        def figure(place: re.Match[str]) -> str:
            one = int(place[1]) - 1
            usual = levels[one].start if one in levels else 1
            figures = levels[one].figures if one in levels else "decimal"
            return "" if figures == "none" else in_figures(counts.get(one, usual), figures)

        return PLACE.sub(figure, levels[level].text).strip()


def in_figures(number: int, figures: str) -> str:
    """Write a number in letters, Roman or plain figures, by the name that the format has for them."""
    if not 0 < number < MOST:
        return str(number)
    if figures in ("lowerLetter", "upperLetter"):  # after z comes aa, then bb
        text = chr(97 + (number - 1) % 26) * min((number - 1) // 26 + 1, 9)
    elif figures in ("lowerRoman", "upperRoman"):
        text = written(number, "i")
    else:
        return f"{number:02}" if figures == "decimalZero" else str(number)
    return text.upper() if figures.startswith("upper") else text


def value(element: Element | None, name: str) -> str:
    """Return an attribute of an element by its name without its namespace; "" where there is none."""
    if element is None:
        return ""
    return next((str(found) for key, found in element.attrib.items() if key.rpartition("}")[2] == name), "")


def integer(text: str) -> int:
    """Return a number from 0; what is none is 0."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _level(element: Element) -> Level:
    figures = value(element.find("{*}numFmt"), "val") or "decimal"
    start = element.find("{*}start")
    return Level(
        figures, value(element.find("{*}lvlText"), "val"), integer(value(start, "val")) if start is not None else 0
    )
