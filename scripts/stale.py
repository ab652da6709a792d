"""Tell whether dvc.lock is of these files: whether a run would have anything to do. Data need not be there.

`dvc status` needs all data, and `dvc repro --dry --allow-missing` ends well also where it would run stages; so what
counts is that it says that everything is up to date.

Usage: python -m scripts.stale      # ends with 1, and names the stages, where a run would run some
"""

from __future__ import annotations

import re
import subprocess
import sys

from attune.core.errors import UserError, listed, one_line, run

UP_TO_DATE = "Data and pipelines are up to date."


def stale() -> str:
    """Return why dvc.lock is not of these files, an empty text if it is.

    Raises:
        UserError: DVC cannot tell.
    """
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "repro", "--dry", "--allow-missing"], capture_output=True, text=True
    )
    if UP_TO_DATE in done.stdout and done.returncode == 0:
        return ""
    # a stage that would run is tried as far as its data, and fails where these are not there
    named = re.findall(r"(?:^Running stage|failed to reproduce) '([^']+)'", done.stdout + done.stderr, re.MULTILINE)
    stages = list(dict.fromkeys(named))
    if done.returncode and not stages:
        raise UserError(f"DVC cannot tell what a run would do: {one_line(done.stderr)}")
    return f"dvc.lock is not of these files: a run would run {listed(stages, 6) or one_line(done.stdout)}"


def main() -> None:
    """Say what would run."""
    reason = stale()
    if reason:
        raise UserError(f"{reason}; run `dvc repro` and commit dvc.lock with what it changed")
    print("dvc.lock is of these files: a run has nothing to do")


if __name__ == "__main__":
    run(main)
