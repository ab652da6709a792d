"""The measures, against two independent implementations and by hand."""

from __future__ import annotations

from typing import Any, cast

import ir_measures
import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator
from sentence_transformers.util import cos_sim

from attune.search.measures import Hits, find_hits, means, per_question
from attune.search.ranking import rank
from tests.support.vectors import cases

KS = [1, 3, 5, 10]


def evaluator(
    questions: torch.Tensor, chunks: torch.Tensor, ids: list[str], relevant: list[list[str]]
) -> dict[str, float]:
    """The measures of sentence-transformers for given vectors, under our names."""
    names = [f"q{number}" for number in range(len(questions))]

    class Vectors(InformationRetrievalEvaluator):
        def embed_inputs(self, model: Any, sentences: Any, *args: Any, **kwargs: Any) -> Any:
            return questions if sentences == names else chunks

    judge = Vectors(
        dict(zip(names, names, strict=True)),
        {chunk: f"text {chunk}" for chunk in ids},
        {name: set(chunks) for name, chunks in zip(names, relevant, strict=True)},
        mrr_at_k=[10],
        ndcg_at_k=[10],
        accuracy_at_k=KS,
        precision_recall_at_k=KS,
        map_at_k=[100],
        score_functions={"cos": cos_sim},
        write_csv=False,
    )
    scores: Any = judge.compute_all_metrics(cast(Any, None))["cos"]
    found = {"mrr@10": scores["mrr@k"][10], "ndcg@10": scores["ndcg@k"][10], "map@100": scores["map@k"][100]}
    for ours, theirs in (("hit_rate", "accuracy@k"), ("precision", "precision@k"), ("recall", "recall@k")):
        found |= {f"{ours}@{k}": scores[theirs][k] for k in KS}
    return found


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(cases(grids=(1000,)))
def test_measures_equal_those_of_sentence_transformers(
    case: tuple[torch.Tensor, torch.Tensor, list[str], list[list[str]]],
) -> None:
    questions, chunks, ids, relevant = case
    # scores that differ by no more than rounding come in either order, which differs with the shape of the matrices
    scores = torch.sort(cos_sim(questions.double(), chunks.double()), dim=1).values
    assume(bool((scores.diff(dim=1) > 1e-6).all()))
    hits = find_hits(rank(cos_sim, questions, chunks, ids, 100), ids, relevant)
    ours, theirs = means(per_question(hits, KS)), evaluator(questions, chunks, ids, relevant)
    assert set(ours) == set(theirs)
    for name, value in ours.items():
        assert value == pytest.approx(theirs[name], abs=1e-9), name


@settings(deadline=None, max_examples=50)
@given(cases())
def test_measures_equal_those_of_trec_eval(
    case: tuple[torch.Tensor, torch.Tensor, list[str], list[list[str]]],
) -> None:
    questions, chunks, ids, relevant = case
    ranked = rank(cos_sim, questions, chunks, ids, 100)
    hits = find_hits(ranked, ids, relevant)
    ours = means(per_question(hits, KS))
    # trec_eval orders equal scores its own way, so it gets our order as scores without ties
    run = [
        ir_measures.ScoredDoc(f"q{q}", ids[chunk], float(-place))
        for q, row in enumerate(ranked)
        for place, chunk in enumerate(row)
    ]
    qrels = [ir_measures.Qrel(f"q{q}", chunk, 1) for q, chunks_ in enumerate(relevant) for chunk in chunks_]
    named = {"mrr@10": ir_measures.RR @ 10, "ndcg@10": ir_measures.nDCG @ 10}
    for k in KS:
        named |= {f"hit_rate@{k}": ir_measures.Success @ k, f"recall@{k}": ir_measures.R @ k}
        named |= {f"precision@{k}": ir_measures.P @ k}
    theirs = ir_measures.calc_aggregate(named.values(), qrels, run)
    for name, measure in named.items():
        assert ours[name] == pytest.approx(theirs[measure], abs=1e-6), name


def test_hand_computed_case() -> None:
    marks = np.array([[False, True, False, True], [False, False, False, False], [True, False, False, False]])
    values = means(per_question(hits := Hits(marks, np.array([2, 1, 1])), [1, 2]))
    assert values["hit_rate@1"] == pytest.approx(1 / 3)
    assert values["hit_rate@2"] == pytest.approx(2 / 3)
    assert values["recall@2"] == pytest.approx((0.5 + 0 + 1) / 3)
    assert values["precision@2"] == pytest.approx((0.5 + 0 + 0.5) / 3)
    assert values["mrr@10"] == pytest.approx((0.5 + 0 + 1) / 3)
    first = (1 / np.log2(3) + 1 / np.log2(5)) / (1 + 1 / np.log2(3))
    assert values["ndcg@10"] == pytest.approx((first + 0 + 1) / 3)
    assert values["map@100"] == pytest.approx(((1 / 2 + 2 / 4) / 2 + 0 + 1) / 3)
    assert hits.first_ranks.tolist() == [2, 0, 1]
