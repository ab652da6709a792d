"""What the doctor found: fine, to be minded, or wrong, with the remedy."""

from __future__ import annotations

from typing import NamedTuple

FINE, MIND, WRONG = "ok", "mind", "wrong"


class Finding(NamedTuple):
    """One thing that was looked at, in a line.

    Attributes:
        level: FINE; MIND, with which a run works, but worse; WRONG, with which it does not.
        what: what was found, and where.
        remedy: what to do about it; empty where nothing is to be done.
    """

    level: str
    what: str
    remedy: str = ""


def line(finding: Finding) -> str:
    """Return a finding as people read it."""
    return f"{finding.level:<6} {finding.what}" + (f": {finding.remedy}" if finding.remedy else "")
