"""Runs on one baseline, and the cells and words they make: gaps divide them, not blanks that a program wrote."""

from __future__ import annotations

import re
from itertools import pairwise

from attune.documents.pdf.pages.lines import Cell, Line, Run

LEVEL = 0.25  # em; so far apart runs stand on one baseline
CELL = 0.9  # em; a wider gap divides cells
WORD, LEAST = 0.15, 0.08  # em; a wider gap divides words; the lesser one where pdfium thinks so as well
MARK = 0.85  # of the size of its line: smaller is what may be raised or lowered
LONGEST_MARK = 12  # characters
ORDINAL = re.compile(r"(?:st|nd|rd|th|er|re|e|o|a|TM|SM|®|™)\.?$")
SIGNED = re.compile(r"[-−–+]\d")  # an exponent below one
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


class Row:
    """Runs on one baseline while a page is put together."""

    def __init__(self, run: Run) -> None:
        self.runs = [run]
        self.y, self.size, self.x0, self.x1 = run.y, run.size, run.x0, run.x1

    def takes(self, run: Run) -> bool:
        """Tell whether a run stands on this line, and beside what is there."""
        distance, larger = run.y - self.y, max(run.size, self.size)
        if abs(distance) > LEVEL * larger and not self._is_mark(run, distance):
            return False
        slack = 0.3 * min(run.size, self.size)
        if run.x0 >= self.x1 - slack or run.x1 <= self.x0 + slack:
            return True
        return all(run.x0 >= other.x1 - slack or run.x1 <= other.x0 + slack for other in self.runs)

    def _is_mark(self, run: Run, distance: float) -> bool:
        near = 0.6 * max(run.size, self.size)
        if not self.x0 - near <= run.x1 or not run.x0 <= self.x1 + near:
            return False
        if run.size < MARK * self.size:
            touches = any(min(abs(run.x0 - other.x1), abs(other.x0 - run.x1)) < near for other in self.runs)
            return touches and -0.4 * self.size < distance < 0.75 * self.size
        return self.size < MARK * run.size and -0.75 * run.size < distance < 0.4 * run.size and len(self.runs) == 1

    def add(self, run: Run) -> None:
        """Put a run on the line, whose baseline is that of its largest letters."""
        self.runs.append(run)
        if run.size > self.size:
            self.y, self.size = run.y, run.size
        self.x0, self.x1 = min(self.x0, run.x0), max(self.x1, run.x1)

    def line(self, page: int, turn: int) -> Line:
        """Return the row with its words and cells."""
        runs = sorted(self.runs, key=lambda run: run.x0)
        letters = "".join(run.text for run in runs)
        if not letters.isascii() and 2 * len(RIGHT_TO_LEFT.findall(letters)) > sum(map(str.isalpha, letters)):
            return _line_from_right(runs, self, page, turn)
        gap = _cell_gap(runs, self.size)
        parts: list[list[Run]] = [[runs[0]]]
        for before, run in pairwise(runs):
            if run.x0 - before.x1 > gap or before.text.endswith("\t"):
                parts.append([])
            parts[-1].append(run)
        cells = tuple(_cell(self._words(part), part) for part in parts)
        return Line(cells, self.y, _usual_size(runs), page, turn, _mark(runs))

    def _words(self, runs: list[Run]) -> str:
        text = runs[0].text
        for before, run in pairwise(runs):
            apart = run.x0 - before.x1 > (LEAST if before.blank else WORD) * max(before.size, run.size)
            apart = apart or (before is runs[0] and self._raised(before) > 0 and not self._raised(run))
            if apart or text.endswith(" ") or run.text.startswith(" "):
                text += " "
            elif self._raised(run) != 0 and not self._raised(before):
                text += self._between(text, run)
            text += run.text
        return " ".join(text.split())

    def _raised(self, run: Run) -> int:
        """Return 1 for a raised mark, -1 for a lowered one, else 0."""
        if run.size >= MARK * self.size or len(run.text.strip()) > LONGEST_MARK:
            return 0
        distance = (run.y - self.y) / self.size
        return 1 if distance > 0.12 else -1 if distance < -0.05 else 0

    def _between(self, text: str, run: Run) -> str:
        """Return what keeps a mark apart from the word before: 2021^1, log_2, but H2O and 1st."""
        mark = run.text.strip()
        if self._raised(run) > 0:
            divides = (mark[:1].isalnum() or SIGNED.match(mark)) and text[-1:].isalnum() and not ORDINAL.match(mark)
            return "^" if divides and (len(mark) < 3 or any(map(str.isdigit, mark))) else ""
        return "_" if text[-1:].isdigit() and mark[:1].isdigit() else ""


def _cell(text: str, runs: list[Run]) -> Cell:
    bold, mono = all(run.bold for run in runs), all(run.mono for run in runs)
    return Cell(text, runs[0].x0, runs[-1].x1, bold, mono)


def _cell_gap(runs: list[Run], size: float) -> float:
    """Return from which gap on cells are divided; where words are stretched to fill a line, none of their gaps is."""
    gaps = [run.x0 - before.x1 for before, run in pairwise(runs)]
    words = [gap / size for gap in gaps if gap > WORD * size]
    letters = sum(map(str.isalpha, "".join(run.text for run in runs)))
    if (
        len(words) >= 3
        and min(words) > 0.5
        and CELL < max(words) < min(1.7, 1.5 * min(words))
        and letters > 3 * len(words)
    ):
        return 2 * size
    return CELL * size


def _line_from_right(runs: list[Run], row: Row, page: int, turn: int) -> Line:
    """Return a line of Arabic or Hebrew: it is read from the right; numbers within are written from the left."""
    text, after = "", runs[-1].x1
    for run in reversed(runs):
        blank = after - run.x1 > WORD * row.size or run.text.startswith(" ") or text.endswith(" ")
        text, after = text + " " * blank + run.text, run.x0
    cell = Cell(" ".join(text.split()), runs[0].x0, runs[-1].x1, all(r.bold for r in runs), all(r.mono for r in runs))
    return Line((cell,), row.y, _usual_size(runs), page, turn, _mark(runs))


def _usual_size(runs: list[Run]) -> float:
    sizes: dict[float, int] = {}
    for run in runs:
        sizes[run.size] = sizes.get(run.size, 0) + len(run.text)
    return max(sizes, key=lambda size: (sizes[size], size))


def _mark(runs: list[Run]) -> int:
    return next((run.mark for run in runs if run.mark >= 0), -1)
