"""Check that this commit can be released, and tag it; nothing is pushed.

The version stands in CITATION.cff; the newest heading of CHANGELOG.md is checked against it.

Usage: python -m scripts.release
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from ruamel.yaml import YAML

from attune.core.errors import UserError, listed, run
from scripts.share import uncommitted
from scripts.stale import stale

CITATION, CHANGELOG = Path("CITATION.cff"), Path("CHANGELOG.md")
BRANCH = "main"


def git(*arguments: str) -> str:
    """Return what a command of git prints.

    Raises:
        UserError: it failed.
    """
    done = subprocess.run(["git", *arguments], capture_output=True, text=True)  # noqa: S603, S607
    if done.returncode:
        raise UserError(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


def version() -> str:
    """Return the version that is to be released.

    Raises:
        UserError: the changelog begins with another one, or says nothing about it.
    """
    named = str(YAML(typ="safe", pure=True).load(CITATION)["version"])
    sections = re.split(r"^## ", CHANGELOG.read_text(encoding="utf-8"), maxsplit=2, flags=re.MULTILINE)
    heading, *lines = (sections[1] if len(sections) > 1 else "").split("\n")
    if heading.split() != [named]:
        raise UserError(f"{CITATION} says version {named}, {CHANGELOG} begins with '{heading}'; make both say the same")
    if not any(line.startswith("- ") for line in lines):
        raise UserError(f"{CHANGELOG} says nothing about {named}; write what users notice")
    return named


def check() -> str:
    """Return the tag of the release.

    Raises:
        UserError: the commit is not of `main`, files are not committed, dvc.lock is not theirs, or the tag is taken.
    """
    tag = f"v{version()}"
    if (branch := git("branch", "--show-current")) != BRANCH:
        raise UserError(f"releases are of {BRANCH}, this is {branch or 'no branch'}; `git switch {BRANCH}`")
    if changed := uncommitted():
        raise UserError(f"not committed: {listed(changed, 5)}; a release is of a commit")
    if reason := stale():
        raise UserError(f"{reason}; `dvc repro` and commit first")
    if tag in git("tag").split():
        raise UserError(f"{tag} is there already; raise the version in {CITATION} and {CHANGELOG}")
    return tag


def main() -> None:
    """Check, tag, and say how to publish it."""
    tag = check()
    git("tag", "--annotate", tag, "--message", f"Attune {tag}")
    print(f"tagged {tag}; `git push origin {BRANCH} {tag}` publishes it")


if __name__ == "__main__":
    run(main)
