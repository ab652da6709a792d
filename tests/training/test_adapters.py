"""Frozen embeddings and adapters: what is trained, and that the model has its own form again afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from attune.choice.interpolation import interpolate, snapshot
from attune.core.errors import UserError
from attune.models.load import load_folder
from attune.training.adapters import add_adapters, freeze_embeddings
from attune.training.loop.checkpoints import SaveCheckpoints
from attune.training.loop.trainer import train
from tests.support.training import Stop, examples, knobs, saved


def changed(before: dict[str, torch.Tensor], model: SentenceTransformer) -> set[str]:
    after = model.state_dict()
    assert before.keys() == after.keys()
    return {name for name, tensor in before.items() if not torch.equal(tensor, after[name])}


@pytest.mark.slow
def test_frozen_embeddings_stay_and_all_else_is_trained(tiny_model: Path) -> None:
    model = load_folder(tiny_model)
    before = snapshot(model)
    freeze_embeddings(model)
    train(model, examples(), knobs(epochs=1))
    words = {name for name in before if "word_embeddings" in name}
    assert len(words) == 1 and changed(before, model).isdisjoint(words)
    assert len(changed(before, model)) > 10


@pytest.mark.slow
def test_adapters_are_merged_into_the_weights(tiny_model: Path, tmp_path: Path) -> None:
    model = load_folder(tiny_model)
    before, said = snapshot(model), model.encode(["What colour has pump 0?"], convert_to_tensor=True)
    merge = add_adapters(model, 4)
    torch.testing.assert_close(model.encode(["What colour has pump 0?"], convert_to_tensor=True), said)
    trained = sum(weights.numel() for weights in model.parameters() if weights.requires_grad)
    assert 0 < trained < 0.2 * sum(tensor.numel() for tensor in before.values())
    losses = train(model, examples(), knobs(epochs=8, learning_rate=1e-2))
    assert losses[-1][1] < 0.8 * losses[0][1]
    inside = model.encode(["What colour has pump 0?"], convert_to_tensor=True)
    merge()
    torch.testing.assert_close(model.encode(["What colour has pump 0?"], convert_to_tensor=True), inside)
    layers = changed(before, model)
    assert layers and all(before[name].ndim == 2 and "embeddings" not in name for name in layers)
    interpolate(before, snapshot(model), 0.5)
    saved(model, tmp_path)
    torch.testing.assert_close(
        load_folder(tmp_path).encode(["What colour has pump 0?"], convert_to_tensor=True), inside
    )


@pytest.mark.slow
def test_interrupted_training_of_adapters_goes_on_to_the_same_bytes(tiny_model: Path, tmp_path: Path) -> None:
    results = []
    for folder in (None, tmp_path / "kept"):
        if folder is not None:
            torch.manual_seed(3)
            stopped = load_folder(tiny_model)
            add_adapters(stopped, 4)
            with pytest.raises(KeyboardInterrupt):
                train(stopped, examples(), knobs(), [Stop(4)], SaveCheckpoints(folder))
        torch.manual_seed(3)
        model = load_folder(tiny_model)
        merge = add_adapters(model, 4)
        train(model, examples(), knobs(), [], SaveCheckpoints(folder) if folder else None)
        merge()
        results.append(saved(model, tmp_path / "saved"))
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("knob", "use"),
    [("freeze_embeddings", freeze_embeddings), ("lora_rank", lambda model: add_adapters(model, 4))],
)
def test_a_model_without_layers_is_refused(knob: str, use: Any) -> None:
    words = SentenceTransformer(
        modules=[StaticEmbedding(Tokenizer(WordLevel({"a": 0}, unk_token="a")), embedding_dim=4)]
    )
    with pytest.raises(UserError, match=rf"finetune\.{knob} is set, but .* StaticEmbedding"):
        use(words)
