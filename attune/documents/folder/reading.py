"""All documents of a folder: each becomes chunks, or it is told why not."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from attune.core.errors import UserError, listed
from attune.core.params import RuntimeParams
from attune.core.progress import progress
from attune.documents.decode import Unreadable
from attune.documents.document import ending
from attune.documents.folder.find import Folder, find_documents
from attune.documents.folder.parcels import made_elsewhere
from attune.documents.folder.sandbox import sandbox
from attune.documents.folder.table import Row
from attune.documents.folder.work import Made, Work, make, read, start
from attune.documents.readers.formats import ENDINGS
from attune.engine.choice import Here, engine_of

SHOWN = 10  # names in a message
TRIMMED = 4  # the cache is trimmed whenever such a part of its room may have been filled


def documents_in(root: Path) -> Folder:
    """Return what is in the folder of documents, and say what is left alone there.

    Raises:
        UserError: there are no documents.
    """
    folder = find_documents(root)
    for ignored in _ignored(root, folder):
        print(f"warning: ignored {ignored}", file=sys.stderr)
    if not folder.documents:
        raise UserError(
            f"no documents in {root}: put {', '.join(ENDINGS)} files there "
            "(or run `make sample` for the sample documents)"
        )
    return folder


@contextmanager
def made_of(paths: Sequence[str], work: Work, runtime: RuntimeParams) -> Iterator[Iterator[Made]]:
    """Give what becomes of each document, in the order given; its row tells where it could not be read.

    The first of them are read from now on, before `work.tokens` has to be there, which a result needs.
    """
    calls, timeout, engine = [(path,) for path in paths], runtime.document_timeout_seconds, engine_of(runtime)
    if isinstance(engine, Here):
        ahead = read if work.cache.limit else None
        with sandbox(make, calls, runtime.workers, timeout, start, (work,), ahead) as results:
            yield _shown_progress(paths, results, work)
    else:
        with closing(made_elsewhere(paths, work, timeout, engine)) as results:
            yield _shown_progress(paths, results, work)
    work.cache.trim()


def _shown_progress(paths: Sequence[str], results: Iterable[Made | Unreadable], work: Work) -> Iterator[Made]:
    sizes = [_size(work.root / path) for path in paths]
    passed = 0
    with progress(None, "documents", "B", total=sum(sizes)) as bar:
        bar.unit_scale = True  # 12.3M of 1.00G
        for path, size, result in zip(paths, sizes, results, strict=True):
            yield Made([], Row(path, failure=str(result))) if isinstance(result, Unreadable) else result
            bar.update(size)
            passed += size
            if passed > work.cache.limit // TRIMMED:
                work.cache.trim()
                passed = 0


def passed_over(folder: Folder) -> Iterator[Row]:
    """Yield a row for each file that is no document."""
    yield from (
        Row(path, failure=f"no reader for {ending(path) or 'files without an ending'}") for path in folder.others
    )
    yield from (Row(path, failure="a link out of the folder") for path in folder.links_out)


def warn(rows: Sequence[Row], table: Path) -> None:
    """Say on standard error which documents were read in part only, or mean little to the base model."""
    told = {row.document: "; ".join(warnings) for row in rows if (warnings := list(row.all_warnings()))}
    if told:
        print(f"warning: {len(told)} of {len(rows)} documents want a look: {_listed(told)}", file=sys.stderr)
        print(f"warning: {table} has a row for each document", file=sys.stderr)


def check_failures(rows: Sequence[Row], most: float) -> None:
    """Say which documents could not be read.

    Args:
        rows: of all documents.
        most: which share of them may fail: `chunk.max_failed_fraction`.

    Raises:
        UserError: more did, or all.
    """
    failed = {row.document: row.failure for row in rows if row.failure}
    if not failed:
        return
    problem = f"{len(failed)} of {len(rows)} documents cannot be read: {_listed(failed)}"
    if len(failed) > most * len(rows) or len(failed) == len(rows):
        raise UserError(f"{problem}; mend or remove them, or set chunk.max_failed_fraction higher in params.yaml")
    print(f"warning: {problem}; they are left out", file=sys.stderr)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except (OSError, ValueError):
        return 0  # why it cannot be opened is told when it is read


def _ignored(root: Path, folder: Folder) -> Iterator[str]:
    if folder.other_types:
        types = ", ".join(f"{_shown(name)} ({count})" for name, count in folder.other_types.most_common())
        yield f"{_counted(len(folder.others), 'file')} of other types: {types}"
    if folder.links_out:
        names = ", ".join(map(_shown, folder.links_out[:SHOWN]))
        yield f"{_counted(len(folder.links_out), 'link')} out of {root}: {names}"


def _listed(reasons: Mapping[str, str]) -> str:
    return listed([f"{_shown(path)} ({reason})" for path, reason in reasons.items()], SHOWN)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _shown(name: str) -> str:
    return name if name.isprintable() else repr(name)  # a name may hold a newline
