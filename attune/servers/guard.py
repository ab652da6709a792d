"""What guards a ledger: one writer at a time, and a second copy of its rows where no checkout reaches."""

from __future__ import annotations

import hashlib
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from attune.core.errors import UserError

KEPT = Path(".attune/ledgers")  # in the project's folder, ignored by git; DVC does not know it
PROJECT = "dvc.yaml"  # the folder above a ledger that holds this file is its project
EXPERIMENTS = Path(".dvc/tmp/exps")  # where `dvc exp run --queue` and `--temp` copy a project, for a while only
PATIENCE = 3.0  # seconds: another process may only look at what it has


def journal_of(path: Path) -> Path | None:
    """Return where the rows of a ledger are kept a second time; None outside of a project."""
    full = path.absolute()
    project = next((folder for folder in full.parents if (folder / PROJECT).is_file()), None)
    if project is None:
        return None
    inside, lasting = full.relative_to(project), project
    for folder in project.parents:
        if project.is_relative_to(folder / EXPERIMENTS):
            lasting = folder
    here = Path.cwd()
    kept = lasting / KEPT / inside
    return kept.relative_to(here) if kept.is_relative_to(here) else kept


def open_journal(path: Path) -> BinaryIO:
    """Open a journal to append rows to it; what a killed process left half written stays a line of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+b")
    if end := file.seek(0, os.SEEK_END):
        file.seek(end - 1)
        if file.read(1) != b"\n":
            file.write(b"\n")
    return file


@contextmanager
def only_writer(path: Path) -> Iterator[None]:
    """Hold a lock on a ledger; the operating system takes it from a process that dies.

    Raises:
        UserError: another process holds it.
    """
    journal = journal_of(path)
    name = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:16]
    file = Path(tempfile.gettempdir(), f"attune-{name}.lock") if journal is None else Path(f"{journal}.lock")
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file)
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        holder = ""
        with suppress(OSError):
            holder = file.read_text(encoding="utf-8")
        raise UserError(
            f"{path} is in use by {holder or 'another process'}, so nothing was asked for: wait until that has ended, "
            "or end it, and run the same command again"
        ) from None
    try:
        command = " ".join(sys.orig_argv[1:3])[:80]
        with suppress(OSError):  # who holds it is only told
            file.write_text(f"process {os.getpid()} on {socket.gethostname()} ({command})", encoding="utf-8")
        yield
    finally:
        with suppress(OSError):  # while it is held: whoever waits for it sees that it is gone, and makes another
            file.unlink()
        lock.release()
