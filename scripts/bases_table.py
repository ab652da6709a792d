"""Base models beside each other: a table, a file, and which of them to take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from attune.core.files import write_json
from attune.evaluation.results import BASE, DECIDES, FINETUNED, HYBRID, HYBRID_BASE
from attune.statistics.clusters import ENOUGH_QUESTIONS, cautions, effective_number
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
        to_ask: MiB of memory that a process took which asked the model as it is, with chunks and BM25 in it.
        to_train: MiB that the stage `finetune` took.
    """

    name: str
    values: Mapping[str, Values]
    size: int
    numbers: int
    milliseconds: float
    seconds: float
    weight: float
    to_ask: float
    to_train: float


def recommend(found: Sequence[Candidate], labels: Labels, clustered_by: str) -> str:
    """Say which model to take: the lightest whose tuned form beside BM25 no other one beats beyond chance.

    Args:
        found: the models, at least two.
        labels: the cluster of each question.
        clustered_by: what the clusters are.
    """
    unbeaten = [one for one in found if not any(_beats(other, one, labels) for other in found if other is not one)]
    taken = min(unbeaten, key=lambda one: (one.size, -_mean(one)))
    rival = max((one for one in found if one is not taken), key=_mean)
    gap = compare(taken.values[HYBRID], rival.values[HYBRID], labels)
    told = f"{gap.difference:+.3f} (95 % interval {gap.low:+.3f} to {gap.high:+.3f}) of {DECIDES} against {rival.name}"
    answer = f"take {taken.name}: tuned and beside BM25 {told}"
    if gap.low > 0:
        answer += ", the best of the others"
    else:
        more = "the difference could be chance" if gap.high < 1 and gap.low > -1 else "that tells nothing"
        heavier = " of those that none beats beyond chance" if len(unbeaten) < len(found) else ""
        answer += f"; not sure: {more}, and it is the lightest{heavier}"
    effective = effective_number(labels)
    if cautions(max(len(labels), ENOUGH_QUESTIONS), clustered_by, effective):
        answer += (
            f". Mind: the {len(labels)} dev questions are about {len(set(labels))} {clustered_by}s, which weigh like "
            f"{effective:.1f}; with more documents (split.dev_fraction) another model may be ahead"
        )
    return answer


def _mean(candidate: Candidate) -> float:
    return float(candidate.values[HYBRID].mean())


def _beats(one: Candidate, other: Candidate, labels: Labels) -> bool:
    return verdict_word(compare(one.values[HYBRID], other.values[HYBRID], labels)) == "better"


def table(found: Sequence[Candidate]) -> str:
    """Return the models as a table of plain text."""
    width = max(len(_short(candidate)) for candidate in found)
    titles = "".join(f"{title:>14}" for title in SHOWN.values())
    lines = [f"{DECIDES:<{width}}{titles}{'way':>6}{'numbers':>9}{'MB':>7}{'ms a text':>11}{'MiB to ask':>12}"]
    lines[0] += f"{'training s':>12}{'MiB to train':>14}"
    for one in found:
        means = "".join(f"{one.values[system].mean():>14.3f}" for system in SHOWN)
        cost = f"{one.numbers:>9}{one.size / 1e6:>7.0f}{one.milliseconds:>11.1f}{one.to_ask:>12.0f}"
        cost += f"{one.seconds:>12.0f}{one.to_train:>14.0f}"
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
