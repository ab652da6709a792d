"""The tables that the stages wrote: ranks of questions, and curves.

Which systems have columns is for the table to say; a report shows those that are there.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from attune.core.errors import UserError, missing
from attune.core.files import read_csv
from attune.evaluation.results import BASE, FINETUNED


@dataclass(frozen=True)
class Asked:
    """A test question with, for each system, the rank of its first relevant chunk and the chunk ranked first.

    A rank is None where no relevant chunk was found as far down as the search went.
    """

    id: str
    question: str
    chunk: str
    ranks: Mapping[str, int | None]
    first: Mapping[str, str]


@dataclass(frozen=True)
class Curves:
    """Columns of numbers over a common first column; a system that could not run has none."""

    x: list[float]
    columns: dict[str, list[float]]


@dataclass(frozen=True)
class Read:
    """What became of a document: how much of it, 0 to 1, is in chunks; what to know of it; why it could not be read."""

    document: str
    kept: float
    warnings: str
    failure: str


def read_documents(path: Path) -> list[Read]:
    """Read documents.csv.

    Raises:
        UserError: the file is missing or malformed.
    """
    read = []
    for row in read_rows(path, ("document", "characters", "in_chunks", "warnings", "failure")):
        whole, kept = _number(path, row["characters"]), _number(path, row["in_chunks"])
        share = min(1.0, kept / whole) if whole > 0 else 1.0
        read.append(Read(row["document"], share, row["warnings"], row["failure"]))
    return read


def read_asked(path: Path) -> list[Asked]:
    """Read per_question.csv or human.csv.

    Raises:
        UserError: the file is missing, malformed, or lacks the ranks of both models.
    """
    return [
        Asked(
            row["question_id"],
            row["question"],
            row["chunk_id"],
            {name.removeprefix("rank_"): _rank(path, cell) for name, cell in row.items() if name.startswith("rank_")},
            {name.removeprefix("first_"): cell for name, cell in row.items() if name.startswith("first_")},
        )
        for row in read_rows(path, ("question_id", "question", "chunk_id", f"rank_{BASE}", f"rank_{FINETUNED}"))
    ]


def read_curves(path: Path, x: str) -> Curves:
    """Read a table whose first column is `x`; a column with an empty cell is left out.

    Raises:
        UserError: the file is missing or malformed, or a cell is not a finite number.
    """
    rows = list(read_rows(path, (x,)))
    names = [name for name in (rows[0] if rows else {}) if name != x and all(row[name] for row in rows)]
    columns = {name: [_number(path, row[name]) for row in rows] for name in names}
    return Curves([_number(path, row[x]) for row in rows], columns)


def read_rows(path: Path, required: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yield the rows of a table by column.

    Raises:
        UserError: the file is missing or malformed, or lacks a required column.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file), [])
    except FileNotFoundError:
        raise missing(path) from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text ({error.reason} at byte {error.start})") from None
    if lacking := [name for name in required if name not in header]:
        raise UserError(f"{path} has no column {', '.join(lacking)}; an older version wrote it: run `dvc repro`")
    for row in read_csv(path, header):
        yield dict(zip(header, row, strict=True))


def _rank(path: Path, cell: str) -> int | None:
    if cell and not (cell.isascii() and cell.isdigit() and int(cell)):
        raise UserError(f"{path}: a rank is '{cell[:40]}'; expected a whole number from 1, or nothing")
    return int(cell) if cell else None


def _number(path: Path, cell: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UserError(f"{path}: a cell is '{cell[:40]}'; expected a number")
    return number
