"""The learning curve as a table, as files, and as an answer in a sentence, over all seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import hypot, sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, NamedTuple

from scipy import special

from attune.core.files import write_csv, write_json
from attune.evaluation.results import COMPARED, DECIDES, Results
from attune.statistics.difference import Difference, Word
from attune.statistics.mean import LEVEL
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


class SeedRun(NamedTuple):
    """The models of one seed, and what the stage `evaluate` found of them."""

    points: Sequence[Point]
    found: Results


@dataclass(frozen=True)
class Rise:
    """How much a measure changes from one part of the questions to the next, over all seeds.

    Attributes:
        difference: mean over the seeds.
        low: lower end of its 95 % interval, which allows for other questions and for other seeds.
        high: upper end.
        lowest: of the seeds.
        highest: of the seeds.
        seeds: how many.
        detectable: see `Difference`; mean over the seeds.
    """

    difference: float
    low: float
    high: float
    lowest: float
    highest: float
    seeds: int
    detectable: float

    @classmethod
    def of(cls, differences: Sequence[Difference]) -> Rise:
        """Join what was found with each seed.

        The half width of the interval is that over questions, which every seed is asked alike, and that over seeds (a
        t interval of their mean), as two independent errors add: the root of the squares. With one seed the latter is
        not known, and left out.
        """
        values = [one.difference for one in differences]
        mean, over_questions = fmean(values), fmean((one.high - one.low) / 2 for one in differences)
        over_seeds = 0.0
        if len(values) > 1:
            over_seeds = float(special.stdtrit(len(values) - 1, 1 - LEVEL / 2)) * stdev(values) / sqrt(len(values))
        half = hypot(over_questions, over_seeds)
        detectable = fmean(one.detectable for one in differences)
        return cls(mean, mean - half, mean + half, min(values), max(values), len(values), detectable)

    @property
    def word(self) -> Word:
        """`better` or `worse` where the interval leaves zero out and more than one seed was tried."""
        if self.seeds == 1 or self.low <= 0 <= self.high:
            return "no detectable change"
        return "better" if self.low > 0 else "worse"


def answer(rise: Rise, last: tuple[Point, Point]) -> str:
    """Say in a sentence whether more documents would help."""
    spread = "one seed" if rise.seeds == 1 else f"{rise.lowest:+.3f} to {rise.highest:+.3f} in {rise.seeds} seeds"
    told = (
        f"From {percent(last[0].fraction)} to {percent(last[1].fraction)} of the training questions, {DECIDES} changes "
        f"by {rise.difference:+.3f} (95 % interval {rise.low:+.3f} to {rise.high:+.3f}; {spread})"
    )
    if rise.seeds == 1:
        return f"{told}: how much of that is the seed's is not known; take --seeds 3 to learn whether the curve rises."
    if rise.word == "better":
        return f"{told}: the curve is still rising, so more documents would likely help."
    told += ": no sign that more documents would help"
    if rise.detectable >= 1:
        return f"{told}, but there are too few test questions to show any."
    if rise.detectable > 0:
        return f"{told}; less than about {rise.detectable:.3f} would probably go unnoticed here."
    return f"{told}."


def over_seeds(runs: Sequence[SeedRun], place: int, name: str) -> dict[str, float]:
    """Return a measure of the model at a place of the curve: its mean, its 95 % interval, and the seeds' range.

    The interval is over questions, its ends the means over the seeds.
    """
    systems = [(run.found, run.points[place].system) for run in runs]
    values = [found.value(system, name) for found, system in systems]
    low, high = (fmean(found.intervals[system][name][end] for found, system in systems) for end in (0, 1))
    ends = {f"{name}_low": low, f"{name}_high": high}
    return {name: fmean(values)} | ends | {f"{name}_lowest_seed": min(values), f"{name}_highest_seed": max(values)}


def table(runs: Sequence[SeedRun]) -> str:
    """Return the curve as a table of plain text."""
    titles = [f"{name} (95 %; seeds)" for name in SHOWN]
    lines = [f"{'':>6} {'questions':>10} {'chunks':>8}" + "".join(f"{title:>44}" for title in titles)]
    for place, point in enumerate(runs[0].points):
        line = f"{percent(point.fraction):>6} {point.questions:>10} {point.chunks:>8}"
        for name in SHOWN:
            mean, low, high, lowest, highest = over_seeds(runs, place, name).values()
            line += f"{f'{mean:.3f} ({low:.3f} to {high:.3f}; {lowest:.3f} to {highest:.3f})':>44}"
        base = sum(run.points[place].weight == 0 for run in runs)
        lines.append(line + (f"   the base model in {base} of {len(runs)}" if base and place else ""))
    return "\n".join(lines)


def write(runs: Sequence[SeedRun]) -> str:
    """Write the curve, as a table and with what it came to; return that in a sentence."""
    points, found = runs[0]
    against = [run.found.verdict.against[points[-2].system] for run in runs]
    rises = {name: Rise.of([differences[name] for differences in against]) for name in COMPARED}
    sentence = answer(rises[DECIDES], (points[-2], points[-1]))
    rows: list[dict[str, Any]] = []
    for place, point in enumerate(points):
        weight = fmean(run.points[place].weight for run in runs)
        row = {"fraction": point.fraction, "questions": point.questions, "chunks": point.chunks, "weight": weight}
        for name in COMPARED:
            row |= over_seeds(runs, place, name)
        rows.append(row)
    write_csv(CSV, list(rows[0]), [list(row.values()) for row in rows])
    verdict: dict[str, Any] = {"word": rises[DECIDES].word, "measure": DECIDES, "answer": sentence}
    verdict |= {"compared": [point.fraction for point in points[-2:]]}
    verdict |= {name: asdict(rise) for name, rise in rises.items()}
    asked = {name: getattr(found, name) for name in ("questions", "chunks", "test_set")}
    write_json(JSON, asked | {"seeds": len(runs), "points": rows, "verdict": verdict})
    return sentence
