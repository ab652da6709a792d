"""The systems side by side, and the fine-tuned model minus each of them, with drawn intervals; all their measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attune.evaluation.results import BASE, FINETUNED, Measures, SetResults
from attune.report.sections.verdict import interval_text
from attune.report.style.axis import Axis
from attune.report.style.names import measure_name, system_css, system_name
from attune.report.style.numbers import amount, between, change, change_label, p_value, unit, value_label

NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Whisker:
    """A dot with a line through it, in per cent of a table cell."""

    dot: str
    low: str | None
    high: str | None


@dataclass(frozen=True)
class Row:
    """A system with a value or a difference; without a whisker where it was not measured."""

    system: str
    name: str
    css: str
    value: str
    interval: str
    p: str = ""
    reason: str = ""  # why it was not measured
    whisker: Whisker | None = None
    band: tuple[str, str] | None = None  # start and width of where a difference would probably go unnoticed


@dataclass(frozen=True)
class Table:
    """Rows over a common axis."""

    measure: str
    name: str
    rows: list[Row]
    ticks: list[tuple[str, str]]  # place, label
    zero: str | None = None


@dataclass(frozen=True)
class Change:
    """A measure before and after fine-tuning."""

    name: str
    base: str
    tuned: str
    change: str
    interval: str
    whisker: Whisker
    zero: str


def system_table(found: SetResults, measure: str, skipped: Mapping[str, str]) -> Table:
    """Return every system's value of a measure with its interval, best first by the measure of the verdict."""
    deciding = {system: measures.get(found.verdict.measure) for system, measures in found.systems.items()}
    ordered = sorted(deciding, key=lambda system: -1.0 if (v := deciding[system]) is None else v, reverse=True)
    values = {system: found.systems[system].get(measure) for system in ordered}
    intervals = {system: found.intervals.get(system, {}).get(measure) for system in values}
    ends = [value for value in values.values() if value is not None]
    axis = Axis.around([*ends, *(end for pair in intervals.values() if pair for end in pair)], intervals=3)
    rows = []
    for system, value in values.items():
        name, css = system_name(system), system_css(system, found.systems)
        if value is None:
            rows.append(_not_measured(system, name, css, skipped))
            continue
        low, high = intervals[system] or (None, None)
        spread = "" if low is None or high is None else between(measure, low, high)
        rows.append(Row(system, name, css, amount(measure, value), spread, whisker=_whisker(axis, value, low, high)))
    return Table(
        measure, measure_name(measure), rows, [(axis.at(tick), value_label(measure, tick)) for tick in axis.ticks]
    )


def changes(found: SetResults) -> list[Change]:
    """Return the measures that the verdict compares, base against fine-tuned, drawn on one scale."""
    compared = found.verdict.against.get(BASE, {})
    ends = [end for d in compared.values() for end in (d.difference, d.low, d.high)]
    axis = Axis.around([0.0, *ends])
    rows = []
    for measure, d in compared.items():
        base, tuned = (found.systems[system].get(measure) for system in (BASE, FINETUNED))
        if base is not None and tuned is not None:
            told = change(measure, d.difference)
            whisker = _whisker(axis, d.difference, d.low, d.high)
            values = amount(measure, base), amount(measure, tuned), told, interval_text(measure, d)
            rows.append(Change(measure_name(measure), *values, whisker, axis.at(0.0)))
    return rows


def difference_table(found: SetResults, measure: str, skipped: Mapping[str, str]) -> Table | None:
    """Return the fine-tuned model minus each other system in a measure, or None where nothing was compared."""
    first = sorted(found.verdict.against, key=lambda system: system != BASE)  # stable: the others stay in order
    compared = {system: found.against(system, measure) for system in first}
    drawn = [d for d in compared.values() if d is not None]
    if not drawn:
        return None
    ends = [end for d in drawn for end in (d.difference, d.low, d.high)]
    noticed = [d.detectable for d in drawn if d.detectable < 1]
    axis = Axis.around([0.0, *ends, *noticed, *(-smallest for smallest in noticed)], intervals=3)
    rows = []
    for system, d in compared.items():
        name, css = system_name(system), system_css(system, found.systems)
        if d is None:
            rows.append(_not_measured(system, name, css, skipped))
            continue
        told = change(measure, d.difference) + unit(measure)
        band = axis.span(-d.detectable, d.detectable)
        whisker = _whisker(axis, d.difference, d.low, d.high)
        rows.append(Row(system, name, css, told, interval_text(measure, d), p_value(d.p), "", whisker, band))
    ticks = [(axis.at(tick), change_label(measure, tick)) for tick in axis.ticks]
    return Table(measure, measure_name(measure), rows, ticks, axis.at(0.0))


def _not_measured(system: str, name: str, css: str, skipped: Mapping[str, str]) -> Row:
    return Row(system, name, css, NOT_MEASURED, "", reason=skipped.get(system, ""))


def _whisker(axis: Axis, value: float, low: float | None, high: float | None) -> Whisker:
    return Whisker(axis.at(value), None if low is None else axis.at(low), None if high is None else axis.at(high))


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
