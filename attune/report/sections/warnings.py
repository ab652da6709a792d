"""What to mind before relying on the verdicts."""

from __future__ import annotations

from collections.abc import Iterator

from attune.evaluation.results import Metrics, QuestionSet
from attune.report.reading.inputs import ChunkCounts
from attune.report.sections.verdict import TITLES, Kind, question_sets
from attune.report.style.names import is_shortened, system_name
from attune.report.style.numbers import count, percent
from attune.statistics.clusters import ENOUGH_CLUSTERS, ENOUGH_QUESTIONS, MIN_DOCUMENTS

MUCH_CUT = 0.05  # share of the chunks


def warnings(metrics: Metrics, chunk: ChunkCounts) -> Iterator[str]:
    """Yield what weakens the verdicts, the weightiest first."""
    for kind, found in question_sets(metrics).items():
        yield from _about(kind, found)
    if metrics.human is None:
        yield (
            "All test questions were written by a language model. They compare the two models; how well people will "
            "be served, only questions of people can tell: put some into data/human."
        )
    elif metrics.human.unmapped:
        missing = count(metrics.human.unmapped, "question")
        yield f"People’s questions: {missing} left out, because no chunk holds the evidence named."
    for system, reason in metrics.skipped.items():
        yield f"{system_name(system)} was not measured: {reason}"
    for system, share in metrics.truncated.items():
        if share >= MUCH_CUT and not is_shortened(system):  # the model with whole vectors reads the same
            yield f"{system_name(system)}: {percent(share)} of the chunks are longer than its window and cut there."
    if chunk.unreadable_documents:
        yield f"{count(chunk.unreadable_documents, 'document')} could not be read and had no part in this."


def _about(kind: Kind, found: QuestionSet) -> Iterator[str]:
    sources, by = found.verdict.clusters, found.verdict.clustered_by
    if found.questions < ENOUGH_QUESTIONS:
        yield (
            f"{TITLES[kind]}: there are only {found.questions:,}. Below {ENOUGH_QUESTIONS} the intervals are wide, "
            "and only large changes can be told from chance."
        )
    if kind == "general":
        return
    if by == "chunk":
        yield (
            f"{TITLES[kind]}: they come from fewer than {MIN_DOCUMENTS} documents. The verdict holds for more "
            "questions about the same text, not for other documents."
        )
    elif sources < ENOUGH_CLUSTERS:
        yield (
            f"{TITLES[kind]}: they come from only {count(sources, by)}, and questions on the same document succeed "
            "and fail together. More documents would help more than more questions."
        )
