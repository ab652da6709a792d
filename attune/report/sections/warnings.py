"""What to mind before relying on the verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attune.evaluation.results import Results, SetResults
from attune.report.reading.inputs import ChunkCounts
from attune.report.sections.verdict import TITLES, question_sets
from attune.report.style.names import is_variant, system_name
from attune.report.style.numbers import count, percent
from attune.statistics.clusters import ENOUGH_CLUSTERS, ENOUGH_QUESTIONS, MIN_DOCUMENTS, Caution, cautions

MUCH_CUT = 0.05  # share of the chunks


def warnings(metrics: Results, chunk: ChunkCounts) -> Iterator[str]:
    """Yield what weakens the verdicts, the weightiest first."""
    for kind, found in question_sets(metrics).items():
        yield from cautions_about(TITLES[kind], found, own=kind != "general")
    if metrics.human is None:
        yield (
            "All test questions were written by a language model. They compare the two models; how well people will "
            "be served, only questions of people can tell: put some into data/human."
        )
    elif metrics.human.unmapped:
        missing = count(metrics.human.unmapped, "question")
        yield f"People’s questions: {missing} left out, because no chunk holds the evidence named."
    if metrics.questions_left_out:
        of = metrics.questions + metrics.questions_left_out
        yield (
            f"Of {of:,} written test questions a fixed sample of {metrics.questions:,} was asked "
            "(evaluate.max_questions)."
        )
    for system, reason in metrics.skipped.items():
        yield f"{system_name(system)} was not measured: {reason}"
    for system, share in metrics.truncated.items():
        if share >= MUCH_CUT and not is_variant(system):  # the model itself reads the same
            yield f"{system_name(system)}: {percent(share)} of the chunks are longer than its window and cut there."
    yield from _refused(metrics)
    if chunk.unreadable_documents:
        yield f"{count(chunk.unreadable_documents, 'document')} could not be read and had no part in this."


def _refused(metrics: Results) -> Iterator[str]:
    """Yield what servers made no vectors of."""
    for system, chunks in _once(metrics.refused_chunks):
        of = count(metrics.chunks, "chunk")
        yield f"{system_name(system)}: its server refused {chunks:,} of {of}; they count as not found by it."
    for kind, found in question_sets(metrics).items():
        for system, questions in _once(found.refused):
            of = count(found.questions, "question")
            told = f"{system_name(system)}: its server refused {questions:,} of {of}"
            yield f"{TITLES[kind]}: {told}; they count as not answered by it."


def _once(counts: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Yield what is told of models, but not again of their variants."""
    return ((system, count) for system, count in counts.items() if not is_variant(system))


def cautions_about(title: str, found: SetResults, own: bool = True) -> Iterator[str]:
    """Yield what to mind before believing the verdict on a set of questions.

    Args:
        title: what the questions are called.
        found: what the systems found on them.
        own: whether they are about the user's documents, of which there can be too few.
    """
    verdict = found.verdict
    for caution in cautions(found.questions, verdict.clustered_by, verdict.effective_clusters):
        if own or caution == "few_questions":
            yield f"{title}: {_worded(caution, found)}"


def _worded(caution: Caution, found: SetResults) -> str:
    if caution == "few_questions":
        return (
            f"there are only {found.questions:,}. Below {ENOUGH_QUESTIONS} the intervals are wide, and only large "
            "changes can be told from chance."
        )
    if caution == "few_documents":
        return (
            f"they come from fewer than {MIN_DOCUMENTS} documents. The verdict holds for more questions about the same "
            "text, not for other documents."
        )
    clusters, by, like = found.verdict.clusters, found.verdict.clustered_by, found.verdict.effective_clusters
    sources = f"only {count(clusters, by)}" if clusters < ENOUGH_CLUSTERS else f"{count(clusters, by)} of unequal size"
    weigh = f", which weigh like {like:.1f} of one size" if like < clusters - 0.05 else ""
    return (
        f"they come from {sources}{weigh}, and questions on the same {by} succeed and fail together. More documents "
        "would help more than more questions."
    )
