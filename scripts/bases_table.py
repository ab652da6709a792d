"""Base models beside each other: a table, a file, and which of them to take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from attune.core.files import write_json
from attune.evaluation.results import BASE, DECIDES, FINETUNED, HYBRID, HYBRID_BASE
from attune.statistics.difference import compare, verdict_word
from attune.statistics.mean import Labels, Values, interval

JSON = Path("results/bases.json")
SHOWN = {BASE: "as it is", FINETUNED: "tuned", HYBRID_BASE: "+ BM25", HYBRID: "tuned + BM25"}


@dataclass(frozen=True)
class Candidate:
    """A base model and what came of it.

    Attributes:
        name: of the model, or its folder.
        values: for the model as it is, fine-tuned, and both beside BM25: the measure that decides, of each question.
        size: bytes of its weights.
        numbers: of a vector.
        milliseconds: that a text takes, on this machine at this time.
        seconds: that the stage `finetune` took.
        weight: how far it went from the base model; at 0 nothing that was trained beat it.
    """

    name: str
    values: Mapping[str, Values]
    size: int
    numbers: int
    milliseconds: float
    seconds: float
    weight: float


def recommend(found: Sequence[Candidate], labels: Labels) -> str:
    """Say which model to take: the lightest whose tuned form beside BM25 no other one beats beyond chance.

    Args:
        found: the models, at least one.
        labels: the cluster of each question.
    """
    best = max(found, key=lambda candidate: (float(candidate.values[HYBRID].mean()), -candidate.size))
    lightest = min(
        (
            candidate
            for candidate in found
            if candidate is best
            or verdict_word(compare(best.values[HYBRID], candidate.values[HYBRID], labels)) != "better"
        ),
        key=lambda candidate: candidate.size,
    )
    if lightest is best:
        others = [candidate for candidate in found if candidate is not best]
        second = max(others, key=lambda candidate: float(candidate.values[HYBRID].mean()), default=None)
        if second is None:
            return f"take {best.name}: it is the only one"
        gap = _told(best, second, labels)
        return f"take {best.name}: beside BM25 and tuned it has the highest {DECIDES}, {gap} against {second.name}"
    gap = _told(best, lightest, labels)
    return (
        f"take {lightest.name}, the lightest that none beats beyond chance: {best.name} has more {DECIDES} beside BM25 "
        f"and tuned by {gap}; more dev documents would tell them apart"
    )


def _told(better: Candidate, other: Candidate, labels: Labels) -> str:
    found = compare(better.values[HYBRID], other.values[HYBRID], labels)
    return f"{found.difference:+.3f} (95 % interval {found.low:+.3f} to {found.high:+.3f})"


def table(found: Sequence[Candidate]) -> str:
    """Return the models as a table of plain text."""
    width = max(len(_short(candidate)) for candidate in found)
    titles = "".join(f"{title:>14}" for title in SHOWN.values())
    lines = [f"{DECIDES:<{width}}{titles}{'way':>6}{'numbers':>9}{'MB':>7}{'ms a text':>11}{'training s':>12}"]
    for one in found:
        means = "".join(f"{one.values[system].mean():>14.3f}" for system in SHOWN)
        cost = f"{one.numbers:>9}{one.size / 1e6:>7.0f}{one.milliseconds:>11.1f}{one.seconds:>12.0f}"
        lines.append(f"{_short(one):<{width}}{means}{one.weight:>6.2f}{cost}")
    return "\n".join(lines)


def _short(candidate: Candidate) -> str:
    """Return the last part of a folder's path, and any other name as it is."""
    return Path(candidate.name).name if Path(candidate.name).is_absolute() else candidate.name


def write(found: Sequence[Candidate], labels: Labels, answer: str) -> None:
    """Write what came of each model, with intervals, and the recommendation."""
    rows = []
    for candidate in found:
        measured = {
            system: {DECIDES: float(values.mean()), "interval": list(interval(values, labels))}
            for system, values in candidate.values.items()
        }
        rows.append(asdict(candidate) | {"values": measured, "name": _short(candidate)})
    write_json(JSON, {"questions": len(labels), "clusters": len(set(labels)), "models": rows, "answer": answer})
