"""Tables of HTML: a grid in which every value stands under its own headers; or columns that only lay a page out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from attune.documents.blocks import Block, table

MOST_COLUMNS = 1_000  # of one cell, as in the HTML standard
MOST_ROWS = 65_534
MOST_REPEATED = 100_000  # cells of a table that only repeat another one; more is a mistake or an attack
LONGEST_REPEATED = 200  # characters; a longer value stands in the first of its cells only
LONG = 1_000  # characters of a cell that is a text of its own, when it has ...
BLOCKS = 3  # ... as many blocks
SMALL = 200  # characters of each cell of a table whose cells may hold tables and still are its cells


@dataclass
class Cell:
    """A cell: what it holds, how many columns and rows it covers, and whether it names others."""

    blocks: list[Block]
    columns: int = 1
    rows: int = 1
    names: bool = False

    @property
    def text(self) -> str:
        """Return its words."""
        return "\n".join(_in_a_line(block) if block.kind == "table" else block.text for block in self.blocks)


@dataclass
class Grid:
    """A table while its rows are read.

    Attributes:
        layout: the page itself says that it is none.
        nests: there is another one within.
        sections: its heads, bodies and feet, and the rows of each.
    """

    layout: bool = False
    nests: bool = False
    sections: list[tuple[str, list[list[Cell]]]] = field(default_factory=list)

    def begin_section(self, tag: str) -> None:
        """Go on to a head, a body or a foot."""
        self.sections.append((tag, []))

    def begin_row(self) -> None:
        """Go on to the next row."""
        if not self.sections:
            self.begin_section("tbody")
        self.sections[-1][1].append([])

    def add(self, cell: Cell) -> None:
        """Add a cell to the row."""
        if not self.sections or not self.sections[-1][1]:
            self.begin_row()
        self.sections[-1][1][-1].append(cell)

    def blocks(self) -> list[Block]:
        """Return the table, or, where it only lays out a page, what its cells hold, one after the other."""
        # a browser shows heads first and feet last, wherever they stand
        sections = sorted(self.sections, key=lambda section: {"thead": 0, "tfoot": 2}.get(section[0], 1))
        rows = [row for _, rows in sections for row in rows]
        cells = [cell for row in rows for cell in row]
        if self.layout or _lays_out(rows, cells, self.nests):
            return [block for cell in cells for block in cell.blocks]
        spread: list[dict[int, str]] = []
        own: set[int] = set()  # columns in which a cell begins; any other only says again what stands beside it
        left = MOST_REPEATED
        for _, section in sections:
            filled, left = _spread(section, left, own)
            spread += filled
        header = sum(len(rows) for tag, rows in sections if tag == "thead")
        while header < len(rows) and rows[header] and all(cell.names for cell in rows[header]):
            header += 1
        columns = sorted(own)
        lines = [[row.get(column, "") for column in columns] for row in spread]
        found = table(lines, header=header if header < len(rows) else 0)
        return [found] if found.text else []


def _lays_out(rows: Sequence[Sequence[Cell]], cells: Sequence[Cell], nests: bool) -> bool:
    if any(block.kind == "heading" or _is_code(block) for cell in cells for block in cell.blocks):
        return True
    named = any(cell.names for cell in cells)
    within = any(block.kind == "table" for cell in cells for block in cell.blocks)
    if within and not (all(len(cell.text) <= SMALL for cell in cells) and (named or _is_even(rows))):
        return True
    if not named and ((nests and not within) or max(map(len, rows), default=0) <= 1):
        return True
    if sum(map(bool, rows)) == 1:
        return any("\n" in cell.text for cell in cells)
    return not named and any(len(cell.blocks) >= BLOCKS and len(cell.text) >= LONG for cell in cells)


def _is_even(rows: Sequence[Sequence[Cell]]) -> bool:
    """Tell whether there are several rows that cover the same columns, over one: a page is not laid out so."""
    reaching: list[tuple[int, int]] = []  # the last row of each cell that goes on, and how many columns it covers
    widths = set()
    for number, row in enumerate(rows):
        reaching = [(last, columns) for last, columns in reaching if last >= number]
        widths.add(sum(max(cell.columns, 1) for cell in row) + sum(columns for _, columns in reaching))
        reaching += [(number + cell.rows - 1, max(cell.columns, 1)) for cell in row if cell.rows > 1]
        if len(reaching) > MOST_COLUMNS:
            return False
    return len(rows) > 2 and len(widths) == 1 and widths.pop() > 1


def _in_a_line(block: Block) -> str:
    """Return a table within a cell: "Opens 3 bar; Closes 2 bar"."""
    return "; ".join(" ".join(row.strip("|").replace("|", " ").split()) for row in block.text.split("\n"))


def _is_code(block: Block) -> bool:
    return block.kind == "code" and "\n" in block.text


def _spread(section: Sequence[Sequence[Cell]], left: int, own: set[int]) -> tuple[list[dict[int, str]], int]:
    """Return the texts of a section's rows, each in all the columns and rows that its cell covers.

    Args:
        section: its rows.
        left: how many cells of the table may still be filled with what another one says.
        own: is told in which columns a cell begins.

    Returns:
        the text in each column of each row, and what is left of `left`.
    """
    grid: list[dict[int, str]] = [{} for _ in section]
    for number, row in enumerate(section):
        column = 0
        for cell in row:
            while column in grid[number]:
                column += 1
            columns = min(max(cell.columns, 1), MOST_COLUMNS)
            rows = min(cell.rows or MOST_ROWS, MOST_ROWS, len(section) - number)  # 0: as far as the section goes
            if columns * rows - 1 > left:
                columns = rows = 1
            left -= columns * rows - 1
            text = cell.text
            own.add(column)
            again = text if len(text) <= LONGEST_REPEATED and (len(row) > 1 or columns == 1) else ""
            for below in range(rows):
                for right in range(columns):
                    grid[number + below].setdefault(column + right, again if below or right else text)
            column += columns
    return grid, left
