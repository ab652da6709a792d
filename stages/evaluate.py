"""Compare the fine-tuned model with the base model, BM25, hybrids and others, on questions that it never saw.

Reads data/beir/{corpus,queries}.jsonl, data/beir/qrels/test.tsv, data/beir/groups.csv, data/human, data/general and
models/finetuned; writes metrics.json, per_question.csv, human.csv, hit_rate_by_k.csv, ndcg_by_k.csv, hybrid_weight.csv
and rank_histogram.csv into results/evaluate, and keeps vectors that were paid for in data/vectors. Every system is
asked the same questions of the same chunks. For linear maps of query vectors (`evaluate.adapters`), which go to
results/evaluate/adapters, it reads data/beir/qrels/{train,dev}.tsv too.
"""

from __future__ import annotations

from pathlib import Path

from attune.adapter.lessons import read_lessons
from attune.core.beir import read_groups
from attune.core.errors import run
from attune.core.params import BaseModelParams, GeneralParams, RuntimeParams, load_params
from attune.engine.choice import use_engine
from attune.evaluation.judging import judge, judge_general, refuse_harm
from attune.evaluation.metrics_file import write_results
from attune.evaluation.others.adapters import save_maps
from attune.evaluation.others.search import search
from attune.evaluation.params import EvaluateParams
from attune.evaluation.rank_tables import write_curve, write_histogram, write_ranks, write_weights
from attune.evaluation.results import BASE, FINETUNED, Results
from attune.models.encode import set_up_torch
from attune.models.load import load_embedder, load_folder
from attune.models.prompts import set_prompts
from attune.people.human.questions import read_human
from attune.search.general_set import load_set
from attune.search.judged import JudgedQuestions, load_test_set
from attune.search.measures import hit_rate, ndcg

CORPUS = Path("data/beir/corpus.jsonl")
QUERIES = Path("data/beir/queries.jsonl")
TRAIN = Path("data/beir/qrels/train.tsv")
DEV = Path("data/beir/qrels/dev.tsv")
TEST = Path("data/beir/qrels/test.tsv")
GROUPS = Path("data/beir/groups.csv")
HUMAN = Path("data/human")
GENERAL = Path("data/general")  # the set that general.set names unless told otherwise
MODEL = Path("models/finetuned")
VECTORS = Path("data/vectors")
ADAPTERS = Path("results/evaluate/adapters")
METRICS = Path("results/evaluate/metrics.json")
PER_QUESTION = Path("results/evaluate/per_question.csv")
PER_HUMAN_QUESTION = Path("results/evaluate/human.csv")
HIT_RATE_CURVE = Path("results/evaluate/hit_rate_by_k.csv")
NDCG_CURVE = Path("results/evaluate/ndcg_by_k.csv")
WEIGHT_CURVE = Path("results/evaluate/hybrid_weight.csv")
HISTOGRAM = Path("results/evaluate/rank_histogram.csv")


def main() -> None:
    """Load, search, judge, write."""
    params, runtime = load_params("evaluate", EvaluateParams), load_params("runtime", RuntimeParams)
    base, general = load_params("base_model", BaseModelParams), load_set(load_params("general", GeneralParams).set)
    questions, chunks = load_test_set(CORPUS, QUERIES, TEST)
    test = questions.sample(params.max_questions)
    left_out = len(questions) - len(test)
    groups = read_groups(GROUPS, chunks)
    human = read_human(HUMAN, chunks)
    people = JudgedQuestions(human.ids, human.texts, human.relevant)
    set_up_torch(runtime.threads, seed=0)
    use_engine(runtime)
    models = {BASE: load_embedder(base), FINETUNED: load_folder(MODEL)}
    for name, model in models.items():
        print(f"{name}: {set_prompts(model, base.name)}")
    lessons = read_lessons(chunks, groups, QUERIES, TRAIN, DEV, general) if params.adapters else None
    # all are asked at once, so that every chunk is encoded once
    found = search(models, params, [*test.texts, *people.texts], chunks, runtime, VECTORS, lessons)
    written, asked = found.part(0, len(test)), found.part(len(test), len(test) + len(people))
    judged, hits = judge(test, chunks, written.rankings, groups, params.k)
    maps = save_maps(ADAPTERS, base.name, found.maps)
    refused = {name: ranking.refused_chunks for name, ranking in found.rankings.items() if ranking.refused_chunks}
    optional = {"refused_chunks": refused, "adapters": maps, "questions_left_out": left_out}
    results = Results.of(
        judged,
        found.skipped,
        chunks=len(chunks),
        test_set=test.fingerprint(chunks),
        truncated={name: each.truncated for name, each in found.rankings.items() if each.truncated is not None},
        general=judge_general(models, general, params.k, runtime.encode_batch_size, params.hybrid, found.general),
        **{name: value for name, value in optional.items() if value},
    )
    if people:
        judged_by_people, _ = judge(people, chunks, asked.rankings, groups, params.k)
        human_results = judged_by_people.model_copy(update={"unmapped": len(human.unmapped)})
        results = results.model_copy(update={"human": human_results})
    write_results(METRICS, results)
    write_ranks(PER_QUESTION, test, chunks, written.rankings)
    write_ranks(PER_HUMAN_QUESTION, people, chunks, asked.rankings)
    write_curve(HIT_RATE_CURVE, hits, hit_rate)
    write_curve(NDCG_CURVE, hits, ndcg)
    sets = {"": (test.relevant, written.by_weight)} | ({"human_": (people.relevant, asked.by_weight)} if people else {})
    write_weights(WEIGHT_CURVE, sets)
    write_histogram(HISTOGRAM, hits)
    sample = f", a sample of {len(questions)} (evaluate.max_questions)" if left_out else ""
    print(f"wrote {METRICS}: {len(test)} questions asked of {len(chunks)} chunks{sample}")
    if params.fail_if_worse:
        refuse_harm(results, METRICS)


if __name__ == "__main__":
    run(main)
