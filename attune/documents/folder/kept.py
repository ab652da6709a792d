"""What is kept of a document between runs: what its reader found, and where it was cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from attune.documents.assemble import Placed
from attune.documents.cutting.cutter import Span
from attune.documents.document import Document
from attune.text import titles


@dataclass(frozen=True)
class Cut:
    """Where a document was cut, and what was counted then; `key` tells by which rules."""

    key: str
    spans: Sequence[Span]
    tokens: int
    unknown: int


def to_entry(document: Document, language: str, cut: Cut) -> dict[str, Any]:
    """Return a document as JSON can have it. Its path is not in it: the same file may lie anywhere."""
    paths = list(dict.fromkeys(block.headings for block in document.blocks))
    number = {path: place for place, path in enumerate(paths)}
    titled = document.title != titles.from_file_name(PurePath(document.path))
    return {
        "title": document.title if titled else "",
        "text": document.text,
        "page_starts": document.page_starts,
        "headings": paths,
        "blocks": [[b.kind, b.start, b.end, b.level, number[b.headings], b.rows] for b in document.blocks],
        "characters": document.characters,
        "left_out": document.left_out,
        "warnings": document.warnings,
        "reader": document.reader,
        "language": language,
        "cut": [cut.key, [[s.start, s.own, s.end, s.title] for s in cut.spans], cut.tokens, cut.unknown],
    }


def from_entry(entry: dict[str, Any], path: str) -> tuple[Document, str, Cut]:
    """Return the document in an entry, its language, and where it was cut.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    paths = [tuple(headings) for headings in entry["headings"]]
    document = Document(
        path,
        entry["title"] or titles.from_file_name(PurePath(path)),
        entry["text"],
        tuple(entry["page_starts"]),
        tuple(
            Placed(kind, start, end, level, paths[number], rows)
            for kind, start, end, level, number, rows in entry["blocks"]
        ),
        entry["characters"],
        entry["left_out"],
        tuple(entry["warnings"]),
        entry["reader"],
    )
    key, spans, tokens, unknown = entry["cut"]
    return document, entry["language"], Cut(key, [Span(*span) for span in spans], tokens, unknown)
