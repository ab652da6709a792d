"""The verdict on each set of questions, put into plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from attune.evaluation.results import BASE, FINETUNED, Results, SetResults
from attune.report.reading.inputs import ChunkCounts, SplitCounts
from attune.report.style.names import measure_name
from attune.report.style.numbers import amount, change, count, p_value, percent, unit
from attune.statistics.difference import Difference

SetKind = Literal["human", "synthetic", "general"]
Tone = Literal["better", "same", "worse"]
TONES: dict[str, Tone] = {"better": "better", "no detectable change": "same", "worse": "worse"}
HEADLINES: dict[Tone, str] = {
    "better": "The fine-tuned model is better",
    "same": "No detectable change",
    "worse": "The fine-tuned model is worse",
}
TITLES: dict[SetKind, str] = {
    "human": "People’s questions",
    "synthetic": "Synthetic questions",
    "general": "General questions",
}
_GENERAL_MEANING: dict[Tone, str] = {
    "better": "Fine-tuning has helped beyond the documents, too.",
    "same": "No loss of what the model knew beyond the documents can be seen.",
    "worse": "The model has lost some of what it knew beyond the documents: keep the base model for other texts.",
}


@dataclass(frozen=True)
class Statement:
    """A verdict as it is read: a headline, what was found, and what that means."""

    kind: SetKind
    title: str
    tone: Tone
    headline: str
    finding: str
    difference: str
    meaning: str
    basis: str

    @property
    def sentences(self) -> list[str]:
        """Everything below the headline, in order; what could not be said is left out."""
        return [text for text in (self.finding, self.difference, self.meaning, self.basis) if text]


def question_sets(metrics: Results) -> dict[SetKind, SetResults]:
    """Return the sets of questions there are, people's first."""
    sets: dict[SetKind, SetResults | None] = {"human": metrics.human, "synthetic": metrics, "general": metrics.general}
    return {kind: found for kind, found in sets.items() if found}


def state(kind: SetKind, found: SetResults, split: SplitCounts, chunk: ChunkCounts) -> Statement:
    """Put a verdict into words."""
    tone, hit = TONES[found.verdict.word], found.hit_measure
    depth = hit.partition("@")[2]
    tuned, base = (amount(hit, found.value(system, hit)) for system in (FINETUNED, BASE))
    right = f"the right chunk among the first {depth}" if depth != "1" else "the right chunk first"
    return Statement(
        kind,
        TITLES[kind],
        tone,
        HEADLINES[tone],
        f"On {_asked(kind, found, split, chunk)}, the fine-tuned model finds {right} in {tuned} (base model: {base}).",
        _difference(hit, found.against(BASE, hit), tone),
        _meaning(kind, tone, found),
        _basis(found) if found.verdict.measure != hit else "",
    )


def interval_text(measure: str, difference: Difference) -> str:
    """Return "+3.1 to +14.7"."""
    return f"{change(measure, difference.low)} to {change(measure, difference.high)}"


def _asked(kind: SetKind, found: SetResults, split: SplitCounts, chunk: ChunkCounts) -> str:
    number = count(found.questions, "question")
    if kind == "human":
        return f"{number} that people asked"
    if kind == "general":
        return f"{count(found.questions, 'general question')} that have nothing to do with the documents"
    # a document that is divided counts in several parts
    whole = sum(split.documents.values()) <= chunk.documents
    return f"{number} about " + ("documents that it never saw" if whole else "parts of the documents that it never saw")


def _difference(measure: str, difference: Difference | None, tone: Tone) -> str:
    if difference is None:
        return ""
    told = f"The difference of {change(measure, difference.difference)}{unit(measure)}"
    told = f"{told} (95\u202f%: {interval_text(measure, difference)})"
    if difference.low <= 0 <= difference.high:
        # the verdict can rest on a measure that sees more than whether the chunk is among the first
        return (
            f"{told} could be chance: the interval holds zero." if tone == "same" else f"{told} alone could be chance."
        )
    found = "a gain" if difference.low > 0 else "a loss"
    return f"{told} is {found} beyond chance" + (
        ", but the measure that decides shows none." if tone == "same" else "."
    )


def _basis(found: SetResults) -> str:
    measure = found.verdict.measure
    base, tuned = (amount(measure, found.value(system, measure)) for system in (BASE, FINETUNED))
    told = (
        f"The verdict rests on {measure_name(measure)}, which also counts how high the chunk stands: "
        f"{base} before, {tuned} after"
    )
    difference = found.against(BASE, measure)
    if difference is None:
        return f"{told}."
    aside = f"95\u202f%: {interval_text(measure, difference)}; {p_value(difference.p)}"
    return f"{told}, {change(measure, difference.difference)}{unit(measure)} ({aside})."


def _meaning(kind: SetKind, tone: Tone, found: SetResults) -> str:
    if kind == "general":
        kept = found.neighbours_kept
        same = (
            "" if kept is None else f" Of the nearest neighbours of such texts, {percent(kept)} are the same as before."
        )
        return _GENERAL_MEANING[tone] + same
    if tone == "better":
        return "Whoever searches like this finds the answer higher up with the fine-tuned model."
    if tone == "worse":
        return "Whoever searches like this is better served by the base model: do not replace it."
    told = "These questions cannot tell the two models apart. That is no proof that they are equal"
    difference = found.against(BASE, found.hit_measure)
    if difference is None or not difference.detectable:
        return f"{told}."
    if difference.detectable >= 1:
        return f"{told}: there are too few to show any change."
    least = change(found.hit_measure, difference.detectable).removeprefix("+") + unit(found.hit_measure)
    return f"{told}: a change of less than about {least} would probably go unnoticed here."
