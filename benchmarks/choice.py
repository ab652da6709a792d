"""How often a training that taught nothing is taken for better on dev questions, and how often a gain is found.

Each training has some epochs, whose models have most of their luck in common, and ways from the base model to the one
of them that did best on the dev questions. Models between two have the luck of both, scaled so that they are as good as
either; with a gain, part of the way has the root of it. A table has a row for each size of the dev part and each number
of epochs and ways, and for three rules the share of trainings that are taken:

- questions: a paired t-test over questions for the best way, as if nothing had been chosen;
- documents: the same over documents;
- best of all: what `finetune` does, over documents and for the best of all ways from all epochs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from attune.choice.guards import luck_of
from attune.choice.interpolation import LUCK
from attune.statistics.difference import compare
from attune.statistics.mean import Labels
from benchmarks.simulated import DOCUMENT, LOG_RANK, MEASURES, QUESTION, Scenario, Values, questions_of
from benchmarks.simulated import LUCK as SPREAD

COMMON = 0.8  # share of the variance of an epoch's luck that all epochs have in common
EFFECTS = (0.0, 0.2, 0.4)  # standard deviations of the luck with a document
GAINS = {
    "equal": 0.0,
    "5 points": 0.3,
    "10 points": 0.6,
}  # taken off the logarithm of the rank, in points of hit rate@5
TRIED: tuple[tuple[int, tuple[float, ...]], ...] = ((1, (1.0,)), (3, (0.5, 1.0)), (10, (0.25, 0.5, 0.75, 1.0)))
RULES = ("questions", "documents", "best of all")


@dataclass(frozen=True)
class Training:
    """Dev values of a simulated training, each of shape (questions,), and the document of each question."""

    base: Values
    epochs: list[Values]
    ways: dict[float, Values]
    documents: Labels

    def taken(self) -> list[bool]:
        """Tell for each of the rules whether a way is taken."""
        best = max(self.ways.values(), key=lambda values: float(values.mean()))
        plain = [compare(best, self.base, labels) for labels in (np.arange(len(best)), self.documents)]
        luck = luck_of(self.epochs, self.documents)({0.0: self.base, **self.ways})
        return [*(one.difference > 0 and one.p / 2 < LUCK for one in plain), min(luck.values()) < LUCK]


def trainings(
    kind: Scenario, epochs: int, ways: Sequence[float], gain: float, count: int, seed: int
) -> Iterator[Training]:
    """Yield `count` trainings of so many epochs, on dev questions of a kind."""
    random = np.random.default_rng([seed, kind.documents, round(100 * kind.effect), epochs])
    value = MEASURES["nDCG@10"]
    for _ in range(count):
        documents, _ = questions_of(kind, random)
        shared = LOG_RANK + QUESTION * random.standard_normal(len(documents))
        shared += DOCUMENT * random.standard_normal(kind.documents)[documents]
        luck = SPREAD * random.standard_normal((2 + epochs, len(documents)))
        luck += kind.effect * random.standard_normal((2 + epochs, kind.documents))[:, documents]
        untrained, trained = luck[0], np.sqrt(COMMON) * luck[1] + np.sqrt(1 - COMMON) * luck[2:]
        measured = [value(1 + np.exp(shared + each - gain).astype(np.int64)) for each in trained]
        best = int(np.argmax([values.mean() for values in measured]))
        found = {}
        for way in ways:
            between = ((1 - way) * untrained + way * trained[best]) / np.hypot(1 - way, way)
            found[way] = value(1 + np.exp(shared + between - gain * np.sqrt(way)).astype(np.int64))
        yield Training(value(1 + np.exp(shared + untrained).astype(np.int64)), measured, found, documents)


def shares(kind: Scenario, epochs: int, ways: Sequence[float], gain: float, count: int, seed: int) -> Values:
    """Return the share of trainings that each rule takes, of shape (rules,)."""
    taken: Values = np.mean([training.taken() for training in trainings(kind, epochs, ways, gain, count, seed)], axis=0)
    return taken


def choices(count: int, seed: int) -> Iterator[str]:
    """Yield the table: of equal models and of better ones, for the luck with documents of `EFFECTS`."""
    nominal, error = 100 * LUCK, 100 * float(np.sqrt(LUCK * (1 - LUCK) / count))
    yield f"\nTaken for better on 20 dev questions a document (nominal: {nominal:.0f} of equal models, a standard error"
    yield f"of {error:.1f}; a quarter of the simulations where there is a gain); luck with a document {EFFECTS}\n"
    yield "| documents | epochs | ways | models | " + " | ".join(RULES) + " |"
    yield "|---|---|---|---|" + "---|" * len(RULES)
    for documents in (3, 10, 30):
        for epochs, ways in TRIED:
            for name, gain in GAINS.items():
                kinds = [Scenario(documents, 20, 0.5, effect) for effect in EFFECTS]
                runs = max(1, count // 4) if gain else count
                found = np.array([shares(kind, epochs, ways, gain, runs, seed) for kind in kinds])
                cells = [" · ".join(f"{100 * share:.1f}" for share in column) for column in found.T]
                yield f"| {documents} | {epochs} | {len(ways)} | {name} | {' | '.join(cells)} |"
