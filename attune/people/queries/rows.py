"""A row of what people typed: a query, perhaps with a place that answers it, and how sure that is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from attune.core.records import Pages


class Target(NamedTuple):
    """What a row points at: a document, a chunk's id or a URL, and perhaps where in it; all empty for nothing."""

    document: str = ""
    pages: Pages | None = None
    section: str = ""
    quote: str = ""


NOTHING = Target()


@dataclass(frozen=True)
class Row:
    """A query as it was typed, and what is known of an answer.

    Attributes:
        query: the text.
        where: file and line, for messages.
        target: the answer; empty where none is known.
        grade: what a person thinks of it, above 0 where it answers; None where nobody judged, but people clicked.
        clicks: how often it was clicked.
        client: who clicked; empty where the log does not tell.
    """

    query: str
    where: str
    target: Target = NOTHING
    grade: float | None = None
    clicks: float = 0.0
    client: str = ""

    @property
    def is_click(self) -> bool:
        """Whether people opened the answer, and nobody judged it."""
        return self.target != NOTHING and self.grade is None and self.clicks > 0

    @property
    def is_judgement(self) -> bool:
        """Whether a person judged the answer."""
        return self.target != NOTHING and self.grade is not None


@dataclass
class Log:
    """All rows of a folder, and what of its files says nothing.

    Attributes:
        rows: in the order of the files' names and of their lines.
        left_out: reason -> how many clicks were left out while reading.
        actions: what else UBI's events tell of than clicks -> how many of them.
    """

    rows: list[Row] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
