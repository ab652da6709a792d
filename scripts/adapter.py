"""Try a linear map of a model's query vectors, for models that nobody can train and indexes that must stay.

The model is the base model, or one of `evaluate.others`, also behind a server. The passages keep their vectors. The map
is learned from the training questions, and taken as far as the dev questions tell that it helps; then the test
questions are asked with and without it, alone and beside BM25, and general ones alone. A server is asked for vectors of
all these questions; they are kept in data/vectors with the others, so nothing is paid for twice.

Writes models/adapters/NAME.safetensors. With `evaluate.adapters` the pipeline does the same, with rows in the report.

Usage: python -m scripts.adapter [NAME]
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from attune.adapter.fit import save_adapter
from attune.adapter.lessons import read_lessons
from attune.core.beir import read_groups
from attune.core.errors import UserError, run
from attune.core.params import BaseModelParams, GeneralParams, RuntimeParams, load_params
from attune.evaluation.others.adapters import file_name, with_map
from attune.evaluation.others.encoders import encoder_of
from attune.evaluation.params import EvaluateParams, LocalModel, OtherModel
from attune.evaluation.results import ADAPTER, BASE, COMPARED_K, DECIDES
from attune.evaluation.systems import Hybrids
from attune.models.encode import set_up_torch
from attune.search.ask import Ranking
from attune.search.bm25 import LexicalIndex
from attune.search.general_set import load_set
from attune.search.judged import JudgedQuestions, load_test_set
from attune.search.measures import DEPTH, per_question
from attune.statistics.clusters import clusters_of
from attune.statistics.difference import compare, verdict_word
from attune.statistics.mean import Labels
from stages.evaluate import CORPUS, DEV, GROUPS, QUERIES, TEST, TRAIN, VECTORS

ADAPTERS = Path("models/adapters")


def find(name: str | None) -> OtherModel:
    """Return the model to tune: the one of `evaluate.others` that is called so; None is the base model.

    Raises:
        UserError: there is none.
    """
    base, others = load_params("base_model", BaseModelParams), load_params("evaluate", EvaluateParams).others
    if name in (None, BASE, base.name):
        return LocalModel(provider="local", **base.model_dump())
    for other in others:
        if other.name == name:
            return other
    known = ", ".join([base.name, *(other.name for other in others)])
    raise UserError(f"evaluate.others has no model '{name}'; expected one of: {known}")


def change(what: str, rankings: Mapping[str, Ranking], asked: JudgedQuestions, clusters: Labels) -> str:
    """Return a line on what a map does to the measure that decides, given what is found without and with it."""
    without, with_it = (
        per_question(ranking.hits(asked.relevant), [COMPARED_K])[DECIDES] for ranking in rankings.values()
    )
    found = compare(with_it, without, clusters)
    gain = f"{found.difference:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
    return f"{what:<12} {without.mean():.3f} -> {with_it.mean():.3f}   {gain}, {verdict_word(found)}"


def main() -> None:
    """Encode, fit, save, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", metavar="NAME")
    model = find(parser.parse_args().name)
    runtime, params = load_params("runtime", RuntimeParams), load_params("evaluate", EvaluateParams)
    questions, chunks = load_test_set(CORPUS, QUERIES, TEST)
    test = questions.sample(params.max_questions)
    general = load_set(load_params("general", GeneralParams).set)
    lessons = read_lessons(chunks, read_groups(GROUPS, chunks), QUERIES, TRAIN, DEV, general)
    set_up_torch(runtime.threads, seed=0)
    found = with_map(encoder_of(model, runtime, VECTORS), model.name, test.texts, chunks, lessons)
    hybrids = Hybrids(LexicalIndex([chunk.passage for chunk in chunks]), params.hybrid)
    clusters, _ = clusters_of(test.documents(chunks), [ids[0] for ids in test.relevant])
    alone = {system: encoded.ranking(DEPTH) for system, encoded in found.asked.items()}
    fused = {system: hybrids.ranking(encoded, system) for system, encoded in found.asked.items()}
    judging = general.half("judges")
    everyday = {system: encoded.ranking(DEPTH) for system, encoded in found.general.items()}
    print(f"\n{model.name}: {DECIDES} of {len(test)} test questions without and with the adapter, 95 % interval")
    print(change("alone", alone, test, clusters))
    print(change("beside BM25", fused, test, clusters))
    print(change("general", everyday, judging.asked, judging.clusters))
    print(f"{model.name}{ADAPTER}: {found.results.told}")
    path = ADAPTERS / file_name(model.name)
    if found.adapted.choice.weight == 0:
        path.unlink(missing_ok=True)
        print("nothing was written")
        return
    save_adapter(found.adapted, path, model.name, found.prompt)
    print(f"wrote {path}; docs/use-the-model.md has what to do with it")


if __name__ == "__main__":
    run(main)
