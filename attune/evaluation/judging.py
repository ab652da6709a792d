"""From what the systems found to figures: measures with intervals, and the verdict on the fine-tuned model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attune.core.errors import UserError
from attune.core.records import Chunk
from attune.evaluation.deploy import choose
from attune.evaluation.fair import fair_hits
from attune.evaluation.general import compare_general
from attune.evaluation.params import HybridParams
from attune.evaluation.results import ADAPTER, BASE, COMPARED, DECIDES, FINETUNED, Results, SetResults, Verdict
from attune.search.ask import EncodedSet, Ranking
from attune.search.general_set import GeneralSet
from attune.search.judged import JudgedQuestions
from attune.search.measures import Hits, Values, means, per_question
from attune.statistics.clusters import clusters_of, effective_number
from attune.statistics.difference import compare, verdict_word
from attune.statistics.mean import Labels, interval

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def assess(values: Mapping[str, Mapping[str, Values]], labels: Labels, clustered_by: str) -> SetResults:
    """Return the measures of each system, with intervals, and the verdict.

    Args:
        values: for each system, the measures of each question by name; see `measures.per_question`.
        labels: the cluster of each question.
        clustered_by: what the clusters are.
    """
    differences = {
        system: {name: compare(values[FINETUNED][name], table[name], labels) for name in COMPARED}
        for system, table in values.items()
        if system != FINETUNED
    }
    gains = {
        system: {name: compare(table[name], values[system.removesuffix(ADAPTER)][name], labels) for name in COMPARED}
        for system, table in values.items()
        if system.endswith(ADAPTER)
    }
    found = SetResults(
        questions=len(labels),
        systems={system: dict(means(table)) for system, table in values.items()},
        intervals={
            system: {name: list(interval(table[name], labels)) for name in COMPARED} for system, table in values.items()
        },
        verdict=Verdict(
            word=verdict_word(differences[BASE][DECIDES]),
            measure=DECIDES,
            clusters=len(set(labels)),
            effective_clusters=effective_number(labels),
            clustered_by=clustered_by,  # type: ignore[arg-type]  # pydantic checks it
            against=differences,
        ),
    )
    return found.model_copy(update={"adapter_gains": gains}) if gains else found


def judge(
    test: JudgedQuestions,
    chunks: Sequence[Chunk],
    found: Mapping[str, Ranking],
    groups: Sequence[int],
    ks: Sequence[int],
) -> tuple[SetResults, dict[str, Hits]]:
    """Return what metrics.json says of a test set, and the hits of each system.

    Args:
        test: the questions.
        chunks: all chunks.
        found: what each system found, those of `DEPLOYABLE` among them.
        groups: the number of the group of near-duplicates that each chunk belongs to.
        ks: the depths of hit rate, recall and precision.
    """
    hits = {name: ranking.hits(test.relevant) for name, ranking in found.items()}
    fair = {name: fair_hits(ranking.ranked, chunks, test.relevant, groups) for name, ranking in found.items()}
    labels, by = clusters_of(test.documents(chunks), [relevant[0] for relevant in test.relevant])
    values = {name: per_question(table, ks) for name, table in hits.items()}
    fair_means = {name: means(per_question(table, ks)) for name, table in fair.items()}
    update: dict[str, object] = {"fair": fair_means, "deploy": choose(values, labels)}
    if refused := {name: count for name, ranking in found.items() if (count := ranking.refused_questions)}:
        update["refused"] = refused
    return assess(values, labels, by).model_copy(update=update), hits


def judge_general(
    models: Mapping[str, SentenceTransformer],
    general: GeneralSet,
    ks: Sequence[int],
    batch_size: int,
    hybrid: HybridParams,
    more: Mapping[str, EncodedSet],
) -> SetResults:
    """Return what metrics.json says of the general questions that no training looked at; see `compare_general`."""
    found = compare_general(models[BASE], models[FINETUNED], general.half("judges"), batch_size, ks, hybrid, more)
    results = assess(found.systems, found.clusters, found.clustered_by)
    return results.model_copy(update={"chunks": found.chunks, "neighbours_kept": found.neighbours_kept})


def refuse_harm(results: Results, path: Path) -> None:
    """Stop where a verdict is `worse`, for `evaluate.fail_if_worse`; every result is written by then.

    Raises:
        UserError: the fine-tuned model is worse.
    """
    sets = {"written questions": results, "people's questions": results.human, "general": results.general}
    worse = [name for name, found in sets.items() if found is not None and found.verdict.word == "worse"]
    if worse:
        raise UserError(
            f"the fine-tuned model is worse than the base model on: {', '.join(worse)} (evaluate.fail_if_worse is set; "
            f"{path} has the figures)"
        )
