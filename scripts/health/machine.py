"""The machine: Python, disk, memory, processors and how busy they are. Nothing but the standard library is needed."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.health.finding import FINE, MIND, WRONG, Finding

OLDEST = (3, 11)
GIB = 2**30
INSTALLED_GIB = 3.0  # what .venv takes with the CPU build of torch, and the room that pip needs beside it
RUN_GIB = 1.0  # checkpoints, the model twice, DVC's cache
LEAST_GIB, ENOUGH_GIB = 1.5, 4.0  # of memory: the defaults peak at 1.4 to 3.1 GiB in training (docs/measurements.md)
BUSY = 0.5  # of the processors' time; from there on a run takes noticeably longer


def python() -> Finding:
    """Look at the version of Python."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST:
        return Finding(
            WRONG, f"Python is {version}", "3.11 or newer is needed; name it as in `make repro PYTHON=python3.12`"
        )
    return Finding(FINE, f"Python {version}")


def disk(folder: Path, installed: bool) -> Finding:
    """Look at the room on the disk that holds the project."""
    free, needed = shutil.disk_usage(folder).free / GIB, RUN_GIB if installed else INSTALLED_GIB
    what = f"{free:.1f} GiB of disk free"
    if free < needed:
        return Finding(
            WRONG, f"{what}, {needed:g} are needed", "make room; `dvc gc -w` removes old versions of outputs"
        )
    return Finding(FINE, what)


def available_memory(table: Path = Path("/proc/meminfo")) -> float | None:
    """Return the GiB that programs can have without swapping; None where nobody tells."""
    if table.is_file():
        rows = dict(row.split(":", 1) for row in table.read_text(encoding="utf-8").splitlines() if ":" in row)
        if "MemAvailable" in rows:
            return int(rows["MemAvailable"].split()[0]) / 2**20
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB  # macOS tells only of all there is
    except (AttributeError, ValueError, OSError):
        return None


def memory(available: float | None) -> Finding:
    """Judge how much memory there is, in GiB."""
    if available is None:
        return Finding(MIND, "how much memory is free cannot be told here", f"{ENOUGH_GIB:g} GiB are enough")
    what, remedy = f"{available:.1f} GiB of memory free", "close other programs, or lower finetune.batch_size"
    if available < LEAST_GIB:
        return Finding(WRONG, f"{what}, training the default model takes {LEAST_GIB:g} or more", remedy)
    return Finding(MIND, what, remedy) if available < ENOUGH_GIB else Finding(FINE, what)


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def busy() -> float:
    """Return how many programs wanted a processor, on average of the last minute, for each processor there is."""
    return os.getloadavg()[0] / cores() if hasattr(os, "getloadavg") else 0.0


def processors(count: int, load: float) -> Finding:
    """Judge the processors by how many there are and how many programs want each."""
    what = f"{count} processors"
    if load > BUSY:
        return Finding(MIND, f"{what}, {load:.1f} programs want each", "a run takes longer by about as much; wait")
    return Finding(FINE, f"{what}, idle enough")


def findings(folder: Path, installed: bool) -> Iterator[Finding]:
    """Look at all of it."""
    yield python()
    yield disk(folder, installed)
    yield memory(available_memory())
    yield processors(cores(), busy())
