"""The texts of a batch are read as the model encodes them, each once, in the order of the plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers.sentence_transformer.modules import Pooling

from attune.models.load import load_folder
from attune.training.data.batches import Batch, plan_batches
from attune.training.data.fixed_chunks import FixedChunks
from attune.training.loop.loader import Collator
from attune.training.loop.loss import ContrastiveLoss
from attune.training.loop.trainer import train
from attune.training.prepare import encode as encode_set
from tests.support.training import examples, knobs


@pytest.mark.parametrize("include_prompt", [True, False])
@pytest.mark.parametrize("prompts", [{}, {"query": "ask: ", "passage": "told: "}, {"other": "either: "}])
def test_texts_are_read_as_the_model_encodes_them(
    tiny_model: Path, prompts: dict[str, str], include_prompt: bool
) -> None:
    model = load_folder(tiny_model).eval()
    model.prompts = dict(prompts)
    model.default_prompt_name = "other" if "other" in prompts else None
    pooling = model[1]
    assert isinstance(pooling, Pooling)
    pooling.include_prompt = include_prompt
    model.max_seq_length = 12
    data = examples()
    batch = Batch(("What is blue?", "a colour has pump 0?"), ("c00", "c07", "c03"))
    inputs = Collator(model, data)([batch])
    for kind, texts, encode in (
        ("question", list(batch.questions), model.encode_query),
        ("passage", [data.passages[chunk] for chunk in batch.chunks], model.encode_document),
    ):
        part = {key.removeprefix(f"{kind}_"): value for key, value in inputs.items() if key.startswith(f"{kind}_")}
        with torch.inference_mode():
            vectors = model(part)["sentence_embedding"]
        torch.testing.assert_close(vectors, encode(texts, convert_to_tensor=True))
    assert (inputs["question_task"], inputs["passage_task"]) == ("query", "document")  # for models with two encoders
    assert inputs["label"]["relevant"].tolist() == [[True, True, False], [True, False, False]]


def test_chunks_with_vectors_are_never_encoded_in_a_step(tiny_model: Path) -> None:
    model, data = load_folder(tiny_model), examples()
    fixed = FixedChunks.of(encode_set(model, data, 4, all_chunks=True))
    assert set(fixed.ids) == set(data.passages) and fixed.vectors.shape == (13, 32)
    read: list[str] = []
    rows: list[int] = []
    preprocess, forward = model.preprocess, model.forward

    def reads(texts: list[str], *arguments: Any, **named: Any) -> Any:
        read.extend(texts)
        return preprocess(texts, *arguments, **named)

    def runs(features: dict[str, Any], **named: Any) -> Any:
        rows.append(len(features["input_ids"]))
        return forward(features, **named)

    model.preprocess, model.forward = reads, runs  # type: ignore[assignment, method-assign]
    train(model, data, knobs(epochs=2), fixed=fixed)
    assert sorted(read) == sorted([*data.relevant] * 2) and sum(rows) == len(read) == 54


def test_each_chunk_is_encoded_once(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    forward = ContrastiveLoss.forward

    def watch(self: Any, features: Any, labels: Any) -> Any:
        seen.append((len(features[0]["input_ids"]), len(features[1]["input_ids"])))
        return forward(self, features, labels)

    monkeypatch.setattr(ContrastiveLoss, "forward", watch)
    given: list[Batch] = []
    collate = Collator.__call__

    def note(self: Collator, batches: Any) -> Any:
        given.extend(batches)
        return collate(self, batches)

    monkeypatch.setattr(Collator, "__call__", note)
    train(load_folder(tiny_model), examples(), knobs(epochs=2))
    assert given == [batch for epoch in plan_batches(examples(), 2, 5, None, seed=7) for batch in epoch]
    assert [sum(part) for part in zip(*seen[:3], strict=True)] == [27, 13]
    assert [sum(part) for part in zip(*seen[3:], strict=True)] == [27, 13]
