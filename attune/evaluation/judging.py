"""From what the systems found to the tables of metrics.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attune.core.errors import UserError
from attune.core.records import Chunk
from attune.evaluation.assessment import BASE, FINETUNED, assess
from attune.evaluation.fair import fair_hits
from attune.evaluation.general import check
from attune.evaluation.params import EvaluateParams
from attune.evaluation.rank_tables import HitsAndCounts
from attune.evaluation.systems import Found
from attune.search.general_set import load_set
from attune.search.judged import TestSet
from attune.search.measures import find_hits, means, per_question
from attune.statistics.clusters import clusters_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def judge(
    test: TestSet, chunks: Sequence[Chunk], found: Mapping[str, Found], groups: Sequence[int], ks: Sequence[int]
) -> tuple[dict[str, Any], dict[str, HitsAndCounts]]:
    """Return the tables of a test set as they stand in metrics.json, and the hits of each system."""
    ids = [chunk.id for chunk in chunks]
    hits = {name: find_hits(system.ranked, ids, test.relevant) for name, system in found.items()}
    fair = {name: fair_hits(system.ranked, chunks, test.relevant, groups) for name, system in found.items()}
    values = {name: per_question(*found, ks) for name, found in hits.items()}
    labels, by = clusters_of(test.documents(chunks), [relevant[0] for relevant in test.relevant])
    fair_means = {name: means(per_question(*found, ks)) for name, found in fair.items()}
    return {"questions": len(test.ids), **assess(values, labels, by), "fair": fair_means}, hits


def judge_general(models: Mapping[str, SentenceTransformer], params: EvaluateParams, batch_size: int) -> dict[str, Any]:
    """Return the table `general` of metrics.json: do the models still know other things?"""
    found = check(models[BASE], models[FINETUNED], load_set(params.general), batch_size, params.k)
    return {
        "questions": found.questions,
        "chunks": found.chunks,
        "neighbours_kept": found.neighbours_kept,
        **assess({BASE: found.base, FINETUNED: found.finetuned}, found.clusters, found.clustered_by),
    }


def refuse_harm(metrics: Mapping[str, Any], fail: bool, path: Path) -> None:
    """Stop where a verdict is `worse` and the params say so; every result is written by then.

    Raises:
        UserError: the fine-tuned model is worse.
    """
    sets = {"written questions": metrics, "people's questions": metrics.get("human"), "general": metrics["general"]}
    worse = [name for name, tables in sets.items() if tables and tables["verdict"]["word"] == "worse"]
    if fail and worse:
        raise UserError(
            f"the fine-tuned model is worse than the base model on: {', '.join(worse)} (evaluate.fail_if_worse is set; "
            f"{path} has the figures)"
        )


def rows(found: Mapping[str, Found], start: int, stop: int) -> dict[str, Found]:
    """Return what each system found for some of the questions."""
    return {name: Found(system.ranked[start:stop], system.truncated) for name, system in found.items()}
