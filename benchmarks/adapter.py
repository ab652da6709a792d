"""What a linear map of the query vectors gains in the classic experiment: trained on Lyft's report, asked of Uber's.

The base model's own vectors, and the published questions; those on every tenth chunk of Lyft's choose the way. Shown
are the whole way too, which nothing chose, and the steps that were tried.

Usage: python -m benchmarks.adapter FOLDER [--rates 1e-4 1e-3]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from attune.adapter import linear_map
from attune.adapter.fit import fit_adapter
from attune.adapter.lessons import Lessons
from attune.adapter.linear_map import mapped, unit
from attune.core.params import BaseModelParams, GeneralParams, load_params
from attune.core.records import Chunk, Question
from attune.evaluation.params import HybridParams
from attune.evaluation.systems import Hybrids
from attune.models.encode import set_up_torch
from attune.models.load import load_embedder
from attune.search.ask import EncodedSet
from attune.search.bm25 import LexicalIndex
from attune.search.general_set import load_set
from attune.search.judged import JudgedQuestions
from attune.search.measures import DEPTH, Values, ndcg
from attune.statistics.difference import compare
from benchmarks.seed import load

HYBRID = HybridParams(dense_weight=0.7, fusion="score", also=[])


def judged(questions: Sequence[Question]) -> JudgedQuestions:
    """Return questions with the chunks that answer them."""
    return JudgedQuestions([q.id for q in questions], [q.text for q in questions], [q.chunks for q in questions])


def main() -> None:
    """Encode once, fit with each step, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rates", type=float, nargs="+", default=[linear_map.LEARNING_RATE])
    arguments = parser.parse_args()
    set_up_torch(0, seed=0)
    model = load_embedder(load_params("base_model", BaseModelParams))
    lyft, asked = load(arguments.folder / "train_dataset.json", "lyft.pdf")
    uber, published = load(arguments.folder / "val_dataset.json", "uber.pdf")
    aside = set(sorted({question.chunks[0] for question in asked})[::10])
    train = judged([question for question in asked if question.chunks[0] not in aside])
    dev, test = judged([question for question in asked if question.chunks[0] in aside]), judged(published)

    def encode(questions: JudgedQuestions, chunks: Sequence[Chunk]) -> EncodedSet:
        return EncodedSet.of(model, questions.texts, {chunk.id: chunk.passage for chunk in chunks}, 32)

    general = load_set(load_params("general", GeneralParams).set)
    lessons = Lessons(train, [set[str]()] * len(train), dev, [ids[0] for ids in dev.relevant], general)
    both = JudgedQuestions([*train.ids, *dev.ids], lessons.texts, [*train.relevant, *dev.relevant])
    taught, of_test = encode(both, lyft), encode(test, uber)
    guarding = encode(general.half("guards").asked, general.chunks)
    hybrids = Hybrids(LexicalIndex([chunk.passage for chunk in uber]), HYBRID)

    def values(encoded: EncodedSet) -> dict[str, Values]:
        found = {"alone": encoded.ranking(DEPTH), "beside BM25": hybrids.ranking(encoded, "hybrid")}
        return {name: ndcg(ranking.hits(test.relevant), 10) for name, ranking in found.items()}

    before, clusters = values(of_test), [ids[0] for ids in test.relevant]
    for rate in arguments.rates:
        linear_map.LEARNING_RATE = rate
        start = time.perf_counter()
        adapted = fit_adapter(taught, guarding, lessons)
        spent = time.perf_counter() - start
        ways = {weight: f"{found.mean():.3f}" for weight, found in adapted.choice.values.items()}
        print(f"rate {rate:g}: {spent:.0f} s; dev by way {ways}; {adapted.choice.weight:g} of it is taken")
        for name, after in values(mapped(unit(of_test), adapted.learned)).items():
            found = compare(after, before[name], clusters)
            change = f"{found.difference:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
            print(f"  {name}, the whole way: nDCG@10 {before[name].mean():.3f} -> {after.mean():.3f}, {change}")


if __name__ == "__main__":
    main()
