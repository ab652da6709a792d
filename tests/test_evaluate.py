"""Evaluation: the same numbers as sentence-transformers for the same model, and files that other tools read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator

from stages import evaluate
from stages.evaluate import CURVE, METRICS, MODEL, PER_QUESTION, TEST, EvaluateParams, load_test_set, main
from stages.lib.beir import Chunk, Question, read_corpus, read_qrels, read_queries, write_corpus, write_qrels
from stages.lib.beir import write_queries as write_questions
from stages.lib.errors import UserError
from stages.lib.files import read_csv
from stages.lib.models import load_folder
from tests.conftest import set_params


@pytest.fixture
def test_set(project: Path, tiny_model: Path) -> Path:
    """A project with forty chunks, forty questions and a fine-tuned model that is the base model."""
    subjects = "pump fan oven lamp door lock wheel mirror bottle carpet engine candle".split()
    chunks = [
        Chunk(f"c{i:02d}", "T", f"The {subjects[i % 12]} {i} is blue and old.", {"document": "a"}) for i in range(40)
    ]
    questions = [
        Question(f"q{i:02d}", f"Which {subjects[i % 12]} is {i}?", {"chunks": [f"c{i:02d}"]}) for i in range(40)
    ]
    write_corpus(evaluate.CORPUS, chunks)
    write_questions(evaluate.QUERIES, questions)
    several = [("q00", "c12"), ("q00", "c24"), ("q01", "c13")]
    write_qrels(TEST, [*((q.id, q.metadata["chunks"][0]) for q in questions), *several])
    shutil.copytree(tiny_model, MODEL)
    set_params(
        project / "params.yaml", base_model={"name": str(tiny_model), "max_tokens": None}, runtime={"threads": 1}
    )
    return project


def test_metrics_equal_those_of_sentence_transformers(test_set: Path) -> None:
    main()
    ours = json.loads(METRICS.read_text())
    judge = InformationRetrievalEvaluator(
        {question.id: question.text for question in read_queries(evaluate.QUERIES)},
        {chunk.id: chunk.passage for chunk in read_corpus(evaluate.CORPUS)},
        {question: set(chunks) for question, chunks in read_qrels(TEST).items()},
        accuracy_at_k=[1, 5, 10],
        precision_recall_at_k=[1, 5, 10],
        write_csv=False,
    )
    theirs = judge(load_folder(MODEL))
    for system in ("base", "finetuned"):
        assert len(ours[system]) == 12
        for name, value in ours[system].items():
            other = theirs["cosine_" + name.replace("hit_rate", "accuracy")]
            assert value == pytest.approx(other, abs=1e-6), name  # the file holds six digits


def test_metrics_have_the_promised_keys(test_set: Path) -> None:
    main()
    metrics = json.loads(METRICS.read_text())
    assert (metrics["questions"], metrics["chunks"]) == (40, 40)
    promised = {f"{name}@{k}" for name in ("hit_rate", "recall", "precision") for k in (1, 5, 10)}
    assert set(metrics["base"]) == set(metrics["finetuned"]) == promised | {"mrr@10", "ndcg@10", "map@100"}


def test_ranks_and_curve_agree_with_the_metrics(test_set: Path) -> None:
    main()
    metrics = json.loads(METRICS.read_text())
    rows = list(read_csv(PER_QUESTION, ("question_id", "question", "chunk_id", "rank_base", "rank_finetuned")))
    ranks = [int(row[3]) if row[3] else 999 for row in rows]
    assert sum(rank <= 5 for rank in ranks) / 40 == pytest.approx(metrics["base"]["hit_rate@5"], abs=1e-6)
    curve = {row[0]: row[1:] for row in read_csv(CURVE, ("k", "base", "finetuned"))}
    assert float(curve["10"][0]) == metrics["base"]["hit_rate@10"]
    values = [float(row[0]) for row in curve.values()]
    assert values == sorted(values)


def test_two_runs_write_the_same_bytes(test_set: Path) -> None:
    main()
    first = {path: path.read_bytes() for path in (METRICS, PER_QUESTION, CURVE)}
    main()
    assert {path: path.read_bytes() for path in first} == first


def test_k_beyond_the_corpus_is_no_trouble(test_set: Path) -> None:
    set_params(test_set / "params.yaml", evaluate={"k": [1, 100]})
    main()
    assert json.loads(METRICS.read_text())["base"]["hit_rate@100"] == 1.0


@pytest.mark.parametrize("ks", [[5, 1], [1, 1], [0], [101]])
def test_k_out_of_order_or_range_is_refused(ks: list[int]) -> None:
    with pytest.raises(ValueError, match="ascending numbers from 1 to 100"):
        EvaluateParams(k=ks)


def test_model_that_is_not_there_names_the_command(test_set: Path) -> None:
    shutil.rmtree(MODEL)
    with pytest.raises(UserError, match="`dvc repro finetune` makes it"):
        main()


@pytest.mark.parametrize("pair", [("q00", "gone"), ("gone", "c00")])
def test_judgements_of_another_run_are_named(test_set: Path, pair: tuple[str, str]) -> None:
    write_qrels(TEST, [pair])
    with pytest.raises(UserError, match="which do not exist; run `dvc repro`"):
        load_test_set(evaluate.CORPUS, evaluate.QUERIES, TEST)


def test_no_test_questions_are_an_error(test_set: Path) -> None:
    write_qrels(TEST, [])
    with pytest.raises(UserError, match="holds no questions to test with"):
        load_test_set(evaluate.CORPUS, evaluate.QUERIES, TEST)


def test_vectors_that_are_not_finite_are_an_error(test_set: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    weights = next(MODEL.rglob("model.safetensors"))
    save_file(
        {name: torch.full_like(t, torch.nan) for name, t in load_file(weights).items()}, weights, {"format": "pt"}
    )
    with pytest.raises(UserError, match="not finite"):
        main()
