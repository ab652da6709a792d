"""From rankings to figures: each system's measures with intervals, and the verdict on the fine-tuned model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from attune.search.measures import Values, means
from attune.statistics.difference import compare, verdict_word
from attune.statistics.mean import Labels, interval

COMPARED = ("hit_rate@5", "mrr@10", "ndcg@10")
COMPARED_K = 5  # of the hit rate among them
DECIDES = "ndcg@10"  # sees where in the first ten a chunk stands; the hit rate only whether it is there
FINETUNED, BASE = "finetuned", "base"


def assess(values: Mapping[str, Mapping[str, Values]], labels: Labels, clustered_by: str) -> dict[str, Any]:
    """Return, as metrics.json has them, a table for each system, `intervals` and `verdict`.

    Args:
        values: for each system, the measures of each question by name; see `metrics.per_question`.
        labels: the cluster of each question.
        clustered_by: what the clusters are.
    """
    return {
        **{system: means(table) for system, table in values.items()},
        "intervals": {
            system: {name: list(interval(table[name], labels)) for name in COMPARED} for system, table in values.items()
        },
        "verdict": verdict(values, labels) | {"clusters": len(set(labels)), "clustered_by": clustered_by},
    }


def verdict(values: Mapping[str, Mapping[str, Values]], labels: Labels) -> dict[str, Any]:
    """Return the word, and the fine-tuned model's difference from each other system."""
    differences = {
        system: {name: compare(values[FINETUNED][name], table[name], labels) for name in COMPARED}
        for system, table in values.items()
        if system != FINETUNED
    }
    tables = {system: {name: asdict(d) for name, d in table.items()} for system, table in differences.items()}
    return {"word": verdict_word(differences[BASE][DECIDES]), "measure": DECIDES, **tables}
