"""Pieces of text on a page, as all later steps see them: runs, cells and lines."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple


class Run(NamedTuple):
    """A piece of text without a wide gap.

    Attributes:
        text: as the file has it, blanks at its ends included; a tab at its end tells that a wide gap follows.
        x0, x1: where its first letter begins and its last one ends, in points along the direction of writing.
        y: its baseline, in points across that direction; it grows upward.
        size: of its font, in points on the page.
        turn: the direction of writing, in degrees against the clock.
        mark: the number by which the tags of its page name it, or -1.
        ink: "" where it can be seen, else "invisible" or "white".
        unmapped: how many of its characters lead to no letter, by the file's own account.
        blank: does pdfium guess that a blank follows?
    """

    text: str
    x0: float
    x1: float
    y: float
    size: float
    turn: int = 0
    bold: bool = False
    mono: bool = False
    mark: int = -1
    ink: str = ""
    unmapped: int = 0
    blank: bool = False


class Cell(NamedTuple):
    """Words of a line that no wide gap divides; places as in `Run`."""

    text: str
    x0: float
    x1: float
    bold: bool
    mono: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page.

    Attributes:
        cells: its words, from left to right; more than one where wide gaps divide them.
        y: its baseline; places as in `Run`.
        size: of most of its letters, in points.
        page: counted from 1.
        turn: as in `Run`.
        mark: the number by which the tags of its page name its first run, or -1.
        text: its words, cells divided by a blank.
    """

    cells: tuple[Cell, ...]
    y: float
    size: float
    page: int
    turn: int = 0
    mark: int = -1
    text: str = ""

    def __post_init__(self) -> None:
        if not self.text:
            object.__setattr__(self, "text", " ".join(cell.text for cell in self.cells).strip())

    @property
    def x0(self) -> float:
        """Return where it begins."""
        return self.cells[0].x0

    @property
    def x1(self) -> float:
        """Return where it ends."""
        return self.cells[-1].x1

    @property
    def bold(self) -> bool:
        """Tell whether all of it is bold."""
        return all(cell.bold for cell in self.cells)

    @property
    def mono(self) -> bool:
        """Tell whether all of it is in letters of one width."""
        return all(cell.mono for cell in self.cells)

    def of(self, cells: Iterable[Cell]) -> Line:
        """Return a line of these cells only."""
        kept = tuple(cells)
        return self if kept == self.cells else replace(self, cells=kept, text="")


def turned(x: float, y: float, turn: int) -> tuple[float, float]:
    """Return a place of the page along and across a direction of writing."""
    if turn == 0:
        return x, y
    angle = math.radians(turn)
    along, up = math.cos(angle), math.sin(angle)
    return x * along + y * up, y * along - x * up
