"""How often the verdict and the choice on dev questions are wrong about equal systems, and how often they find a gain.

The systems are those of `benchmarks.simulated`. The verdict is asked about the hit rate@5 and nDCG@10 of two; where
they are equal, every `better` and `worse` is false. The choice is that of `benchmarks.choice`.

Usage: python -m benchmarks.calibration [--simulations 1000] [--seed 0] [--only verdict choice]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from attune.statistics.difference import compare, verdict_word
from attune.statistics.mean import interval
from benchmarks.choice import choices
from benchmarks.simulated import MEASURES, Scenario, simulate

EFFECTS = (0.0, 0.2, 0.4)  # standard deviations of the luck with a document
GAIN = 0.3  # taken off the logarithm of the rank: 5 points of hit rate@5


@dataclass(frozen=True)
class Outcome:
    """What share of the verdicts said `better` and `worse`, and the median of what they called detectable."""

    better: float
    worse: float
    detectable: float


def verdicts(kind: Scenario, measure: str, gain: float, count: int, seed: int, by: str = "documents") -> Outcome:
    """Ask for the verdict on `count` simulated runs."""
    value = MEASURES[measure]
    runs = simulate(kind, gain, count, seed)
    found = [compare(value(run.finetuned), value(run.base), getattr(run, by)) for run in runs]
    words = [verdict_word(difference) for difference in found]
    detectable = float(np.median([difference.detectable for difference in found]))
    return Outcome(words.count("better") / count, words.count("worse") / count, detectable)


def truth(effect: float, measure: str, gain: float) -> tuple[float, float]:
    """Return the true gain in a measure, and the correlation of the gains of two questions about one document."""
    (run,) = simulate(Scenario(100_000, 10, effect=effect), gain, 1, seed=1)
    gains = MEASURES[measure](run.finetuned) - MEASURES[measure](run.base)
    apart = gains.reshape(-1, 10) - gains.mean()
    products = apart.sum(axis=1) ** 2 - (apart**2).sum(axis=1)  # of all 90 pairs of questions about a document
    return float(gains.mean()), float(products.mean() / 90 / gains.var())


@cache
def true_mean(effect: float, measure: str, easier: float) -> float:
    """Return the mean of a measure over very many documents, on questions that are easier by a constant."""
    (run,) = simulate(Scenario(400_000, 1, effect=effect), easier, 1, seed=1)
    return float(MEASURES[measure](run.finetuned).mean())


def coverage(kind: Scenario, measure: str, easier: float, count: int, seed: int) -> float:
    """Return what share of the intervals of one system hold its true mean."""
    mean, value = true_mean(kind.effect, measure, easier), MEASURES[measure]
    found = [interval(value(run.finetuned), run.documents) for run in simulate(kind, easier, count, seed)]
    return sum(low <= mean <= high for low, high in found) / count


def percents(values: Iterable[float]) -> str:
    """Write shares as percentages, to stand in one cell of a table."""
    return " · ".join(f"{100 * value:.1f}" for value in values)


def calibration(count: int, seed: int) -> Iterator[str]:
    """Yield a table over numbers of documents, sizes and correlations: false verdicts and gains found."""
    heads = [f"{name}: {part}" for part in ("false", "5 points found") for name in MEASURES]
    yield f"| documents | questions | {' | '.join(heads)} |"
    yield "|---|---|" + "---|" * len(heads)
    for documents in (3, 5, 8, 12, 20, 40, 100):
        for unequal, sizes in ((0.0, "20 each"), (0.5, "5 to 45"), (1.0, "2 to 90")):
            cells = []
            for gain in (0.0, GAIN):
                for measure in MEASURES:
                    kinds = [Scenario(documents, 20, unequal, effect) for effect in EFFECTS]
                    found = [verdicts(kind, measure, gain, count, seed) for kind in kinds]
                    cells.append(percents(one.better if gain else one.better + one.worse for one in found))
            yield f"| {documents} | {sizes} | {' | '.join(cells)} |"


def few_documents(count: int, seed: int) -> Iterator[str]:
    """Yield a table of what clusters of documents and of chunks do to the hit rate@5 on 240 questions."""
    yield "| documents | clusters | false | 5 points found | detectable, points |"
    yield "|---|---|---|---|---|"
    for documents in (1, 2, 3, 4, 5):
        for by in ("documents", "chunks")[documents == 1 :]:
            kinds = [Scenario(documents, 240 // documents, 0.5, effect) for effect in EFFECTS]
            equal = [verdicts(kind, "hit rate@5", 0.0, count, seed, by) for kind in kinds]
            better = [verdicts(kind, "hit rate@5", GAIN, count, seed, by) for kind in kinds]
            cells = [percents(one.better + one.worse for one in equal), percents(one.better for one in better)]
            yield f"| {documents} | {by} | {' | '.join(cells)} | {percents(one.detectable for one in better)} |"


def intervals(count: int, seed: int) -> Iterator[str]:
    """Yield a table of how many intervals of one system hold the truth, from hard to very easy questions."""
    yield f"| documents | {' | '.join(MEASURES)} |"
    yield "|---|---|---|"
    for documents in (3, 5, 12, 40):
        kind = Scenario(documents, 20, 0.5, 0.2)
        cells = [
            percents(coverage(kind, name, easier, count, seed) for easier in (-1.5, 0.0, 1.5)) for name in MEASURES
        ]
        yield f"| {documents} | {' | '.join(cells)} |"


def verdict_tables(count: int, seed: int) -> Iterator[str]:
    """Yield what the verdict does."""
    for name in MEASURES:
        both = [truth(effect, name, GAIN) for effect in EFFECTS]
        related = " · ".join(f"{correlation:.2f}" for _, correlation in both)
        gains = percents(gain for gain, _ in both)
        yield f"{name}: correlation within a document {related}; the gain is {gains} points"
    for title, table in (
        ("Verdicts, clustered by document (nominal: 5 false)", calibration),
        ("Few documents, 240 questions, sizes unequal (0.5)", few_documents),
        ("Intervals of one system that hold the truth (nominal: 95), questions hard · middling · easy", intervals),
    ):
        yield f"\n{title}\n"
        yield from table(count, seed)


PARTS = {"verdict": verdict_tables, "choice": choices}


def main() -> None:
    """Simulate, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulations", type=int, default=1000, help="for each cell")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    arguments = parser.parse_args()
    print(f"{arguments.simulations} simulations a cell, seed {arguments.seed}; all shares in percent\n")
    for name in arguments.only:
        for line in PARTS[name](arguments.simulations, arguments.seed):
            print(line, flush=True)


if __name__ == "__main__":
    main()
