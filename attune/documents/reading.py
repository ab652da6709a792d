"""The folder of documents: which files it holds, and what they say."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from attune.core.errors import UserError
from attune.core.params import RuntimeParams
from attune.core.progress import progress
from attune.documents.document import SUFFIXES, Document, extract
from attune.documents.pdf import Engine
from attune.documents.sandbox import guarded
from attune.text.clean import Unreadable

DVC_FILE = ".dvc"  # `dvc add` leaves such a file beside each document
# DVC can be told to put links to its cache in the place of files, and its cache can be anywhere
DVC_CACHE = re.compile(r"/files/md5/[0-9a-f]{2}/[0-9a-f]{30}$")
SHOWN = 10  # names in a message


@dataclass
class Folder:
    """What is in a folder: documents, and what is left alone, as paths relative to it."""

    documents: list[str] = field(default_factory=list)
    other_types: Counter[str] = field(default_factory=Counter)
    links_out: list[str] = field(default_factory=list)


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
            f"no documents in {root}: put .pdf, .txt, .md or .html files there "
            "(or run `make sample` for the sample documents)"
        )
    calls = [(root / path, path, engine) for path in folder.documents]
    reading = guarded(extract, calls, runtime.workers, runtime.document_timeout_seconds)
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


def find_documents(root: Path) -> Folder:
    """Find the documents below a folder, sorted by path; hidden files and folders are passed over.

    A link that leads out of the folder is not followed: with documents from elsewhere it could pull any file of this
    machine into the data set, and from there into prompts.
    """
    folder = Folder()
    for path in sorted(_files(root)):
        file = root / path
        if file.is_symlink() and _leads_out(file, root):
            folder.links_out.append(path)
        elif file.suffix.lower() in SUFFIXES:
            folder.documents.append(path)
        elif file.suffix != DVC_FILE and not file.is_dir():
            folder.other_types[file.suffix.lower() or "no ending"] += 1
    return folder


def _files(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root, onerror=_fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        links = [name for name in folders if Path(folder, name).is_symlink()]  # os.walk does not go into them
        for name in links + names:
            if not name.startswith("."):
                yield Path(folder, name).relative_to(root).as_posix()


def _fail(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise UserError(f"cannot open the folder {error.filename} ({error.strerror})")


def _leads_out(link: Path, root: Path) -> bool:
    target = Path(os.path.realpath(link))  # unlike Path.resolve, it does not fail on a link to itself
    return not target.is_relative_to(os.path.realpath(root)) and not DVC_CACHE.search(target.as_posix())


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
