"""The stage that asks, in processes of its own that need not import it again: that takes far longer than asking."""

from __future__ import annotations

import multiprocessing
import os
import sys
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from attune.core.errors import run
from stages import synthesize_questions as stage

SAID = "said-{}.txt"  # by the number of the process
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["stages.synthesize_questions"])


def _child(folder: Path) -> None:
    os.chdir(folder)
    file = os.open(SAID.format(os.getpid()), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(file, stream)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    run(stage.main)


def begin(folder: Path) -> ForkServerProcess:
    """Start the stage in a project."""
    process = PROCESSES.Process(target=_child, args=(folder,))
    process.start()
    return process


def end(process: ForkServerProcess, folder: Path) -> tuple[int | None, str]:
    """Wait for its end, and return its exit code and what it said."""
    process.join(600)
    return process.exitcode, (folder / SAID.format(process.pid)).read_text(encoding="utf-8")
