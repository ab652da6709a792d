"""What to put to use today, and whether training helps, alone and inside a hybrid; each answer with its interval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from attune.evaluation.results import (
    ADAPTER,
    BASE,
    BM25,
    DECIDES,
    FINETUNED,
    HYBRID,
    HYBRID_BASE,
    Deploy,
    Results,
    SetResults,
    hybrid_of,
)
from attune.report.sections.verdict import TITLES, SetKind, interval_text, question_sets
from attune.report.style.names import measure_name, system_name
from attune.report.style.numbers import amount, change, unit
from attune.statistics.difference import Difference

_HELP = {  # what is asked -> what is compared: with it, without it
    "Does training help alone?": (FINETUNED, BASE),
    "Does training help inside the hybrid?": (HYBRID, HYBRID_BASE),
    "Does BM25 help beside the base model?": (HYBRID_BASE, BASE),
}


@dataclass(frozen=True)
class Answer:
    """A question that a reader has, and what the figures say to it."""

    question: str
    answer: str


@dataclass(frozen=True)
class Advice:
    """What a set of questions says one should do: in a line, in answers, and what to mind about these questions."""

    kind: SetKind
    title: str
    line: str
    answers: list[Answer]
    mind: str


def advice(metrics: Results) -> Iterator[Advice]:
    """Yield what each set of questions about the user's documents advises, people's first."""
    for kind, found in question_sets(metrics).items():
        if kind != "general" and found.deploy is not None:
            chosen = system_name(found.deploy.system)
            flattered = ", which flatter BM25" if kind == "synthetic" else ""
            line = f"To put to use today: {chosen}, by {TITLES[kind].lower()}{flattered}."
            answers = [Answer("What to put to use today?", _choice(found, found.deploy))]
            answers += [Answer(asked, _help(found.deploy, *pair)) for asked, pair in _HELP.items()]
            answers += _adapters(found, metrics)
            yield Advice(kind, TITLES[kind], line, answers, _mind(kind, metrics))


def told(measure: str, difference: Difference) -> str:
    """Return "+0.038 (95 %: +0.013 to +0.064)"."""
    amount_told = f"{change(measure, difference.difference)}{unit(measure)}"
    return f"{amount_told} (95\u202f%: {interval_text(measure, difference)})"


def _choice(found: SetResults, deploy: Deploy) -> str:
    chosen, measure = deploy.system, deploy.measure
    means = {system: found.value(system, measure) for system in [BM25, *deploy.differences]}
    parts = [f"{system_name(chosen)}: {measure_name(measure)} {amount(measure, means[chosen])}."]
    if simpler := deploy.differences.get(chosen, {}):
        best = max(simpler, key=means.__getitem__)
        parts.append(
            f"That is {told(measure, simpler[best])} against {system_name(best)}, the best of what is simpler."
        )
    highest = max(means, key=means.__getitem__)
    if highest == chosen:
        parts.append("Nothing measured higher.")
    else:  # it is not simpler than what was chosen: nothing beats it, so it would have been chosen
        over = told(measure, deploy.differences[highest][chosen])
        parts.append(
            f"{system_name(highest)} measured higher, by {over}: that could be chance, and of what these questions "
            "cannot tell apart the simplest is named."
        )
    return " ".join(parts)


def _adapters(found: SetResults, metrics: Results) -> Iterator[Answer]:
    """Yield whether each linear map helps alone and beside BM25, what it does elsewhere, and how it was chosen."""
    for model, about in metrics.adapters.items():
        name, system = system_name(model), model + ADAPTER
        gains = {pair: found.adapter_gains.get(pair) for pair in (system, hybrid_of(system))}
        elsewhere = metrics.general.adapter_gains.get(system) if metrics.general else None
        parts = []
        if about.way:
            parts += [
                _told_help(found.verdict.measure, gain[found.verdict.measure], pair, pair.removesuffix(ADAPTER))
                for pair, gain in gains.items()
                if gain
            ]
            if elsewhere:
                parts.append(f"On general questions it changes {told(DECIDES, elsewhere[DECIDES])}.")
        yield Answer(f"Does an adapter help {name}?", " ".join([*parts, f"{about.told[0].upper()}{about.told[1:]}."]))


def _help(deploy: Deploy, with_it: str, without: str) -> str:
    return _told_help(deploy.measure, deploy.differences[with_it][without], with_it, without)


def _told_help(measure: str, difference: Difference, with_it: str, without: str) -> str:
    compared = (
        f"{system_name(with_it)} minus {system_name(without)} is {told(measure, difference)} in {measure_name(measure)}"
    )
    if difference.low > 0:
        return f"Yes: {compared}."
    if difference.high < 0:
        return f"No, it harms: {compared}."
    least = change(measure, difference.detectable).removeprefix("+") + unit(measure)
    if difference.detectable >= 1:
        return f"Cannot be told: {compared}, and there are too few questions to show any change."
    if not difference.detectable:
        return f"No: {compared}."
    return f"Cannot be told: {compared}; less than about {least} would probably go unnoticed here."


def _mind(kind: SetKind, metrics: Results) -> str:
    """Say that written questions flatter BM25, and by how much where people's questions show it."""
    leads = {
        one: told(found.deploy.measure, _turned(found.deploy.differences[BASE][BM25]))
        for one, found in question_sets(metrics).items()
        if one != "general" and found.deploy is not None
    }
    flattered = "Written questions borrow the words of the chunk that they were written from, which flatters BM25"
    if kind == "human" and "synthetic" in leads:
        return f"{flattered}: there it stands {leads['synthetic']} against the base model, here {leads['human']}."
    if kind == "human":
        return ""
    where = ", above." if "human" in leads else "."
    return (
        f"{flattered} and the hybrids, and asks for a smaller weight of the model. So this compares models; what to "
        f"put to use, and with which weight, is for questions of people to say{where}"
    )


def _turned(difference: Difference) -> Difference:
    """Return the difference the other way round."""
    return Difference(-difference.difference, -difference.high, -difference.low, difference.p, difference.detectable)
