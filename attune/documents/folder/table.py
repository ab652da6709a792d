"""What became of each document: how much of it was found, left out and cut to chunks, and what a user should know.

Silence is the worst fault of a reader. So the letters and digits of a file are counted three times: as its reader found
them, in its blocks, and in its chunks; and what is missing is told by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from attune.core.files import write_csv

MUCH_LOST = 0.05  # share of the letters and digits of a document
MUCH_UNKNOWN = 0.05
# reasons that take nothing from whoever reads the chunks: it is there once, or in the metadata
NOT_MISSED = {"running heads", "page numbers", "drawn twice", "invisible, over text", "front matter"}
COLUMNS = (
    *("document", "reader", "language", "pages", "pages_without_text", "characters", "in_blocks", "in_chunks"),
    *("left_out", "unknown", "chunks", "warnings", "failure"),
)


@dataclass(frozen=True)
class Row:
    """What became of a document.

    Attributes:
        document: its path below data/documents.
        reader: what read it.
        language: ISO 639-1 code; empty where it could be several.
        pages, pages_without_text: 0 where the format has none.
        characters: letters and digits that the file holds.
        in_blocks: letters and digits that its reader kept.
        in_chunks: letters and digits in its chunks, each once.
        left_out: letters and digits that were left out, by reason.
        unknown: letters and digits in tokens that the base model does not know.
        tokens: of its text, by the tokenizer of the base model.
        chunks: how many there are, those that stand elsewhere as well included.
        warnings: what its reader says of it.
        failure: why it could not be read, or empty.
    """

    document: str
    reader: str = ""
    language: str = ""
    pages: int = 0
    pages_without_text: int = 0
    characters: int = 0
    in_blocks: int = 0
    in_chunks: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    unknown: int = 0
    tokens: int = 0
    chunks: int = 0
    warnings: Sequence[str] = ()
    failure: str = ""

    @property
    def lost(self) -> float:
        """Return which share of the file, 0 to 1, is in no chunk and would be missed there."""
        repeated = sum(number for reason, number in self.left_out.items() if reason in NOT_MISSED)
        return max(0.0, 1 - (self.in_chunks + repeated) / self.characters) if self.characters else 0.0

    @property
    def unknown_share(self) -> float:
        """Return which share of the text, 0 to 1, means nothing to the base model."""
        return self.unknown / self.in_blocks if self.in_blocks else 0.0

    def all_warnings(self) -> Iterator[str]:
        """Yield what a user should know of the document."""
        yield from self.warnings
        if self.lost > MUCH_LOST and not self.failure:
            reasons = ", ".join(f"{reason} {_percent(n / self.characters)}" for reason, n in _largest(self.left_out))
            yield f"{_percent(self.lost)} of its letters are in no chunk ({reasons or 'its reader found no more'})"
        if self.unknown_share > MUCH_UNKNOWN:
            yield (
                f"{_percent(self.unknown_share)} of its letters are in words that the base model does not know: take "
                "one of this language or script for base_model.name"
            )


def write_table(path: Path, rows: Iterable[Row]) -> None:
    """Write a row for each document."""
    write_csv(path, COLUMNS, map(_cells, rows))


def counts(rows: Sequence[Row], chunks: int, merged: int, other_files: int) -> dict[str, Any]:
    """Return the metrics of the stage.

    Args:
        rows: of all documents, those that could not be read included.
        chunks: how many are in the corpus.
        merged: how many more have a text that stands in another place as well.
        other_files: how many files are no documents.
    """
    read = [row for row in rows if not row.failure]
    left_out = sum((Counter(row.left_out) for row in read), Counter[str]())
    return {
        "documents": len(read),
        "unreadable_documents": len(rows) - len(read),
        "documents_with_warnings": sum(any(row.all_warnings()) for row in read),
        "other_files": other_files,
        "pages": sum(row.pages for row in read),
        "pages_without_text": sum(row.pages_without_text for row in read),
        "characters": sum(row.characters for row in read),
        "characters_in_blocks": sum(row.in_blocks for row in read),
        "characters_in_chunks": sum(row.in_chunks for row in read),
        "characters_left_out": dict(_largest(left_out)),
        "unknown_characters": sum(row.unknown for row in read),
        "tokens": sum(row.tokens for row in read),
        "chunks": chunks,
        "duplicate_chunks_merged": merged,
        "languages": dict(_largest(Counter(row.language or "unknown" for row in read))),
        "readers": dict(_largest(Counter(row.reader for row in read))),
    }


def _cells(row: Row) -> list[Any]:
    left_out = "; ".join(f"{reason} {number}" for reason, number in _largest(row.left_out))
    values = {"left_out": left_out, "unknown": row.unknown_share, "warnings": "; ".join(row.all_warnings())}
    return [_writable(values.get(column, getattr(row, column))) for column in COLUMNS]


def _writable(cell: Any) -> Any:
    """Return a cell as UTF-8 can have it: names of files and of attachments may hold bytes of no encoding."""
    return cell.encode("utf-8", "backslashreplace").decode() if isinstance(cell, str) else cell


def _largest(numbers: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(((name, number) for name, number in numbers.items() if number), key=lambda item: (-item[1], item[0]))


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else f"{share:.1%}"
