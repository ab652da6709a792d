"""A line of a page and its cells, as all later steps see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple


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
