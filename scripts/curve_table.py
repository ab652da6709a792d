"""The learning curve as a table, as files, and as an answer in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from attune.core.files import write_csv, write_json
from attune.evaluation.results import COMPARED, DECIDES, Results
from attune.statistics.difference import Difference, verdict_word
from scripts.curve_parts import percent

JSON, CSV = Path("results/curve.json"), Path("results/curve.csv")
SHOWN = ("hit_rate@5", "ndcg@10")


@dataclass(frozen=True)
class Point:
    """A model of the curve.

    Attributes:
        fraction: share of the training questions that it was trained on; 0 is the base model.
        questions: how many these are.
        chunks: how many chunks they are about.
        weight: how far the stage `finetune` went from the base model; at 0 nothing that was trained beat it.
        system: its name in the metrics of the stage `evaluate`.
    """

    fraction: float
    questions: int
    chunks: int
    weight: float
    system: str


def answer(difference: Difference, last: tuple[Point, Point]) -> str:
    """Say in a sentence whether more documents would help."""
    told = (
        f"From {percent(last[0].fraction)} to {percent(last[1].fraction)} of the training questions, {DECIDES} changes "
        f"by {difference.difference:+.3f} (95 % interval {difference.low:+.3f} to {difference.high:+.3f})"
    )
    if verdict_word(difference) == "better":
        return f"{told}: the curve is still rising, so more documents would likely help."
    told += ": no sign that more documents would help"
    if difference.detectable >= 1:
        return f"{told}, but there are too few test questions to show any."
    if difference.detectable > 0:
        return f"{told}; less than about {difference.detectable:.3f} would probably go unnoticed here."
    return f"{told}."


def table(points: Sequence[Point], found: Results) -> str:
    """Return the curve as a table of plain text."""
    lines = [f"{'':>6} {'questions':>10} {'chunks':>8}" + "".join(f"{f'{name} (95 %)':>28}" for name in SHOWN)]
    for point in points:
        line = f"{percent(point.fraction):>6} {point.questions:>10} {point.chunks:>8}"
        for name in SHOWN:
            low, high = found.intervals[point.system][name]
            line += f"{f'{found.value(point.system, name):.3f} ({low:.3f} to {high:.3f})':>28}"
        lines.append(line + ("   the base model" if point.weight == 0 else ""))
    return "\n".join(lines)


def write(points: Sequence[Point], found: Results) -> str:
    """Write the curve, as a table and with what it came to; return that in a sentence."""
    differences = found.verdict.against[points[-2].system]
    sentence = answer(differences[DECIDES], (points[-2], points[-1]))
    rows: list[dict[str, Any]] = []
    for point in points:
        row = {"fraction": point.fraction, "questions": point.questions, "chunks": point.chunks, "weight": point.weight}
        for name in COMPARED:
            low, high = found.intervals[point.system][name]
            row |= {name: found.value(point.system, name), f"{name}_low": low, f"{name}_high": high}
        rows.append(row)
    write_csv(CSV, list(rows[0]), [list(row.values()) for row in rows])
    verdict: dict[str, Any] = {"word": verdict_word(differences[DECIDES]), "measure": DECIDES, "answer": sentence}
    verdict |= {"compared": [point.fraction for point in points[-2:]]}
    verdict |= {name: asdict(difference) for name, difference in differences.items()}
    asked = {name: getattr(found, name) for name in ("questions", "chunks", "test_set")}
    write_json(JSON, asked | {"points": rows, "verdict": verdict})
    return sentence
