"""Training is in float32 whatever the file holds: all weights move, and the model has the file's precision after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Normalize
from transformers import TrainerCallback

from attune.choice.interpolation import State, snapshot
from attune.models.load import load_folder
from attune.training.adapters import add_adapters
from attune.training.loop.precision import AttentionInFloat32, as_stored, narrow, precision_of, widen
from attune.training.loop.trainer import train
from tests.support.models import make_model
from tests.support.training import examples, knobs, saved

pytestmark = pytest.mark.slow  # many small models are made and run

HALF = [torch.float16, torch.bfloat16]
TEXTS = ["a pump", "The valve of a pump is made of brass."]
FEW = knobs(epochs=2, learning_rate=1e-4, weight_decay=0.0)  # small steps, as they are usual


def moved(before: State, model: SentenceTransformer) -> float:
    """The share of weights that are not as before, of the matrices that vectors hang on, without the words."""
    counts = torch.zeros(2)
    for name, tensor in model.state_dict().items():
        if tensor.ndim == 2 and "embeddings" not in name and "pooler" not in name:
            counts += torch.tensor([(tensor.float() != before[name].float()).sum(), tensor.numel()])
    return float(counts[0] / counts[1])


@pytest.mark.parametrize("dtype", HALF)
def test_as_many_weights_move_as_in_float32(tmp_path: Path, dtype: torch.dtype) -> None:
    folder = make_model(tmp_path, "bert", dtype=dtype)
    model, rounded = load_folder(folder), load_folder(folder)
    before = snapshot(model)
    stored = precision_of(model)
    widen(model)
    assert {weights.dtype for weights in model.parameters()} == {torch.float32}
    losses = train(model, examples(), FEW)
    assert moved(before, model) > 0.99
    narrow(model, stored)
    assert precision_of(model) == stored
    without = train(rounded, examples(), FEW)  # as the library loads it
    assert dtype != torch.bfloat16 or (moved(before, rounded) < 0.9 and len(without) == len(losses))


@pytest.mark.parametrize("dtype", HALF)
def test_the_same_weights_train_alike_in_any_file(tmp_path: Path, dtype: torch.dtype) -> None:
    losses = []
    for name, stored in (("half", dtype), ("full", torch.float32)):
        model = load_folder(make_model(tmp_path / name, "bert", dtype=dtype)).to(stored)
        widen(model)
        losses.append([loss for _, loss in train(model, examples(), knobs(dropout=False))])
    assert losses[0] == losses[1]


@pytest.mark.parametrize("dtype", [torch.float32, *HALF])
def test_what_is_measured_in_training_is_what_would_be_saved(tmp_path: Path, dtype: torch.dtype) -> None:
    model = load_folder(make_model(tmp_path, "bert", dtype=dtype, after=(Normalize(),)))
    stored = precision_of(model)
    widen(model)
    train(model, examples(), knobs(epochs=1))
    before = snapshot(model)
    with as_stored(model, stored):
        measured = model.encode(TEXTS, convert_to_tensor=True)
        assert precision_of(model) == stored
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name]) and tensor.dtype == before[name].dtype, name
    narrow(model, stored)
    assert torch.equal(model.encode(TEXTS, convert_to_tensor=True), measured)


def test_it_is_put_back_after_a_failure(tmp_path: Path) -> None:
    model = load_folder(make_model(tmp_path, "bert", dtype=torch.bfloat16))
    stored = precision_of(model)
    widen(model)
    with pytest.raises(KeyboardInterrupt), as_stored(model, stored):
        raise KeyboardInterrupt
    assert {weights.dtype for weights in model.parameters()} == {torch.float32}


def test_tables_of_numbers_and_rotary_positions_keep_their_precision(tmp_path: Path) -> None:
    for kind in ("bert", "qwen3"):
        model = load_folder(make_model(tmp_path / kind, kind, dtype=torch.bfloat16))
        stored, said = precision_of(model), model.encode(TEXTS, convert_to_tensor=True)
        assert set(stored.values()) > {torch.bfloat16}
        widen(model)
        narrow(model, stored)
        assert precision_of(model) == stored
        assert torch.equal(model.encode(TEXTS, convert_to_tensor=True), said)


def test_adapters_are_trained_in_float32_and_merged_into_the_files_precision(tmp_path: Path) -> None:
    model = load_folder(make_model(tmp_path, "bert", dtype=torch.bfloat16))
    stored, before = precision_of(model), snapshot(model)
    widen(model)
    merge = add_adapters(model, 4)
    with as_stored(model, stored):  # no file has adapters: they are measured as they are
        assert {weights.dtype for weights in model.parameters()} == {torch.float32}
    train(model, examples(), knobs(epochs=4, learning_rate=1e-2))
    merge()
    narrow(model, stored)
    assert precision_of(model) == stored and moved(before, model) > 0.5


def test_attention_alone_is_in_float32_where_products_are_in_bfloat16() -> None:
    vectors = torch.randn(1, 2, 5, 4, requires_grad=True)
    mask = torch.ones(1, 1, 5, 5, dtype=torch.bool)
    attention = torch.nn.functional.scaled_dot_product_attention
    with torch.autocast("cpu", torch.bfloat16):
        half = torch.nn.functional.linear(vectors, torch.eye(4))
        assert attention(half, half, half).dtype == torch.bfloat16
        with AttentionInFloat32():
            wide = attention(half, half, value=half, attn_mask=mask)
            assert torch.nn.functional.linear(vectors, torch.eye(4)).dtype == torch.bfloat16
    assert wide.dtype == torch.float32
    assert torch.equal(wide, attention(half.float(), half.float(), half.float(), attn_mask=mask))
    wide.sum().backward()  # type: ignore[no-untyped-call]
    assert vectors.grad is not None and torch.isfinite(vectors.grad).all()


def test_training_in_bfloat16_ends_near_that_in_float32(tmp_path: Path) -> None:
    folder = make_model(tmp_path, "bert")
    losses = []
    for bf16 in (False, True):
        model = load_folder(folder)
        losses.append([step.loss for step in train(model, examples(), knobs(epochs=3, bf16=bf16))])
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=0.05)


def test_bfloat16_is_for_training_alone(tiny_model: Path, tmp_path: Path) -> None:
    model, seen = load_folder(tiny_model), []

    class Measure(TrainerCallback):
        """What dev questions would be asked with is what the file would hold."""

        def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            with as_stored(model, precision_of(model)):
                seen.append(model.eval().encode(TEXTS, convert_to_tensor=True))
            saved(model, tmp_path)
            assert torch.equal(load_folder(tmp_path).encode(TEXTS, convert_to_tensor=True), seen[-1])

    losses = train(model, examples(), knobs(epochs=2, bf16=True), [Measure()])
    assert losses != train(load_folder(tiny_model), examples(), knobs(epochs=2))
    assert len(seen) == 2 and torch.equal(model.eval().encode(TEXTS, convert_to_tensor=True), seen[-1])
