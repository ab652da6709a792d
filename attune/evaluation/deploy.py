"""What to put to use today: BM25, a model or both together; a question of its own beside "has training helped?".

The systems stand in an order from the simplest: BM25 needs no vectors, the base model no training, a hybrid with the
base model no training either, and a linear map of query vectors no new index. A trained model has to be kept, served
and indexed with, so it must earn its place. The answer is the simplest system that no other one beats beyond chance, by
the paired difference in the measure that decides. There always is one: nobody beats the system with the highest mean.

With few questions little is beyond chance, so the answer then leans to the simple; the report says so. Of five equal
systems it is the simplest one in about nine of ten cases (docs/measurements.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attune.evaluation.results import (
    ADAPTER,
    BASE,
    BM25,
    DECIDES,
    FINETUNED,
    HYBRID,
    HYBRID_BASE,
    Deploy,
    hybrid_of,
)
from attune.statistics.difference import compare, verdict_word
from attune.statistics.mean import Labels, Values


def deployable(systems: Iterable[str]) -> list[str]:
    """Return what one can put to use today of some systems, the simplest first.

    These are `DEPLOYABLE`, and each model that a linear map was asked for, with and without it: that is a model with
    an index which is to stay, so to keep it is simpler than to index with one that was trained.
    """
    ended = [system for system in systems if system.endswith(ADAPTER) and not system.startswith(f"{HYBRID}_")]
    with_map = sorted((system.removesuffix(ADAPTER) for system in ended), key=lambda model: model != BASE)
    untrained = [BM25, BASE, HYBRID_BASE]
    for model in with_map:
        untrained += [model, hybrid_of(model), model + ADAPTER, hybrid_of(model + ADAPTER)]
    return list(dict.fromkeys([*untrained, FINETUNED, HYBRID]))


def choose(values: Mapping[str, Mapping[str, Values]], labels: Labels) -> Deploy:
    """Choose among `deployable` systems.

    Args:
        values: for each system, the measures of each question by name; those of all of `DEPLOYABLE` among them.
        labels: the cluster of each question.
    """
    systems = deployable(values)
    measured = {system: values[system][DECIDES] for system in systems}
    differences = {
        system: {simpler: compare(measured[system], measured[simpler], labels) for simpler in systems[:place]}
        for place, system in enumerate(systems)
        if place
    }
    words = {
        (a, b): verdict_word(difference) for a, simpler in differences.items() for b, difference in simpler.items()
    }
    beaten = {b for (_, b), word in words.items() if word == "better"} | {
        a for (a, _), word in words.items() if word == "worse"
    }
    return Deploy(system=next(s for s in systems if s not in beaten), measure=DECIDES, differences=differences)
