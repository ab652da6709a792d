"""What to put to use today: BM25, a model or both together; a question of its own beside "has training helped?".

The systems stand in an order from the simplest: BM25 needs no vectors, the base model no training, a hybrid with the
base model no training either. A trained model has to be kept, served and indexed with, so it must earn its place. The
answer is the simplest system that no other one beats beyond chance, by the paired difference in the measure that
decides. There always is one: nobody beats the system with the highest mean.

With few questions little is beyond chance, so the answer then leans to the simple; the report says so. Of five equal
systems it is the simplest one in about nine of ten cases (docs/measurements.md).
"""

from __future__ import annotations

from collections.abc import Mapping

from attune.evaluation.results import DECIDES, DEPLOYABLE, Deploy
from attune.statistics.difference import compare, verdict_word
from attune.statistics.mean import Labels, Values


def choose(values: Mapping[str, Mapping[str, Values]], labels: Labels) -> Deploy:
    """Choose among `DEPLOYABLE`.

    Args:
        values: for each system, the measures of each question by name; those of all of `DEPLOYABLE` among them.
        labels: the cluster of each question.
    """
    measured = {system: values[system][DECIDES] for system in DEPLOYABLE}
    differences = {
        system: {simpler: compare(measured[system], measured[simpler], labels) for simpler in DEPLOYABLE[:place]}
        for place, system in enumerate(DEPLOYABLE)
        if place
    }
    words = {
        (a, b): verdict_word(difference) for a, simpler in differences.items() for b, difference in simpler.items()
    }
    beaten = {b for (_, b), word in words.items() if word == "better"} | {
        a for (a, _), word in words.items() if word == "worse"
    }
    return Deploy(system=next(s for s in DEPLOYABLE if s not in beaten), measure=DECIDES, differences=differences)
