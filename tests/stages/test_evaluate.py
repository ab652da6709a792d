"""Evaluation: the same numbers as sentence-transformers for the same model, and files that other tools read."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator
from torch import Tensor

from attune.core.beir import read_corpus, read_qrels, read_queries, write_corpus, write_groups, write_qrels
from attune.core.beir import write_queries as write_questions
from attune.core.errors import UserError
from attune.core.files import read_csv
from attune.core.params import BaseModelParams
from attune.core.records import Chunk, Question
from attune.models.encode import embed
from attune.models.load import load_folder
from attune.text.near_duplicates import near_duplicate_groups
from attune.training.saving.save import save
from stages import evaluate
from stages.evaluate import (
    GENERAL,
    HISTOGRAM,
    HIT_RATE_CURVE,
    HUMAN,
    METRICS,
    MODEL,
    NDCG_CURVE,
    PER_HUMAN_QUESTION,
    PER_QUESTION,
    TEST,
    VECTORS,
    WEIGHT_CURVE,
    main,
)
from tests.conftest import ROOT, set_params

SYSTEMS = ("bm25", "base", "hybrid_base", "finetuned", "hybrid")
RANKS = (
    "question_id", "question", "document", "chunk_id",
    *(f"rank_{name}" for name in SYSTEMS), *(f"first_{name}" for name in SYSTEMS),
)  # fmt: skip


@pytest.fixture
def test_set(project: Path, tiny_model: Path) -> Path:
    """A project with forty chunks, forty questions and a fine-tuned model that is the base model."""
    subjects = "pump fan oven lamp door lock wheel mirror bottle carpet engine candle".split()
    chunks = [
        Chunk(
            f"c{i:02d}",
            "T",
            f"The {subjects[i % 12]} {i} is blue and old.",
            {"document": f"d{i % 8}", "start": 50 * i, "end": 50 * i + 40, "pages": None},
        )
        for i in range(40)
    ]
    questions = [
        Question(f"q{i:02d}", f"Which {subjects[i % 12]} is {i}?", {"chunks": [f"c{i:02d}"]}) for i in range(40)
    ]
    write_corpus(evaluate.CORPUS, chunks)
    write_questions(evaluate.QUERIES, questions)
    write_groups(evaluate.GROUPS, chunks, near_duplicate_groups((chunk.text for chunk in chunks), 0.8))
    several = [("q00", "c12"), ("q00", "c24"), ("q01", "c13")]
    write_qrels(TEST, [*((q.id, q.metadata["chunks"][0]) for q in questions), *several])
    shutil.copytree(tiny_model, MODEL)
    shutil.copytree(ROOT / GENERAL, GENERAL)
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
        assert len(ours["systems"][system]) == 12
        for name, value in ours["systems"][system].items():
            other = theirs["cosine_" + name.replace("hit_rate", "accuracy")]
            assert value == pytest.approx(other, abs=1e-6), name  # the file holds six digits


def read_metrics() -> dict[str, Any]:
    values: dict[str, Any] = json.loads(METRICS.read_text())
    return values


def test_metrics_have_the_promised_keys(test_set: Path) -> None:
    main()
    metrics = read_metrics()
    assert (metrics["questions"], metrics["chunks"]) == (40, 40)
    promised = {f"{name}@{k}" for name in ("hit_rate", "recall", "precision") for k in (1, 5, 10)}
    for table in (metrics["systems"], metrics["fair"]):
        for system in SYSTEMS:
            assert set(table[system]) == promised | {"mrr@10", "ndcg@10", "map@100"}
    assert set(metrics["intervals"]) == set(SYSTEMS)
    assert set(metrics["truncated"]) == {"base", "finetuned"}
    assert re.fullmatch("[0-9a-f]{16}", metrics["test_set"])
    assert metrics["general"]["questions"] == 154  # half of them: the other half guards the training
    assert metrics["general"]["chunks"] == 308 and metrics["general"]["neighbours_kept"] == 1.0
    assert "human" not in metrics and metrics["skipped"] == {}
    assert list(VECTORS.iterdir()) == []


def test_a_sample_of_the_written_questions_is_asked_and_told(test_set: Path, capsys: Any) -> None:
    set_params(test_set / "params.yaml", evaluate={"max_questions": 7})
    main()
    metrics = read_metrics()
    assert (metrics["questions"], metrics["questions_left_out"]) == (7, 33)
    assert len(list(read_csv(PER_QUESTION, RANKS))) == 7
    assert "7 questions asked of 40 chunks, a sample of 40 (evaluate.max_questions)" in capsys.readouterr().out


def test_a_model_is_neither_better_nor_worse_than_itself(test_set: Path) -> None:
    main()
    verdict = read_metrics()["verdict"]
    assert verdict["word"] == "no detectable change"
    assert (verdict["clusters"], verdict["clustered_by"]) == (8, "document")
    for difference in verdict["against"]["base"].values():
        assert difference == {"difference": 0.0, "low": 0.0, "high": 0.0, "p": 1.0, "detectable": 0.0}
    assert verdict["against"]["bm25"]["ndcg@10"]["difference"] < 0  # random weights know less than words do


@pytest.mark.slow
def test_a_model_of_questions_alone_is_asked_with_the_passages_of_the_base_model(
    test_set: Path, tiny_model: Path
) -> None:
    params = BaseModelParams(name=str(tiny_model), revision=None, max_tokens=None)
    base, tuned = load_folder(tiny_model), load_folder(tiny_model)
    shutil.rmtree(MODEL)
    save(base, MODEL, params, 1, 0.0, "0", base)
    main()
    systems = read_metrics()["systems"]
    assert systems["finetuned"] == systems["base"] and systems["hybrid"] == systems["hybrid_base"]
    with torch.no_grad():
        for weights in tuned.parameters():
            weights.add_(torch.randn(weights.shape, generator=torch.Generator().manual_seed(0)))
    save(tuned, MODEL, params, 1, 1.0, "0", base)
    main()
    found, chunks = read_metrics(), read_corpus(evaluate.CORPUS)
    passages = base.encode_document([chunk.passage for chunk in chunks], normalize_embeddings=True)
    asked = tuned.encode_query([question.text for question in read_queries(evaluate.QUERIES)])
    right = list(read_qrels(TEST).values())
    first = [chunks[place].id in ids for place, ids in zip((asked @ passages.T).argmax(axis=1), right, strict=True)]
    assert found["systems"]["finetuned"]["hit_rate@1"] == pytest.approx(sum(first) / len(first), abs=1e-6)
    assert found["systems"]["base"] == systems["base"] != found["systems"]["finetuned"]
    assert found["truncated"]["finetuned"] == found["truncated"]["base"]


def test_ranks_and_curves_agree_with_the_metrics(test_set: Path) -> None:
    main()
    metrics = read_metrics()
    rows = list(read_csv(PER_QUESTION, RANKS))
    for place, system in enumerate(SYSTEMS):
        ranks = [int(row[4 + place]) if row[4 + place] else 999 for row in rows]
        assert sum(rank <= 5 for rank in ranks) / 40 == pytest.approx(
            metrics["systems"][system]["hit_rate@5"], abs=1e-6
        )
        answers = read_qrels(TEST)
        assert all(
            (rank == 1) == (row[4 + len(SYSTEMS) + place] in answers[row[0]])
            for rank, row in zip(ranks, rows, strict=True)
        )
        histogram = {row[0]: int(row[1 + place]) for row in read_csv(HISTOGRAM, ("rank", *SYSTEMS))}
        assert sum(histogram.values()) == 40
        assert histogram["1"] == sum(rank == 1 for rank in ranks)
        assert histogram["6-10"] == sum(6 <= rank <= 10 for rank in ranks)
    for path, measure in ((HIT_RATE_CURVE, "hit_rate@10"), (NDCG_CURVE, "ndcg@10")):
        curve = {row[0]: row[1:] for row in read_csv(path, ("k", *SYSTEMS))}
        assert [float(value) for value in curve["10"]] == [metrics["systems"][system][measure] for system in SYSTEMS]
    assert list(read_csv(PER_HUMAN_QUESTION, RANKS)) == []


def test_people_are_asked_for_themselves(test_set: Path) -> None:
    HUMAN.mkdir(parents=True)
    table = "question,file,page,quote\nwhat colour is my pump,d0,,The pump 0 is blue\nwhere is the moon,d0,,cheese\n"
    (HUMAN / "questions.csv").write_text(table)
    main()
    metrics = read_metrics()
    assert metrics["human"]["questions"] == 1 and metrics["human"]["unmapped"] == 1
    assert metrics["human"]["systems"]["bm25"]["hit_rate@1"] == 1.0
    assert metrics["human"]["verdict"]["word"] == "no detectable change"
    (row,) = read_csv(PER_HUMAN_QUESTION, RANKS)
    assert row[1:4] == ["what colour is my pump", "d0", "c00"]
    assert metrics["questions"] == 40  # the written ones stand by themselves


def test_a_server_without_a_key_keeps_its_place(test_set: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    other = {
        "provider": "openai",
        "name": "text-embedding-3-small",
        "base_url": None,
        "dimensions": None,
        "price": 0.02,
    }
    set_params(test_set / "params.yaml", evaluate={"others": [other]})
    main()
    metrics = read_metrics()
    assert metrics["systems"]["text-embedding-3-small"] == dict.fromkeys(metrics["systems"]["base"])
    assert "OPENAI_API_KEY" in metrics["skipped"]["text-embedding-3-small"]
    assert "text-embedding-3-small is skipped" in capsys.readouterr().out


@pytest.mark.slow
def test_another_local_model_is_a_system_of_its_own(test_set: Path, tiny_model: Path) -> None:
    other = {"provider": "local", "name": str(tiny_model), "revision": None, "max_tokens": 16}
    set_params(test_set / "params.yaml", evaluate={"others": [other]})
    main()
    metrics = read_metrics()
    assert set(metrics["verdict"]["against"]) == {"bm25", "base", "hybrid_base", "hybrid", str(tiny_model)}
    assert metrics["truncated"][str(tiny_model)] == 0.0


@pytest.mark.slow
def test_shortened_vectors_are_systems_of_their_own_and_nothing_is_encoded_twice(
    test_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: Counter[str] = Counter()

    def count(model: SentenceTransformer, texts: Sequence[str], kind: Any, size: int, said: str) -> Tensor:
        encoded.update([said])
        return embed(model, texts, kind, size, said)

    monkeypatch.setattr("attune.search.ask.embed", count)
    set_params(test_set / "params.yaml", evaluate={"dimensions": [8, 32]})
    main()
    metrics, names = read_metrics(), {*SYSTEMS, "base@8", "base@32", "finetuned@8", "finetuned@32"}
    assert {said: times for said, times in encoded.items() if times > 1} == {}
    assert len([said for said in encoded if "general" not in said]) == 4  # chunks and questions, of two models
    for table in (metrics["intervals"], metrics["fair"]):
        assert set(table) == names
    assert set(metrics["truncated"]) == names - {"bm25", "hybrid", "hybrid_base"}
    assert set(metrics["verdict"]["against"]) == names - {"finetuned"}
    assert (
        metrics["systems"]["base@32"] == metrics["systems"]["base"]
        and metrics["fair"]["base@32"] == metrics["fair"]["base"]
    )
    assert (
        metrics["systems"]["finetuned@8"] == metrics["systems"]["base@8"] != metrics["systems"]["base"]
    )  # the fine-tuned model is the base model
    for path in (HIT_RATE_CURVE, NDCG_CURVE, HISTOGRAM):
        assert set(path.read_text().splitlines()[0].split(",")[1:]) == names
    header = PER_QUESTION.read_text().splitlines()[0].split(",")
    assert {name.removeprefix("rank_") for name in header if name.startswith("rank_")} == names


@pytest.mark.slow
def test_shortened_vectors_find_what_sentence_transformers_finds_with_them(test_set: Path) -> None:
    set_params(test_set / "params.yaml", evaluate={"dimensions": [5]})
    main()
    judge = InformationRetrievalEvaluator(
        {question.id: question.text for question in read_queries(evaluate.QUERIES)},
        {chunk.id: chunk.passage for chunk in read_corpus(evaluate.CORPUS)},
        {question: set(chunks) for question, chunks in read_qrels(TEST).items()},
        write_csv=False,
        truncate_dim=5,
    )
    theirs = judge(load_folder(MODEL))
    for name, key in (("ndcg@10", "cosine_ndcg@10"), ("mrr@10", "cosine_mrr@10"), ("hit_rate@5", "cosine_accuracy@5")):
        assert read_metrics()["systems"]["finetuned@5"][name] == pytest.approx(theirs[key], abs=1e-6)


def weights() -> dict[str, list[float]]:
    """The columns of the curve by weight."""
    header, *rows = (line.split(",") for line in WEIGHT_CURVE.read_text().splitlines())
    return {name: [float(row[place]) for row in rows] for place, name in enumerate(header)}


def test_the_curve_by_weight_goes_from_bm25_to_the_model(test_set: Path) -> None:
    HUMAN.mkdir(parents=True)
    (HUMAN / "questions.csv").write_text("question,file,page,quote\nwhat colour is my pump,d0,,The pump 0 is blue\n")
    main()
    metrics, curve = read_metrics(), weights()
    assert list(curve) == ["weight", "base", "finetuned", "human_base", "human_finetuned"]
    assert curve["weight"] == [round(0.1 * tenth, 1) for tenth in range(11)]
    for prefix, found in (("", metrics), ("human_", metrics["human"])):
        for model, hybrid in (("base", "hybrid_base"), ("finetuned", "hybrid")):
            ndcg = {system: table["ndcg@10"] for system, table in found["systems"].items()}
            ends = [ndcg["bm25"], ndcg[hybrid], ndcg[model]]
            assert [curve[prefix + model][place] for place in (0, 7, 10)] == pytest.approx(ends, abs=1e-6)
    assert metrics["systems"]["bm25"] != metrics["systems"]["hybrid_base"] != metrics["systems"]["base"]


@pytest.mark.slow
def test_the_weight_and_the_kind_of_fusion_are_obeyed(test_set: Path) -> None:
    found = {}
    for weight, kind in ((0.0, "score"), (1.0, "score"), (0.5, "score"), (0.5, "rank")):
        set_params(test_set / "params.yaml", evaluate={"hybrid": {"dense_weight": weight, "fusion": kind}})
        main()
        found[weight, kind] = read_metrics()["systems"]
    assert found[0.0, "score"]["hybrid_base"] == found[0.0, "score"]["bm25"]
    assert found[1.0, "score"]["hybrid_base"] == found[1.0, "score"]["base"]
    assert found[0.5, "score"]["hybrid_base"] != found[0.5, "rank"]["hybrid_base"]


def test_what_to_put_to_use_is_told_with_every_difference(test_set: Path) -> None:
    main()
    metrics = read_metrics()
    deploy, ndcg = metrics["deploy"], {name: table["ndcg@10"] for name, table in metrics["systems"].items()}
    assert deploy["system"] == "bm25" and deploy["measure"] == "ndcg@10"  # the model has random weights
    for place, system in enumerate(SYSTEMS[1:], start=1):
        assert list(deploy["differences"][system]) == list(SYSTEMS[:place])
        for simpler, difference in deploy["differences"][system].items():
            assert difference["difference"] == pytest.approx(ndcg[system] - ndcg[simpler], abs=2e-6)
    assert "deploy" not in metrics["general"]  # everyday questions are not those that one would be asked
    assert set(metrics["general"]["systems"]) == set(SYSTEMS) == set(metrics["general"]["intervals"])


@pytest.mark.slow
def test_further_systems_are_fused_where_asked(
    test_set: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    paid = {"provider": "openai", "name": "m", "base_url": None, "dimensions": None, "price": None}
    other = {"provider": "local", "name": str(tiny_model), "revision": None, "max_tokens": None}
    also = {"also": ["finetuned@8", "base@8", "m", str(tiny_model)]}
    set_params(test_set / "params.yaml", evaluate={"others": [other, paid], "dimensions": [8, 16], "hybrid": also})
    main()
    metrics = read_metrics()
    fused = {"hybrid", "hybrid_base", "hybrid@8", "hybrid_base@8", f"hybrid_{tiny_model}", "hybrid_m"}
    assert {name for name in metrics["systems"] if name.startswith("hybrid")} == fused
    assert metrics["systems"]["hybrid@8"] == metrics["systems"]["hybrid_base@8"] != metrics["systems"]["hybrid"]
    assert metrics["systems"][f"hybrid_{tiny_model}"] == metrics["systems"]["hybrid_base"]
    assert metrics["systems"]["hybrid_m"] == dict.fromkeys(metrics["systems"]["base"])
    assert metrics["skipped"]["hybrid_m"] == metrics["skipped"]["m"]


@pytest.mark.parametrize(
    ("hybrid", "said"),
    [
        ({"also": ["base@16"]}, r"no system is called base@16; expected .* \(now: base@8, finetuned@8\)"),
        ({"also": ["gpt"]}, "no system is called gpt"),
        ({"dense_weight": 1.1}, r"'evaluate\.hybrid\.dense_weight' is 1\.1"),
        ({"dense_weight": -0.1}, r"'evaluate\.hybrid\.dense_weight'"),
        ({"dense_weight": float("nan")}, r"'evaluate\.hybrid\.dense_weight'"),
        ({"fusion": "rrf"}, r"'evaluate\.hybrid\.fusion' is 'rrf': input should be 'score' or 'rank'"),
        ({"alpha": 0.5}, r"unknown key 'evaluate\.hybrid\.alpha'"),
    ],
)
def test_a_hybrid_that_is_none_is_refused(test_set: Path, hybrid: dict[str, Any], said: str) -> None:
    set_params(test_set / "params.yaml", evaluate={"dimensions": [8], "hybrid": hybrid})
    with pytest.raises(UserError, match=said):
        main()
    assert not METRICS.exists()


def test_more_numbers_than_the_vectors_have_are_refused(test_set: Path) -> None:
    set_params(test_set / "params.yaml", evaluate={"dimensions": [8, 33]})
    with pytest.raises(UserError, match=r"has 33, but the vectors of base have 32 numbers; take numbers up to 32"):
        main()
    assert not METRICS.exists()


@pytest.mark.parametrize("dimensions", [[0], [-1], [8.0], 8])
def test_dimensions_are_numbers_of_numbers(test_set: Path, dimensions: Any) -> None:
    set_params(test_set / "params.yaml", evaluate={"dimensions": dimensions})
    with pytest.raises(UserError, match=r"evaluate\.dimensions"):
        main()


@pytest.mark.parametrize(
    "names",
    [
        ["a", "a"],
        ["base"],
        ["bm25"],
        ["finetuned"],
        ["base@8"],
        ["finetuned@64"],
        ["hybrid"],
        ["hybrid@8"],
        ["hybrid_x"],
    ],
)
def test_names_of_other_systems_are_refused(test_set: Path, names: list[str]) -> None:
    others = [{"provider": "local", "name": name, "revision": None, "max_tokens": None} for name in names]
    set_params(test_set / "params.yaml", evaluate={"others": others})
    with pytest.raises(UserError, match="expected names that differ"):
        main()


@pytest.mark.slow
def test_a_base_model_that_wants_prompts_gets_them(test_set: Path, tiny_model: Path, capsys: Any) -> None:
    main()
    without = read_metrics()["systems"]["base"]
    shutil.copytree(tiny_model, "bge-small-en-v1.5")  # a family whose prompt is on its page, not in its config
    set_params(test_set / "params.yaml", base_model={"name": "bge-small-en-v1.5"})
    capsys.readouterr()
    main()
    said = capsys.readouterr().out.splitlines()
    for system in ("base", "finetuned"):
        assert any(line.startswith(f'{system}: query prompt "Represent this sentence') for line in said)
    assert read_metrics()["systems"]["base"] != without
    assert read_metrics()["systems"]["base"] == read_metrics()["systems"]["finetuned"]


def test_two_runs_write_the_same_bytes(test_set: Path) -> None:
    main()
    written = (METRICS, PER_QUESTION, HIT_RATE_CURVE, NDCG_CURVE, WEIGHT_CURVE, HISTOGRAM)
    first = {path: path.read_bytes() for path in written}
    main()
    assert {path: path.read_bytes() for path in first} == first


def test_k_beyond_the_corpus_is_no_trouble(test_set: Path) -> None:
    set_params(test_set / "params.yaml", evaluate={"k": [1, 5, 100]})
    main()
    assert json.loads(METRICS.read_text())["systems"]["base"]["hit_rate@100"] == 1.0


@pytest.mark.parametrize("ks", [[5, 1], [1, 1, 5], [0, 5], [5, 101], [1, 10]])
def test_k_out_of_order_or_range_is_refused(test_set: Path, ks: list[int]) -> None:
    set_params(test_set / "params.yaml", evaluate={"k": ks})
    with pytest.raises(UserError, match="ascending numbers from 1 to 100, 5 among them"):
        main()


def test_model_that_is_not_there_names_the_command(test_set: Path) -> None:
    shutil.rmtree(MODEL)
    with pytest.raises(UserError, match="`dvc repro finetune` makes it"):
        main()


def test_vectors_that_are_not_finite_are_an_error(test_set: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    weights = next(MODEL.rglob("model.safetensors"))
    save_file(
        {name: torch.full_like(t, torch.nan) for name, t in load_file(weights).items()}, weights, {"format": "pt"}
    )
    with pytest.raises(UserError, match="not finite"):
        main()
