"""Files that are complete or absent: UTF-8, a newline at the end, written beside the target and renamed."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from attune.core.errors import UserError, missing

METRIC_DIGITS = 6  # enough to compare, few enough that the last bits of a float do not show up as changes


@contextmanager
def atomic_file(path: Path) -> Iterator[TextIO]:
    """Open a temporary sibling of `path` for writing; it takes the name `path` when the block succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Give an empty temporary sibling folder of `path`; it takes the name `path` when the block succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)  # of a killed run that had the same process number
    temporary.mkdir()
    try:
        yield temporary
        for inside in (temporary, *temporary.rglob("*")):
            inside.chmod(0o755 if inside.is_dir() else 0o644)  # safetensors files come readable by their owner alone
        if path.exists():
            shutil.rmtree(path)
        os.replace(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write one JSON object per line, in the order given."""
    with atomic_file(path) as file:
        file.writelines(map(jsonl_line, rows))


def jsonl_line(row: Mapping[str, Any]) -> str:
    """Return an object as a line of JSON Lines, with its newline."""
    return json.dumps(row, ensure_ascii=False) + "\n"


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON Lines file.

    Raises:
        UserError: the file is missing, or a line of it is not a JSON object.
    """
    return (row for _, row in read_jsonl_from(path))


def read_jsonl_from(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a JSON Lines file, each after the first byte of its line; see `read_jsonl`."""
    if not path.exists():
        raise missing(path)
    end = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            start, end = end, end + len(line)
            if not line.strip():
                continue
            try:
                row = json.loads(line.decode())
            except UnicodeDecodeError as error:
                raise _not_utf8(path, error, start) from None
            except ValueError as error:
                raise UserError(f"{path}:{number}: not JSON ({error}); expected one JSON object per line") from None
            if not isinstance(row, dict):
                raise UserError(f"{path}:{number}: found {type(row).__name__}; expected one JSON object per line")
            yield start, row


class JsonlReader:
    """Reads objects of a JSON Lines file by the first byte of their line; the file stays open in between."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def read(self, start: int) -> dict[str, Any]:
        """Return the object in the line that begins with this byte."""
        if self._file is None:
            self._file = self._path.open("rb")
        self._file.seek(start)
        row: dict[str, Any] = json.loads(self._file.readline())
        return row


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a metrics file: indented JSON, floats rounded to `METRIC_DIGITS`."""
    with atomic_file(path) as file:
        json.dump(_rounded(value), file, ensure_ascii=False, indent=2)
        file.write("\n")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]], delimiter: str = ",") -> None:
    """Write a table with a header line, floats rounded to `METRIC_DIGITS`."""
    with atomic_file(path) as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([_rounded(cell) for cell in row] for row in rows)


def read_csv(path: Path, header: Sequence[str], delimiter: str = ",") -> Iterator[list[str]]:
    """Yield the rows below the header of a table.

    Raises:
        UserError: the file is missing, has another header, or a row has another number of cells.
    """
    reader = csv.reader(_lines(path), delimiter=delimiter)
    for number, row in enumerate(reader, start=1):
        if number == 1 and row != list(header):
            raise UserError(f"{path}: its header is {row}; expected {list(header)}")
        if len(row) != len(header):
            raise UserError(f"{path}:{number}: {len(row)} cells; expected {len(header)} ({', '.join(header)})")
        if number > 1:
            yield row


def _lines(path: Path) -> Iterator[str]:
    try:
        # newline="" keeps the line ends inside quoted cells of a table
        with path.open(encoding="utf-8", newline="") as file:
            yield from file
    except FileNotFoundError:
        raise missing(path) from None
    except UnicodeDecodeError as error:
        raise _not_utf8(path, error) from None


def _not_utf8(path: Path, error: UnicodeDecodeError, start: int = 0) -> UserError:
    return UserError(f"{path} is not UTF-8 text ({error.reason} at byte {start + error.start})")


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, METRIC_DIGITS)
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value
