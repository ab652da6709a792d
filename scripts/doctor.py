"""Look for what a run needs, and say of each what was found and what to do about it.

Ends with code 1 where something is wrong. Needs nothing but Python: what cannot be looked at before `make install` is
left out, and said.

Usage: python -m scripts.doctor [--ask]
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from scripts.health import machine, packages
from scripts.health.finding import FINE, MIND, WRONG, Finding, line


def findings(folder: Path, ask: bool) -> Iterator[Finding]:
    """Look at everything, what needs least first."""
    installed = packages.installed_version("pydantic") is not None
    yield from machine.findings(folder, installed)
    there = list(packages.findings(folder))
    yield from there
    if there[-1].level != FINE:
        yield Finding(MIND, "params, models and servers were not looked at", "first the packages, then run this again")
        return
    from scripts.health import dvc_state, project, writer

    yield from project.findings()
    yield from dvc_state.findings()
    yield from writer.findings(ask)


def main() -> None:
    """Look, and say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ask", action="store_true", help="send the language model one tiny request")
    arguments = parser.parse_args()
    counted: Counter[str] = Counter()
    for finding in findings(Path(), arguments.ask):
        print(line(finding), flush=True)
        counted[finding.level] += 1
    if counted[WRONG]:
        print(f"\n{counted[WRONG]} to be mended before a run")
        sys.exit(1)
    print("\nready" + (f", with {counted[MIND]} to mind" if counted[MIND] else ""))


if __name__ == "__main__":
    main()
