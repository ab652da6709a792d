"""Where the walk stands: on the page, or in a cell of a table, and in which table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from attune.documents.markup.flow import Flow
from attune.documents.markup.lists import attribute
from attune.documents.markup.tables import Cell, Grid

Close = Callable[[], None] | None


@dataclass
class Places:
    """The flows that are open, the page first, and the tables, each with the flow that it stands in."""

    _flows: list[Flow] = field(default_factory=lambda: [Flow()])
    _tables: list[tuple[Grid, Flow]] = field(default_factory=list)

    @property
    def flow(self) -> Flow:
        """Return where words go."""
        return self._flows[-1]

    @property
    def grid(self) -> Grid | None:
        """Return the table whose rows and cells begin here; None outside of tables, and within a cell."""
        return self._tables[-1][0] if self._tables and self._tables[-1][1] is self.flow else None

    def begin_table(self, element: Any) -> Close:
        """Go into a table; return what puts it where it stands."""
        grid, flow = Grid(layout=element.get("role") in ("presentation", "none")), self.flow
        if len(self._flows) > 1:
            self._tables[-1][0].nests = True
        self._tables.append((grid, flow))

        def end() -> None:
            self._tables.pop()
            flow.extend(grid.blocks())

        return end

    def begin_cell(self, element: Any, tag: str) -> Close:
        """Go into a cell of the table; return what puts it into its row."""
        grid, flow = self._tables[-1][0], Flow()
        self._flows.append(flow)
        columns, rows = attribute(element, "colspan", 1), attribute(element, "rowspan", 1)

        def end() -> None:
            self._flows.pop()
            grid.add(Cell(flow.blocks(), columns, rows, tag == "th"))

        return end
