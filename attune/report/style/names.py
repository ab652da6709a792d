"""What systems and measures are called in the report, and how systems are told apart."""

from __future__ import annotations

import re
from collections.abc import Iterable

from attune.evaluation.results import ADAPTER, BASE, BM25, FINETUNED, HYBRID, HYBRID_BASE
from attune.report.style.text import excerpt
from attune.search.measures import MEASURES

_NAMES = {BM25: "BM25", BASE: "Base", FINETUNED: "Fine-tuned"}
_OWN = (BM25, BASE, FINETUNED, HYBRID_BASE, HYBRID)  # systems with a colour of their own
_SHORTENED = re.compile(rf"({BASE}|{FINETUNED})@(\d+)")  # a model with the first d numbers of its vectors
_HYBRID = re.compile(rf"{HYBRID}(?:_(.+)|(@\d+)?)", re.DOTALL)  # see `results.hybrid_of`
NAME = 60  # characters
COLOURS = 5  # for the systems that have none of their own


def system_name(system: str) -> str:
    """Return what a system is called in the report."""
    if found := _HYBRID.fullmatch(system):
        fused = found[1] or f"{FINETUNED}{found[2] or ''}"
        name = system_name(fused)
        own = fused.removesuffix(ADAPTER) in _NAMES or is_shortened(fused)
        return f"{_NAMES[BM25]} + {name[0].lower() + name[1:] if own else name}"
    if found := _SHORTENED.fullmatch(system):
        return f"{_NAMES[found[1]]}, {found[2]} numbers"
    if system.endswith(ADAPTER):
        return f"{system_name(system.removesuffix(ADAPTER))} with adapter"
    return _NAMES.get(system) or excerpt(system, NAME)


def is_variant(system: str) -> bool:
    """Tell whether a system is a model with shortened vectors, or with an adapter: it reads what that model reads."""
    return is_shortened(system) or system.endswith(ADAPTER)


def is_shortened(system: str) -> bool:
    """Tell whether a system is the base or the fine-tuned model with shortened vectors."""
    return _SHORTENED.fullmatch(system) is not None


def system_css(system: str, systems: Iterable[str]) -> str:
    """Return the class that gives a system its colour and dashes."""
    if system in _OWN:
        return f"s-{system}"
    others = [name for name in systems if name not in _OWN]
    return f"s-{others.index(system) % COLOURS}" if system in others else "s-0"


def measure_name(measure: str) -> str:
    """Return `hit_rate@5` as "Hit rate@5"."""
    name, _, k = measure.partition("@")
    return f"{MEASURES[name].title if name in MEASURES else name}@{k}"


def is_share(measure: str) -> bool:
    """Tell whether a measure is a share of questions or chunks, which people read in per cent."""
    name = measure.partition("@")[0]
    return name in MEASURES and MEASURES[name].share
