"""What the systems are called in the report, and how they are told apart."""

from __future__ import annotations

import re
from collections.abc import Iterable

from attune.evaluation.results import BASE, TUNED
from attune.report.style.text import excerpt

_NAMES = {"bm25": "BM25", BASE: "Base", TUNED: "Fine-tuned"}
_SHORTENED = re.compile(rf"({BASE}|{TUNED})@(\d+)")  # a model with the first so many numbers of its vectors
NAME = 60  # characters
COLOURS = 5  # for the systems that have none of their own


def system_name(system: str) -> str:
    """Return what a system is called in the report."""
    if found := _SHORTENED.fullmatch(system):
        return f"{_NAMES[found[1]]}, {found[2]} numbers"
    return _NAMES.get(system) or excerpt(system, NAME)


def is_shortened(system: str) -> bool:
    """Tell whether a system is the base or the fine-tuned model with shortened vectors."""
    return _SHORTENED.fullmatch(system) is not None


def system_css(system: str, systems: Iterable[str]) -> str:
    """Return the class that gives a system its colour and dashes."""
    if system in _NAMES:
        return f"s-{system}"
    others = [name for name in systems if name not in _NAMES]
    return f"s-{others.index(system) % COLOURS}" if system in others else "s-0"
