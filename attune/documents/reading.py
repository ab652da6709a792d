"""All documents of a folder: what they say, and why some could not be read."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from attune.core.errors import UserError
from attune.core.params import RuntimeParams
from attune.core.progress import progress
from attune.documents.decode import Unreadable
from attune.documents.document import READERS, Document, read_document
from attune.documents.folder import Folder, find_documents
from attune.documents.pdf import Engine
from attune.documents.sandbox import in_sandbox

SHOWN = 10  # names in a message


@dataclass(frozen=True)
class Reading:
    """What was read: the documents, sorted by path, and why others could not be."""

    documents: list[Document]
    unreadable: dict[str, str]
    other_files: int


def read_documents(root: Path, engine: Engine, skip_unreadable: bool, runtime: RuntimeParams) -> Reading:
    """Read the documents below a folder, and warn of what is left out.

    Raises:
        UserError: there are none, or one cannot be read and `skip_unreadable` is false.
    """
    folder = find_documents(root)
    for ignored in _ignored(root, folder):
        print(f"warning: ignored {ignored}", file=sys.stderr)
    if not folder.documents:
        raise UserError(
            f"no documents in {root}: put {', '.join(READERS)} files there "
            "(or run `make sample` for the sample documents)"
        )
    calls = [(root / path, path, engine) for path in folder.documents]
    reading = in_sandbox(read_document, calls, runtime.workers, runtime.document_timeout_seconds)
    found = list(progress(reading, "reading", " documents", total=len(calls)))
    documents = [result for result in found if isinstance(result, Document)]
    results = zip(folder.documents, found, strict=True)
    unreadable = {path: str(reason) for path, reason in results if isinstance(reason, Unreadable)}
    if unreadable:
        problem = f"{len(unreadable)} of {len(found)} documents cannot be read: {_listed(unreadable)}"
        if not (skip_unreadable and documents):
            raise UserError(f"{problem}; mend or remove them, or set chunk.skip_unreadable: true in params.yaml")
        print(f"warning: {problem}; they are skipped", file=sys.stderr)
    return Reading(documents, unreadable, folder.other_types.total() + len(folder.links_out))


def _ignored(root: Path, folder: Folder) -> Iterator[str]:
    if folder.other_types:
        types = ", ".join(f"{_shown(name)} ({count})" for name, count in folder.other_types.most_common())
        yield f"{_counted(folder.other_types.total(), 'file')} of other types: {types}"
    if folder.links_out:
        names = ", ".join(map(_shown, folder.links_out[:SHOWN]))
        yield f"{_counted(len(folder.links_out), 'link')} out of {root}: {names}"


def _listed(reasons: Mapping[str, str]) -> str:
    shown = [f"{_shown(path)} ({reason})" for path, reason in list(reasons.items())[:SHOWN]]
    return ", ".join(shown) + (f" and {len(reasons) - SHOWN} more" if len(reasons) > SHOWN else "")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _shown(name: str) -> str:
    return name if name.isprintable() else repr(name)  # a name may hold a newline
