"""The report as a whole: what its templates show, by the names that they know it by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from attune.evaluation.results import SetResults
from attune.report.reading.inputs import Inputs
from attune.report.sections.charts import curves, training, weights
from attune.report.sections.deploy import advice
from attune.report.sections.documents import documents
from attune.report.sections.examples import Example, gains, regressions
from attune.report.sections.funnel import funnel
from attune.report.sections.moves import Moves, moves
from attune.report.sections.systems import Change, Family, Table, changes, difference_table, families, system_table
from attune.report.sections.verdict import TITLES, SetKind, Statement, question_sets, state
from attune.report.sections.warnings import warnings
from attune.report.style.names import measure_name, system_name
from attune.report.style.numbers import amount, change, count, percent


@dataclass(frozen=True)
class Compared:
    """A set of questions with all that is shown of it."""

    kind: SetKind
    statement: Statement
    size: str
    changes: list[Change]
    systems: list[Table]
    differences: list[Table]
    families: list[Family]
    moves: Moves | None
    regressions: list[Example]
    gains: list[Example]


@dataclass(frozen=True)
class Fair:
    """A measure of a system counted strictly and fairly."""

    system: str
    strict: str
    fair: str
    change: str


def page(inputs: Inputs) -> dict[str, Any]:
    """Return what the templates show."""
    metrics = inputs.metrics
    sets = [compared(kind, found, inputs) for kind, found in question_sets(metrics).items()]
    return {
        "base_model": str(inputs.settings.get("base_model", {}).get("name", "the base model")),
        "sets": sets,
        "own": [one for one in sets if one.kind != "general"],  # those about the user's documents
        "advice": list(advice(metrics)),
        "index_stays": inputs.settings.get("finetune", {}).get("side") == "question",
        "weights": list(weights(inputs)),
        "warnings": list(warnings(metrics, inputs.chunk)),
        "hit": measure_name(metrics.hit_measure),
        "test_set": metrics.test_set,
        "asked": f"{count(metrics.questions, 'question')} asked of {count(metrics.chunks, 'chunk')}",
        "curves": list(curves(inputs)),
        "documents": documents(inputs.chunk, inputs.documents),
        "funnel": funnel(inputs.chunk, inputs.questions, inputs.split),
        "training": list(training(inputs)),
        "trained_on": count(inputs.finetune.train_pairs, "training pair"),
        "dev_questions": count(inputs.finetune.dev_questions, "dev question"),
        "fair": {measure_name(m): rows for m in shown_measures(metrics) if (rows := list(strict_and_fair(metrics, m)))},
        "truncated": [(system_name(name), percent(share), share) for name, share in metrics.truncated.items()],
        "settings": {section: list(flat(values)) for section, values in inputs.settings.items()},
    }


def compared(kind: SetKind, found: SetResults, inputs: Inputs) -> Compared:
    """Return what is shown of a set of questions."""
    asked = {"human": inputs.human, "synthetic": inputs.synthetic}.get(kind, [])
    measures, skipped = shown_measures(found), inputs.metrics.skipped
    return Compared(
        kind,
        state(kind, found, inputs.split, inputs.chunk),
        size(kind, found),
        changes(found),
        [system_table(found, measure, skipped) for measure in measures],
        [table for measure in measures if (table := difference_table(found, measure, skipped))],
        families(found.systems),
        moves(asked, int(found.hit_measure.partition("@")[2])) if asked else None,
        regressions(asked, inputs.corpus),
        gains(asked, inputs.corpus),
    )


def size(kind: SetKind, found: SetResults) -> str:
    """Return how many questions there are, and how many documents or chunks they come from."""
    asked, clusters = f"{TITLES[kind]}: {found.questions:,}", found.verdict.clusters
    return asked if kind == "general" or not clusters else f"{asked} on {count(clusters, found.verdict.clustered_by)}"


def shown_measures(found: SetResults) -> list[str]:
    """Return the measures that are drawn: the one that is told in words, and the one that the verdict rests on."""
    return list(dict.fromkeys([found.hit_measure, found.verdict.measure]))


def strict_and_fair(found: SetResults, measure: str) -> Iterator[Fair]:
    """Yield a measure of each system, counted strictly and fairly."""
    for system, table in found.fair.items():
        strict, fair = found.systems.get(system, {}).get(measure), table.get(measure)
        if strict is not None and fair is not None:
            told = amount(measure, strict), amount(measure, fair), change(measure, fair - strict)
            yield Fair(system_name(system), *told)


def flat(values: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield each setting of a section with its dotted name, written as JSON where it is no plain text."""
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{name}.")
        else:
            yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
