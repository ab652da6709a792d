"""Training: the same bytes twice, no duplicate passages in a batch, clear ends."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from stages import finetune
from stages.finetune import DEV, DEV_CURVE, LOSS, METRICS, MODEL, TRAIN, FinetuneParams, main, pairs, train
from stages.lib.beir import Chunk, Question, write_corpus, write_qrels, write_queries
from stages.lib.dev import DevSet
from stages.lib.errors import UserError
from stages.lib.files import read_csv
from stages.lib.models import load_folder
from tests.conftest import set_params


def params(**changes: Any) -> FinetuneParams:
    values: dict[str, Any] = {
        "epochs": 2, "batch_size": 4, "learning_rate": 1e-3, "warmup_fraction": 0.1, "weight_decay": 0.0,
        "temperature": 0.05, "max_tokens": None, "dev_chunks": 100, "seed": 42,
    }  # fmt: skip
    return FinetuneParams(**(values | changes))


def write_project(project: Path, tiny_model: Path, count: int = 12, **knobs: Any) -> None:
    subjects = "pump fan oven lamp door lock wheel mirror bottle carpet engine candle".split()
    chunks = [
        Chunk(f"c{i}", "", f"The {subjects[i % 12]} number {i} is blue.", {"document": "a"}) for i in range(count)
    ]
    questions = [
        Question(f"q{i}{v}", f"{v} colour has {subjects[i % 12]} {i}?", {"chunks": [f"c{i}"]})
        for i in range(count)
        for v in ("What", "Which")
    ]
    write_corpus(finetune.CORPUS, chunks)
    write_queries(finetune.QUERIES, questions)
    write_qrels(TRAIN, [(q.id, q.metadata["chunks"][0]) for q in questions[:-4]])
    write_qrels(DEV, [(q.id, q.metadata["chunks"][0]) for q in questions[-4:]])
    set_params(
        project / "params.yaml",
        base_model={"name": str(tiny_model), "max_tokens": 64},
        finetune={"batch_size": 4, "max_tokens": 32, "learning_rate": 1e-3, **knobs},
        runtime={"threads": 1},
    )


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_two_runs_write_the_same_bytes(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model)
    main()
    first, results = tree(MODEL), tree(Path("results"))
    main()
    assert tree(MODEL) == first
    assert tree(Path("results")) == results
    assert {path.name for path in MODEL.rglob("*")} >= {"model.safetensors", "modules.json", "README.md"}
    assert not [name for name in first if name.endswith((".bin", ".pt", ".pkl", ".pickle"))]


def test_training_learns_and_the_saved_model_is_the_trained_one(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model, epochs=8)
    main()
    losses = [float(loss) for _, loss in read_csv(LOSS, ("step", "loss"))]
    assert sum(losses[-3:]) < 0.8 * sum(losses[:3])
    steps = [int(step) for step, _ in read_csv(LOSS, ("step", "loss"))]
    assert steps == list(range(1, len(steps) + 1))
    assert load_folder(MODEL).max_seq_length == 64  # the window of training is not the window of use
    base, tuned = load_folder(tiny_model), load_folder(MODEL)
    assert not torch.equal(base.encode(["x"], convert_to_tensor=True), tuned.encode(["x"], convert_to_tensor=True))


def test_dev_questions_are_measured_before_training_and_after_each_epoch(project: Path, tiny_model: Path) -> None:
    import json

    write_project(project, tiny_model, epochs=3)
    main()
    rows = list(read_csv(DEV_CURVE, ("epoch", "hit_rate@5", "ndcg@10")))
    assert [row[0] for row in rows] == ["0", "1", "2", "3"]
    metrics = json.loads(METRICS.read_text())
    assert metrics["train_pairs"] == 20 and metrics["dev_questions"] == 4
    assert metrics["dev"]["after"]["ndcg@10"] == float(rows[-1][2])


def test_without_dev_questions_training_goes_on(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model)
    write_qrels(DEV, [])
    main()
    assert list(read_csv(DEV_CURVE, ("epoch", "hit_rate@5", "ndcg@10"))) == []
    assert MODEL.is_dir()


def test_no_passage_stands_twice_in_a_batch(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    batches: list[list[tuple[int, ...]]] = []
    forward = MultipleNegativesRankingLoss.forward

    def watch(self: Any, features: Any, labels: Any) -> Any:
        batches.append([tuple(row.tolist()) for row in features[1]["input_ids"]])
        return forward(self, features, labels)

    monkeypatch.setattr(MultipleNegativesRankingLoss, "forward", watch)
    examples = [(f"{word} {i}?", f"passage {i}") for i in range(6) for word in ("what", "which", "who")]
    train(load_folder(tiny_model), examples, params(), lambda model: {})
    assert len(batches) >= 8
    assert all(len(set(batch)) == len(batch) for batch in batches)


def test_diverging_loss_stops_with_a_remedy(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    forward = MultipleNegativesRankingLoss.forward
    monkeypatch.setattr(MultipleNegativesRankingLoss, "forward", lambda *a, **k: forward(*a, **k) * math.nan)
    examples = [(f"question {i}?", f"passage {i}") for i in range(8)]
    with pytest.raises(UserError, match=r"the loss is nan at step 1: .* lower finetune\.learning_rate"):
        train(load_folder(tiny_model), examples, params(), lambda model: {})


def test_fewer_than_two_questions_are_too_few() -> None:
    with pytest.raises(UserError, match="too few to train on"):
        pairs([Chunk("c", "", "text", {})], {"q": "What?"}, {"q": ["c"]})


def test_qrels_of_another_run_are_named() -> None:
    with pytest.raises(UserError, match="run `dvc repro`"):
        pairs([Chunk("c", "", "text", {})], {"q": "What?"}, {"q": ["gone"]})


def test_dev_set_keeps_the_relevant_chunks_and_a_sample_that_never_changes() -> None:
    chunks = [Chunk(f"{i:03d}", "", "text", {}) for i in range(100)]
    dev = DevSet.choose(chunks, {"q": "What?"}, {"q": ["099", "098"]}, most=10)
    assert len(dev.chunks) == 10
    assert {"099", "098"} <= {chunk.id for chunk in dev.chunks}
    assert dev == DevSet.choose(chunks[::-1], {"q": "What?"}, {"q": ["099", "098"]}, most=10)


def test_card_holds_no_text_of_the_documents_and_no_date(project: Path, tiny_model: Path) -> None:
    write_project(project, tiny_model)
    main()
    card = (MODEL / "README.md").read_text()
    assert "pump" not in card and "colour" not in card
    assert "base_model" not in card or str(tiny_model) in card
    import re

    assert not re.search(r"20\d\d", card.replace(str(tiny_model), ""))
