"""The packages against the pins, and what else has to be installed. Nothing but the standard library is needed."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from scripts.health.finding import FINE, MIND, WRONG, Finding

PINNED = ("requirements.txt", "requirements-models.txt")
SHOWN = 3


def pins(file: Path) -> dict[str, str]:
    """Return the version that a file of requirements pins each package to."""
    return dict(re.findall(r"^([\w.-]+)==([^\s;#]+)", file.read_text(encoding="utf-8"), re.MULTILINE))


def installed_version(name: str) -> str | None:
    """Return the version of a package, without what says how it was built (2.13.0+cpu); None where it is not there."""
    try:
        return version(name).partition("+")[0]
    except PackageNotFoundError:
        return None


def compare(wanted: dict[str, str]) -> Finding:
    """Compare what is pinned with what is there."""
    there = {name: installed_version(name) for name in wanted}
    absent = sorted(name for name in wanted if there[name] is None)
    others = sorted(name for name in wanted if there[name] not in (None, wanted[name]))
    if len(absent) == len(wanted):  # a fresh clone: nothing is wrong with it
        return Finding(MIND, "nothing is installed yet", "`make install` does it, and `make repro` too, before it runs")
    if absent or others:
        named = [*(f"{name} is missing" for name in absent), *(f"{n} is {there[n]}, not {wanted[n]}" for n in others)]
        more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
        return Finding(
            WRONG,
            f"packages are not those of {PINNED[0]}: {', '.join(named[:SHOWN])}{more}",
            "run `touch requirements.txt && make install`",
        )
    return Finding(FINE, f"{len(wanted)} packages as pinned")


def git(folder: Path) -> Finding:
    """Look for git, and whether the folder is a clone."""
    program = shutil.which("git")
    if program is None:
        return Finding(WRONG, "git is not on PATH", "install it; DVC finds the project by it")
    asked = [program, "-C", str(folder), "rev-parse", "--is-inside-work-tree"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = done.stderr.strip().splitlines()[:1]
        if "dubious ownership" in done.stderr:
            return Finding(
                WRONG, "git refuses a folder of another user", 'run `git config --global --add safe.directory "$PWD"`'
            )
        return Finding(WRONG, f"this is no clone ({' '.join(said)})", "clone the project instead of copying its files")
    return Finding(FINE, "git, in a clone")


def make() -> Finding:
    """Look for make."""
    if shutil.which("make") is None:
        return Finding(WRONG, "make is not on PATH", "install it, or run what stands in the Makefile by hand")
    return Finding(FINE, "make")


def findings(folder: Path) -> Iterator[Finding]:
    """Look at all of it."""
    yield git(folder)
    yield make()
    yield compare({name: pin for file in PINNED for name, pin in pins(folder / file).items()})
