"""All measures of all systems, as small tables: those of one name at several depths together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attune.evaluation.results import Measures
from attune.report.style.names import system_name
from attune.report.style.numbers import amount, measure_name


@dataclass(frozen=True)
class Family:
    """Measures that belong together, such as all hit rates, with a row of cells for each system."""

    name: str
    columns: list[str]
    rows: list[tuple[str, list[str]]]


def families(systems: Mapping[str, Measures]) -> list[Family]:
    """Return all measures of all systems, those of one name at several depths together."""
    measures = list(dict.fromkeys(measure for table in systems.values() for measure in table))
    grouped: dict[str, list[str]] = {}
    for measure in measures:
        grouped.setdefault(measure.partition("@")[0], []).append(measure)
    alone = [group[0] for group in grouped.values() if len(group) == 1]
    several = {name: group for name, group in grouped.items() if len(group) > 1}
    tables = [_family(measure_name(name + "@").rstrip("@"), group, systems) for name, group in several.items()]
    return tables + ([_family("Whole ranking", alone, systems)] if alone else [])


def _family(name: str, measures: Sequence[str], systems: Mapping[str, Measures]) -> Family:
    def cell(measure: str, value: float | None) -> str:
        return "–" if value is None else amount(measure, value)

    rows = [(system_name(system), [cell(m, table.get(m)) for m in measures]) for system, table in systems.items()]
    return Family(name, [measure_name(measure) for measure in measures], rows)
