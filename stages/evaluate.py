"""Compare the fine-tuned model with the base model, with BM25 and with others, on questions that it never saw.

Reads data/beir/{corpus,queries}.jsonl, data/beir/qrels/test.tsv, data/human, data/general and models/finetuned; writes
results/evaluate/{metrics.json,per_question.csv,human.csv,hit_rate_by_k.csv,ndcg_by_k.csv,rank_histogram.csv}, and keeps
vectors that were paid for in data/vectors. Every system is asked the same questions of the same chunks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, field_validator

from attune.core.beir import Chunk
from attune.core.errors import UserError, run
from attune.core.files import write_json
from attune.core.params import BaseModelParams, RuntimeParams, Section, load_params
from attune.evaluation.assessment import BASE, COMPARED_K, FINETUNED, assess
from attune.evaluation.fair import fair_hits
from attune.evaluation.general import check
from attune.evaluation.human.questions import read_human
from attune.evaluation.rank_tables import HitsAndCounts, write_curve, write_histogram, write_ranks
from attune.evaluation.systems import DEPTH, Found, Other, search_other, search_shortened, search_words
from attune.models.load import load_embedder, load_folder
from attune.models.prompts import set_prompts
from attune.models.reproducible import set_up_torch
from attune.search.general_set import load_set
from attune.search.judged import TestSet, load_test_set
from attune.search.measures import find_hits, hit_rate, means, ndcg, per_question
from attune.servers.server import NoKeyError
from attune.statistics.difference import clusters_of
from attune.text.near_duplicates import near_duplicate_groups

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CORPUS = Path("data/beir/corpus.jsonl")
QUERIES = Path("data/beir/queries.jsonl")
TEST = Path("data/beir/qrels/test.tsv")
HUMAN = Path("data/human")
GENERAL = Path("data/general")  # the set that evaluate.general names unless told otherwise
MODEL = Path("models/finetuned")
VECTORS = Path("data/vectors")
METRICS = Path("results/evaluate/metrics.json")
PER_QUESTION = Path("results/evaluate/per_question.csv")
PER_HUMAN_QUESTION = Path("results/evaluate/human.csv")
HIT_RATE_CURVE = Path("results/evaluate/hit_rate_by_k.csv")
NDCG_CURVE = Path("results/evaluate/ndcg_by_k.csv")
HISTOGRAM = Path("results/evaluate/rank_histogram.csv")

WORDS = "bm25"
TABLES = {"questions", "chunks", "test_set", "skipped", "intervals", "fair", "truncated", "verdict", "human", "general"}
BESIDE = {"unmapped", "word", "measure", "clusters", "clustered_by"}  # stand beside systems in `human` and in `verdict`
NO_NAMES = {WORDS, BASE, FINETUNED, *TABLES, *BESIDE}
SHORTENED = re.compile(rf"({BASE}|{FINETUNED})@\d+")  # nor these, which evaluate.dimensions gives


class EvaluateParams(Section):
    """The section `evaluate` of params.yaml."""

    k: list[int] = Field(min_length=1)
    others: list[Other]
    dimensions: list[Annotated[int, Field(ge=1)]]
    general: str = Field(min_length=1)
    near_duplicate_similarity: float = Field(gt=0, le=1)
    fail_if_worse: bool

    @field_validator("k")
    @classmethod
    def _within_depth(cls, ks: list[int]) -> list[int]:
        if ks != sorted(set(ks)) or ks[0] < 1 or ks[-1] > DEPTH or COMPARED_K not in ks:
            raise ValueError(
                f"expected ascending numbers from 1 to {DEPTH}, {COMPARED_K} among them, such as [1, 5, 10]"
            )
        return ks

    @field_validator("others")
    @classmethod
    def _names_of_their_own(cls, others: list[Other]) -> list[Other]:
        names = [other.name for other in others]
        if len(set(names)) < len(names) or NO_NAMES & set(names) or any(map(SHORTENED.fullmatch, names)):
            taken = ", ".join(sorted(NO_NAMES))
            raise ValueError(f"expected names that differ, none of {taken}, and none like {BASE}@64")
        return others


def search(
    models: Mapping[str, SentenceTransformer],
    params: EvaluateParams,
    questions: Sequence[str],
    chunks: Sequence[Chunk],
    runtime: RuntimeParams,
) -> tuple[dict[str, Found], dict[str, str]]:
    """Ask every system; return what each found, and why the others were skipped."""
    found = {WORDS: search_words(questions, chunks)}
    for name, model in models.items():
        found |= search_shortened(model, questions, chunks, runtime.encode_batch_size, name, params.dimensions)
    skipped: dict[str, str] = {}
    VECTORS.mkdir(parents=True, exist_ok=True)  # an output of the stage, also where no vector is paid for
    for other in params.others:
        try:
            found[other.name] = search_other(other, questions, chunks, runtime, VECTORS)
        except NoKeyError as error:
            skipped[other.name] = str(error)
            print(f"warning: {other.name} is skipped: {error}; then run `dvc repro --force --single-item evaluate`")
    return found, skipped


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


def refuse_harm(metrics: Mapping[str, Any], fail: bool) -> None:
    """Stop where a verdict is `worse` and the params say so; every result is written by then.

    Raises:
        UserError: the fine-tuned model is worse.
    """
    sets = {"written questions": metrics, "people's questions": metrics.get("human"), "general": metrics["general"]}
    worse = [name for name, tables in sets.items() if tables and tables["verdict"]["word"] == "worse"]
    if fail and worse:
        raise UserError(
            f"the fine-tuned model is worse than the base model on: {', '.join(worse)} (evaluate.fail_if_worse is set; "
            f"{METRICS} has the figures)"
        )


def rows(found: Mapping[str, Found], start: int, stop: int) -> dict[str, Found]:
    """Return what each system found for some of the questions."""
    return {name: Found(system.ranked[start:stop], system.truncated) for name, system in found.items()}


def main() -> None:
    """Load, search, judge, write."""
    params, runtime = load_params("evaluate", EvaluateParams), load_params("runtime", RuntimeParams)
    test, chunks = load_test_set(CORPUS, QUERIES, TEST)
    human = read_human(HUMAN, chunks)
    people, count = TestSet(human.ids, human.texts, human.relevant), len(test.ids)
    set_up_torch(runtime.threads, seed=0)
    base = load_params("base_model", BaseModelParams)
    models = {BASE: load_embedder(base), FINETUNED: load_folder(MODEL)}
    for name, model in models.items():
        print(f"{name}: {set_prompts(model, base.name)}")
    found, skipped = search(models, params, [*test.questions, *people.questions], chunks, runtime)
    groups = near_duplicate_groups([chunk.text for chunk in chunks], params.near_duplicate_similarity)
    tables, hits = judge(test, chunks, rows(found, 0, count), groups, params.k)
    metrics = {"chunks": len(chunks), "test_set": test.fingerprint(chunks), "skipped": skipped, **tables}
    metrics |= {name: dict.fromkeys(tables[BASE]) for name in skipped}  # the keys stay the same
    metrics["truncated"] = {name: system.truncated for name, system in found.items() if system.truncated is not None}
    metrics["general"] = judge_general(models, params, runtime.encode_batch_size)
    people_hits: dict[str, HitsAndCounts] = {name: (marks[:0], counts[:0]) for name, (marks, counts) in hits.items()}
    if people.ids:
        human_tables, people_hits = judge(people, chunks, rows(found, count, count + len(people.ids)), groups, params.k)
        metrics["human"] = human_tables | {"unmapped": len(human.unmapped)}
    write_json(METRICS, metrics)
    write_ranks(PER_QUESTION, test, chunks, found, hits)
    write_ranks(PER_HUMAN_QUESTION, people, chunks, rows(found, count, count + len(people.ids)), people_hits)
    write_curve(HIT_RATE_CURVE, hits, lambda marks, _, k: hit_rate(marks, k))
    write_curve(NDCG_CURVE, hits, ndcg)
    write_histogram(HISTOGRAM, hits)
    print(f"wrote {METRICS}: {count} questions asked of {len(chunks)} chunks")
    refuse_harm(metrics, params.fail_if_worse)


if __name__ == "__main__":
    run(main)
