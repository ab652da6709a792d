"""Tables of what `benchmarks.ingredients` has found: each ingredient, and what foresees how far to go.

The first table has the differences of each row from the base model and from the usual recipe, for the state of a plan:
last epoch, whole way. The second has, for each rule that could choose epoch and way, what people would have had from it
on average over all trainings of the usual recipe, beside the best there was to choose.

Usage: python -m benchmarks.carry_over OUT [--set people] [--state "3 1"]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from attune.search.measures import Values
from attune.statistics.difference import Difference, compare

WAYS = ("alone", "hybrid")
Run = Mapping[str, Any]
Runs = Mapping[str, Mapping[tuple[str, int], Run]]  # by collection, then by row and seed
Rule = Callable[[Run, Run], str]  # the base's run and that of a training -> the state to take


def read(folder: Path) -> tuple[dict[str, Run], dict[str, dict[tuple[str, int], Run]]]:
    """Return what the base model gives in each collection, and what each training does."""
    bases: dict[str, Run] = {}
    runs: dict[str, dict[tuple[str, int], Run]] = {}
    for file in sorted(folder.glob("*.json")):
        collection, row, *seed = file.stem.split(", ", 1)[0], *file.stem.split(", ", 1)[1].rsplit(", ", 1)
        found = json.loads(file.read_text(encoding="utf-8"))
        if seed:
            runs.setdefault(collection, {})[row, int(seed[0])] = found
        else:
            bases[collection] = found
    return bases, runs


def pooled(pairs: Sequence[tuple[Values, Values, list[str]]]) -> Difference:
    """Compare over the questions of several collections, whose clusters are different ones."""
    after, before = (np.concatenate([pair[place] for pair in pairs]) for place in (0, 1))
    return compare(after, before, [f"{n} {name}" for n, pair in enumerate(pairs) for name in pair[2]])


def values(run: Run, state: str, asked: str, way: str) -> Values:
    """Return what each question of a set gave."""
    return np.array(run["states"][state][asked][way])


def rows_table(bases: Mapping[str, Run], runs: Runs, asked: str, state: str) -> str:
    """Return the differences of each row, pooled over the collections that have it."""
    lines = []
    names = sorted({name for found in runs.values() for name in found})
    for row, seed in names:
        there = [
            name for name, found in runs.items() if (row, seed) in found and asked in found[row, seed]["states"][state]
        ]
        if not there:
            continue
        told = []
        for way in WAYS:
            after = [values(runs[name][row, seed], state, asked, way) for name in there]
            clusters = [bases[name]["clusters"][asked] for name in there]
            base = [values(bases[name], "0 0", asked, way) for name in there]
            told.append(_told(pooled(list(zip(after, base, clusters, strict=True)))))
            usual = [runs[name].get(("usual", seed)) for name in there]
            if row != "usual" and all(usual):
                other = [values(run, state, asked, way) for run in usual if run]
                told.append(_told(pooled(list(zip(after, other, clusters, strict=True)))))
            else:
                told.append(" " * 25)
        lines.append(f"{row:<24}{seed:>3}  " + "  ".join(told) + f"  {', '.join(there)}")
    return "\n".join(lines)


PAIRS = (("1 1", "0 0"), ("3 0.5", "0 0"), ("3 1", "0 0"), ("3 1.5", "0 0"), ("3 1", "1 1"), ("3 1", "3 0.5"))


def states_table(bases: Mapping[str, Run], runs: Runs, asked: str, row: str) -> str:
    """Return the differences between states of a row, pooled; of each question the mean over the seeds."""

    def of(state: str, way: str) -> list[Values]:
        every = [[run for (kind, _), run in found.items() if kind == row] for found in runs.values()]
        return [
            np.mean([values(bases[name] if state == "0 0" else run, state, asked, way) for run in of_row], axis=0)
            for name, of_row in zip(runs, every, strict=True)
        ]

    lines, clusters = [], [bases[name]["clusters"][asked] for name in runs]
    for after, before in PAIRS:
        told = (_told(pooled(list(zip(of(after, way), of(before, way), clusters, strict=True)))) for way in WAYS)
        lines.append(f"{after:>6} - {before:<6}" + "  ".join(told))
    return "\n".join(lines)


def _told(found: Difference) -> str:
    return f"{found.difference:+.3f} ({found.low:+.3f} to {found.high:+.3f})"


def fixed(state: str) -> Rule:
    """Always the same state."""
    return lambda base, run: state


def best_on(asked: str, way: str, states: Sequence[str] | None = None) -> Rule:
    """The state that does best on a set; the base model where none is better."""

    def rule(base: Run, run: Run) -> str:
        means = {state: values(run, state, asked, way).mean() for state in states or run["states"]}
        means["0 0"] = values(base, "0 0", asked, way).mean()
        return str(max(means, key=lambda state: means[state]))

    return rule


def unsolved_by_words(asked: str) -> Rule:
    """The state that does best, by vectors alone, on the questions whose answer BM25 does not rank first."""

    def rule(base: Run, run: Run) -> str:
        hard = np.array(base["bm25"][asked]) < 1
        if not hard.any():
            return "3 0.5"
        means = {state: values(run, state, asked, "alone")[hard].mean() for state in run["states"]}
        means["0 0"] = values(base, "0 0", asked, "alone")[hard].mean()
        return str(max(means, key=lambda state: means[state]))

    return rule


RULES: dict[str, Rule] = {
    "base model": fixed("0 0"),
    "first epoch, whole way": fixed("1 1"),
    "half the way": fixed("3 0.5"),
    "whole way": fixed("3 1"),
    "beyond (1.5)": fixed("3 1.5"),
    "best on dev, alone": best_on("dev", "alone"),
    "best on dev, hybrid": best_on("dev", "hybrid"),
    "best on dev where BM25 errs": unsolved_by_words("dev"),
    "best on written test, hybrid": best_on("test", "hybrid"),
    "the best for people, alone": best_on("people", "alone"),
    "the best for people, hybrid": best_on("people", "hybrid"),
}


def rules_table(bases: Mapping[str, Run], runs: Runs, row: str) -> str:
    """Return what people would have had from each rule: nDCG@10 above the base model's, mean over the collections."""
    lines = []
    for name, rule in RULES.items():
        gains: dict[str, list[list[float]]] = {}
        taken: dict[str, list[str]] = {}
        for collection, found in runs.items():
            for (kind, _), run in found.items():
                if kind != row or "people" not in run["states"]["3 1"]:
                    continue
                state = rule(bases[collection], run)
                taken.setdefault(collection, []).append(state)
                source = bases[collection] if state == "0 0" else run
                gains.setdefault(collection, []).append(
                    [
                        float(
                            values(source, state, "people", way).mean()
                            - values(bases[collection], "0 0", "people", way).mean()
                        )
                        for way in WAYS
                    ]
                )
        means = {collection: np.mean(each, axis=0) for collection, each in gains.items()}
        overall = np.mean(list(means.values()), axis=0)
        each = "  ".join(f"{collection} {alone:+.3f} {hybrid:+.3f}" for collection, (alone, hybrid) in means.items())
        lines.append(f"{name:<30} alone {overall[0]:+.3f} hybrid {overall[1]:+.3f}   {each}   {taken}")
    return "\n".join(lines)


def main() -> None:
    """Read, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--set", default="people", choices=["people", "test", "dev"])
    parser.add_argument("--state", default="3 1")
    parser.add_argument("--row", default="usual", help="whose trainings the rules choose from")
    arguments = parser.parse_args()
    bases, runs = read(arguments.folder)
    for collection, base in bases.items():
        for asked, found in base["states"]["0 0"].items():
            every = (found["alone"], found["hybrid"], base["bm25"][asked])
            alone, hybrid, words = (float(np.mean(each)) for each in every)
            count = len(found["alone"])
            print(f"{collection}, {asked}: {count} questions, base {alone:.3f}, hybrid {hybrid:.3f}, BM25 {words:.3f}")
    heading = "alone - base, - usual; in the hybrid - hybrid of the base, - usual"
    print(f"\n{arguments.set}, state {arguments.state}: {heading}")
    print(rows_table(bases, runs, arguments.set, arguments.state))
    print("\nstates (epoch, way): alone, in the hybrid")
    print(states_table(bases, runs, arguments.set, arguments.row))
    if any("people" in base["clusters"] for base in bases.values()):
        print("\nwhat people have from each rule")
        print(rules_table(bases, runs, arguments.row))


if __name__ == "__main__":
    main()
