"""Tune a model whose weights nobody can train, or whose index must stay: a linear map of its query vectors.

The model is the base model, or one of `evaluate.others`, also behind a server. The passages keep their vectors. The map
is learned from the training questions, and taken as far as the dev questions tell that it helps; then the test
questions are asked with and without it, alone and beside BM25. A server is asked for vectors of the training and dev
questions too; they are kept in data/vectors with the others, so the stage `evaluate` looks at them again in the next
`dvc repro`, and nothing is paid for twice. Writes models/adapters/NAME.safetensors.

Usage: python -m scripts.adapter [NAME]
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from attune.core.beir import read_corpus, read_groups, read_qrels, read_queries
from attune.core.errors import UserError, run
from attune.core.params import BaseModelParams, RuntimeParams, load_params
from attune.evaluation.others import encode_other
from attune.evaluation.params import EvaluateParams, LocalModel, OtherModel
from attune.evaluation.results import BASE, COMPARED_K, DECIDES, FINETUNED
from attune.evaluation.systems import Hybrids
from attune.models.encode import set_up_torch
from attune.search.ask import EncodedSet, Ranking
from attune.search.bm25 import LexicalIndex
from attune.search.judged import JudgedQuestions
from attune.search.measures import DEPTH, per_question
from attune.statistics.clusters import clusters_of
from attune.statistics.difference import compare, verdict_word
from attune.training.linear_adapter import fit_adapter, save_adapter
from stages.evaluate import CORPUS, GROUPS, QUERIES, TEST, VECTORS
from stages.finetune import DEV, TRAIN

ADAPTERS = Path("models/adapters")


def find(name: str | None) -> OtherModel:
    """Return the model to tune: the one of `evaluate.others` that is called so; None is the base model.

    Raises:
        UserError: there is none.
    """
    base, others = load_params("base_model", BaseModelParams), load_params("evaluate", EvaluateParams).others
    if name is None or name == base.name:
        return LocalModel(provider="local", **base.model_dump())
    for other in others:
        if other.name == name:
            return other
    known = ", ".join([base.name, *(other.name for other in others)])
    raise UserError(f"evaluate.others has no model '{name}'; expected one of: {known}")


def judged(relevant: Mapping[str, list[str]], texts: Mapping[str, str], path: Path) -> JudgedQuestions:
    """Return questions with the chunks that answer them.

    Raises:
        UserError: there are none.
    """
    if not relevant:
        raise UserError(f"{path} has no questions; an adapter needs training, dev and test questions")
    return JudgedQuestions(list(relevant), [texts[question] for question in relevant], list(relevant.values()))


def part(encoded: EncodedSet, questions: JudgedQuestions, start: int) -> EncodedSet:
    """Return the questions of a set that was encoded with others, from `start` on."""
    return replace(
        encoded,
        questions=questions.texts,
        question_vectors=encoded.question_vectors[start : start + len(questions)],
    )


def main() -> None:
    """Encode, fit, save, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", metavar="NAME")
    model = find(parser.parse_args().name)
    chunks, texts = read_corpus(CORPUS), {question.id: question.text for question in read_queries(QUERIES)}
    groups = read_groups(GROUPS, chunks)
    train, dev, test = (judged(read_qrels(path), texts, path) for path in (TRAIN, DEV, TEST))
    runtime, params = load_params("runtime", RuntimeParams), load_params("evaluate", EvaluateParams)
    set_up_torch(runtime.threads, seed=0)
    encoded = encode_other(model, [*train.texts, *dev.texts, *test.texts], chunks, runtime, VECTORS)
    of_train, of_dev = part(encoded, train, 0), part(encoded, dev, len(train))
    of_test = part(encoded, test, len(train) + len(dev))

    def clusters(questions: JudgedQuestions) -> list[str]:
        return list(clusters_of(questions.documents(chunks), [ids[0] for ids in questions.relevant])[0])

    adapted = fit_adapter(of_train, train.relevant, groups, of_dev, dev, clusters(dev))
    path = ADAPTERS / f"{re.sub(r'[^A-Za-z0-9._-]', '-', Path(model.name).name)}.safetensors"
    hybrids = Hybrids(LexicalIndex([chunk.passage for chunk in chunks]), params.hybrid)

    def told(what: str, rankings: tuple[Ranking, Ranking]) -> str:
        before, after = (per_question(ranking.hits(test.relevant), [COMPARED_K]) for ranking in rankings)
        found = compare(after[DECIDES], before[DECIDES], clusters(test))
        change = f"{found.difference:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
        return (
            f"{what:<12} {before[DECIDES].mean():.3f} -> {after[DECIDES].mean():.3f}   {change}, {verdict_word(found)}"
        )

    tuned = adapted.apply(of_test)
    print(f"\n{model.name}: {DECIDES} of {len(test)} test questions without and with the adapter, 95 % interval")
    print(told("alone", (of_test.ranking(DEPTH), tuned.ranking(DEPTH))))
    print(told("beside BM25", (hybrids.ranking(of_test, BASE), hybrids.ranking(tuned, FINETUNED))))
    if adapted.choice.weight == 0:
        print("no way from the identity is better on the dev questions beyond luck: nothing was written")
        path.unlink(missing_ok=True)
        return
    save_adapter(adapted, path, model.name)
    print(f"wrote {path}: {adapted.choice.weight:g} of the way; a query vector q becomes weight @ q, of length 1")


if __name__ == "__main__":
    run(main)
