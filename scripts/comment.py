"""Print what a pull request should know of a run: the report, and what changed; fail where the model is worse.

Usage: python -m scripts.comment [COMMIT]      # to compare with; ends with 1 where a verdict is `worse`
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from attune.core.errors import UserError, missing, one_line, run
from attune.evaluation.judging import refuse_harm
from attune.evaluation.metrics_file import read_metrics
from attune.evaluation.results import Results
from stages.report import METRICS

REPORT = Path("results/report.md")
MARK = "<!-- attune -->"  # by which the comment is found again
HEADING = 2  # lines of a table that has no rows; DVC prints these where nothing changed
LONGEST = 60_000  # characters; GitHub takes 65,536


def changes(commit: str) -> str:
    """Return the measures that changed since a commit, as a Markdown table; why there is none, where there is none."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "dvc", "metrics", "diff", "--md", commit],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        return f"Nothing to compare with: {one_line(done.stderr)}"
    table = done.stdout.strip()
    return table if len(table.splitlines()) > HEADING else "No measure changed."


def comment(report: str, table: str, commit: str) -> str:
    """Return the comment; where it is too long for one, its end is missing, and it says so."""
    details = f"<details><summary>Measures, since {commit}</summary>\n\n{table}\n\n</details>"
    text = f"{MARK}\n{report.strip()}\n\n{details}\n"
    if len(text) <= LONGEST:
        return text
    kept = text[:LONGEST].rpartition("\n")[0]
    return f"{kept}\n\n</details>\n\nToo long for a comment: {REPORT} and `dvc metrics diff {commit}` have the rest.\n"


def main() -> None:
    """Print, then judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit", metavar="COMMIT", nargs="?", default="HEAD~1")
    commit = parser.parse_args().commit
    if not REPORT.exists():
        raise missing(REPORT, "report")
    print(comment(REPORT.read_text(encoding="utf-8"), changes(commit), commit), end="", flush=True)
    try:
        refuse_harm(read_metrics(METRICS, Results), METRICS)
    except UserError as error:
        raise UserError(str(error).replace(" (evaluate.fail_if_worse is set; ", " (").removesuffix(")") + ")") from None


if __name__ == "__main__":
    run(main)
