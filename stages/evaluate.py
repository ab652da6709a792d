"""Compare the fine-tuned model with the base model, with BM25 and with others, on questions that it never saw.

Reads data/beir/{corpus,queries}.jsonl, data/beir/qrels/test.tsv, data/beir/groups.csv, data/human, data/general and
models/finetuned; writes metrics.json, per_question.csv, human.csv, hit_rate_by_k.csv, ndcg_by_k.csv and
rank_histogram.csv into results/evaluate, and keeps vectors that were paid for in data/vectors. Every system is asked
the same questions of the same chunks.
"""

from __future__ import annotations

from pathlib import Path

from attune.core.beir import read_groups
from attune.core.errors import run
from attune.core.files import write_json
from attune.core.params import BaseModelParams, RuntimeParams, load_params
from attune.evaluation.assessment import BASE, FINETUNED
from attune.evaluation.human.questions import read_human
from attune.evaluation.judging import judge, judge_general, refuse_harm, rows
from attune.evaluation.others import search
from attune.evaluation.params import EvaluateParams
from attune.evaluation.rank_tables import HitsAndCounts, write_curve, write_histogram, write_ranks
from attune.models.load import load_embedder, load_folder
from attune.models.prompts import set_prompts
from attune.models.reproducible import set_up_torch
from attune.search.judged import TestSet, load_test_set
from attune.search.measures import hit_rate, ndcg

CORPUS = Path("data/beir/corpus.jsonl")
QUERIES = Path("data/beir/queries.jsonl")
TEST = Path("data/beir/qrels/test.tsv")
GROUPS = Path("data/beir/groups.csv")
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


def main() -> None:
    """Load, search, judge, write."""
    params, runtime = load_params("evaluate", EvaluateParams), load_params("runtime", RuntimeParams)
    test, chunks = load_test_set(CORPUS, QUERIES, TEST)
    groups = read_groups(GROUPS, chunks)
    human = read_human(HUMAN, chunks)
    people, count = TestSet(human.ids, human.texts, human.relevant), len(test.ids)
    set_up_torch(runtime.threads, seed=0)
    base = load_params("base_model", BaseModelParams)
    models = {BASE: load_embedder(base), FINETUNED: load_folder(MODEL)}
    for name, model in models.items():
        print(f"{name}: {set_prompts(model, base.name)}")
    found, skipped = search(models, params, [*test.questions, *people.questions], chunks, runtime, VECTORS)
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
    refuse_harm(metrics, params.fail_if_worse, METRICS)


if __name__ == "__main__":
    run(main)
