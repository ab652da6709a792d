"""The data set on disk, in the format of BEIR: chunks, questions, and which chunk answers which question.

Beside it lies which chunks are near-duplicates of each other.

Format: https://github.com/beir-cellar/beir/wiki/Load-your-custom-dataset
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from attune.core.errors import UserError
from attune.core.files import read_csv, read_jsonl, write_csv, write_jsonl
from attune.core.records import Chunk, Question

QRELS_HEADER = ("query-id", "corpus-id", "score")
GROUPS_HEADER = ("chunk_id", "group")


def write_corpus(path: Path, chunks: Iterable[Chunk]) -> None:
    """Write corpus.jsonl."""
    write_jsonl(path, map(chunk_row, chunks))


def chunk_row(chunk: Chunk) -> dict[str, Any]:
    """Return a chunk as a row of corpus.jsonl."""
    return {"_id": chunk.id, "title": chunk.title, "text": chunk.text, "metadata": chunk.metadata}


def chunks_in(path: Path) -> Iterator[Chunk]:
    """Yield the chunks of corpus.jsonl, one by one.

    Raises:
        UserError: the file is missing, empty or malformed.
    """
    chunk = None
    for row in read_jsonl(path):
        chunk = chunk_of(path, row)
        yield chunk
    if chunk is None:
        raise none_in(path)


def read_corpus(path: Path) -> list[Chunk]:
    """Read corpus.jsonl into memory; see `chunks_in`."""
    return list(chunks_in(path))


def read_places(path: Path) -> list[Chunk]:
    """Read where the chunks stand, and not their texts, into memory: a fifth of what whole chunks take."""
    return [replace(chunk, title="", text="", metadata=_places(chunk.metadata)) for chunk in chunks_in(path)]


def chunk_of(path: Path, row: dict[str, Any]) -> Chunk:
    """Return the chunk in a row of corpus.jsonl.

    Raises:
        UserError: it is none.
    """
    return Chunk(_text(path, row, "_id"), row.get("title") or "", _text(path, row, "text"), row.get("metadata") or {})


def _places(metadata: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: metadata[name] for name in ("document", "start", "end", "pages", "also_in") if name in metadata
    }
    if isinstance(document := found.get("document"), str):
        found["document"] = sys.intern(document)  # one string for all chunks of a document
    return found


def none_in(path: Path) -> UserError:
    """Return the error for a corpus.jsonl without chunks."""
    return UserError(f"{path} holds no chunks; put documents into data/documents and run `dvc repro`")


def write_queries(path: Path, questions: Iterable[Question]) -> None:
    """Write queries.jsonl."""
    write_jsonl(path, ({"_id": q.id, "text": q.text, "metadata": q.metadata} for q in questions))


def read_queries(path: Path) -> list[Question]:
    """Read queries.jsonl.

    Raises:
        UserError: the file is missing or malformed.
    """
    return [
        Question(_text(path, row, "_id"), _text(path, row, "text"), row.get("metadata") or {})
        for row in read_jsonl(path)
    ]


def write_qrels(path: Path, pairs: Iterable[tuple[str, str]]) -> None:
    """Write a qrels table of (question id, relevant chunk id) pairs, each with the score 1."""
    write_csv(path, QRELS_HEADER, ((question, chunk, 1) for question, chunk in pairs), delimiter="\t")


def read_qrels(path: Path) -> dict[str, list[str]]:
    """Read a qrels table as question id -> ids of its relevant chunks, in the order of the file.

    Raises:
        UserError: the file is missing or malformed.
    """
    relevant: dict[str, list[str]] = {}
    for question, chunk, score in read_csv(path, QRELS_HEADER, delimiter="\t"):
        if not score.lstrip("-").isdigit():
            raise UserError(f"{path}: the score of question {question} is '{score}'; expected an integer")
        if int(score) > 0:
            relevant.setdefault(question, []).append(chunk)
    return relevant


def write_groups(path: Path, chunks: Sequence[Chunk], groups: Sequence[int]) -> None:
    """Write the number of the group of near-duplicates that each chunk belongs to."""
    write_csv(path, GROUPS_HEADER, ((chunk.id, group) for chunk, group in zip(chunks, groups, strict=True)))


def read_groups(path: Path, chunks: Sequence[Chunk]) -> list[int]:
    """Read the number of the group of near-duplicates that each of the chunks belongs to.

    Raises:
        UserError: the file is missing or malformed, or its chunks are not those of the corpus.
    """
    groups: dict[str, int] = {}
    for name, group in read_csv(path, GROUPS_HEADER):
        if not group.isdecimal():
            raise UserError(f"{path}: the group of chunk {name} is '{group}'; expected an integer")
        groups[name] = int(group)
    for chunk in chunks:
        if chunk.id not in groups:
            raise UserError(f"{path}: chunk {chunk.id} of the corpus is not in it; run `dvc repro`")
    if len(groups) > len(chunks):
        raise UserError(f"{path} has {len(groups)} chunks, the corpus {len(chunks)}; run `dvc repro`")
    return [groups[chunk.id] for chunk in chunks]


def _text(path: Path, row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise UserError(f"{path}: a row has {key} = {value!r}; expected text ({str(row)[:80]}…)")
    return value
