"""What the data set is made of: chunks, and the questions that they answer; `docs/data-set.md` has the format."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HEADINGS = ("title", "heading", "caption")  # the kinds of questions that are found in the documents, not written
PEOPLES = ("asked", "guessed")  # ... of those that people typed: the answer is known, or only the document that has it
LEAD = " › "  # between the document's title, the headings and the names of columns in a chunk's title
Pages = tuple[int, int]  # the first and the last, counted from 1


@dataclass(frozen=True)
class Place:
    """Where a text stands.

    Attributes:
        document: path below data/documents, with "/" on every platform.
        start: first character in the document's text.
        end: the one after the last; start and end are both 0 where they are unknown, so that nothing overlaps.
        pages: None where the format has none.
    """

    document: str
    start: int = 0
    end: int = 0
    pages: Pages | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any], unknown: str) -> Place:
        """Return the place in a row of metadata; `unknown` stands for a document that it does not name."""
        start, end, pages = row.get("start"), row.get("end"), row.get("pages")
        start, end = (start, end) if isinstance(start, int) and isinstance(end, int) else (0, 0)
        return cls(str(row.get("document") or unknown), start, end, (pages[0], pages[1]) if pages else None)

    @property
    def row(self) -> dict[str, Any]:
        """The place as metadata have it."""
        pages = list(self.pages) if self.pages else None
        return {"document": self.document, "start": self.start, "end": self.end, "pages": pages}


@dataclass(frozen=True)
class Chunk:
    """A part of a document. `metadata` is what corpus.jsonl says of it; its title is in there even if not embedded."""

    id: str
    title: str
    text: str
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def passage(self) -> str:
        """What a model embeds: title and text joined as BEIR and MTEB join them."""
        return f"{self.title} {self.text}".strip()

    @property
    def places(self) -> list[Place]:
        """Every place of this text, the one named first in front; a chunk that names no document is one by itself."""
        return [Place.of(row, self.id) for row in (self.metadata, *self.metadata.get("also_in", []))]

    @property
    def document(self) -> str:
        """The document that is named first."""
        return str(self.metadata.get("document") or self.id)

    @property
    def marks(self) -> list[dict[str, Any]] | None:
        """Where its headings and captions stand in its text; None where its document marks none."""
        marks = self.metadata.get("marks")
        return marks if isinstance(marks, list) else None

    @property
    def headings(self) -> list[str]:
        """The headings that it begins under, the outermost first."""
        return [str(heading) for heading in self.metadata.get("headings") or []]

    @property
    def table_header(self) -> str:
        """The rows above it that name the columns, where it begins below them in a table."""
        return str(self.metadata.get("table_header") or "")

    @property
    def document_title(self) -> str:
        """The title of that document, whole."""
        return str(self.metadata.get("title") or "")


@dataclass(frozen=True)
class Question:
    """A question. `metadata` is what queries.jsonl says of it."""

    id: str
    text: str
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def chunks(self) -> list[str]:
        """The ids of the chunks that answer it, as far as queries.jsonl says; the qrels have the last word."""
        return list(self.metadata.get("chunks", []))

    @property
    def kind(self) -> str | None:
        """How it is worded: `full`, `hurried`, `keywords`, one of `HEADINGS` or `PEOPLES`; None where unknown."""
        return self.metadata.get("kind")


def content_id(*parts: str) -> str:
    """Return 16 hexadecimal digits that depend on the parts and nothing else."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
