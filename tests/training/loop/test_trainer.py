"""Training end to end with a tiny model: the same bytes again, and every knob has an effect."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import TrainerCallback

from attune.models.load import load_folder
from attune.training.loop import trainer
from attune.training.loop.trainer import train
from tests.support.models import make_model
from tests.support.training import examples, knobs, saved


def test_two_runs_write_the_same_bytes_and_learn(tiny_model: Path, tmp_path: Path) -> None:
    models = [load_folder(tiny_model), load_folder(tiny_model)]
    before = saved(models[0], tmp_path)
    losses = [train(model, examples(), knobs(epochs=5)) for model in models]
    assert losses[0] == losses[1]
    assert [step for step, _ in losses[0]] == list(range(1, 16))
    assert sum(loss for _, loss in losses[0][-3:]) < 0.6 * sum(loss for _, loss in losses[0][:3])
    first, second = (saved(model, tmp_path) for model in models)
    assert first == second != before
    assert models[0].max_seq_length == 128  # the window of training is not the window of use
    train(models[0], examples(), knobs(epochs=1, dropout=False))
    assert {module.p for module in models[0].modules() if isinstance(module, torch.nn.Dropout)} == {0.1}


@pytest.fixture(scope="module")
def usual(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The weights that the settings of `knobs` give in one epoch."""
    model = load_folder(tiny_model)
    train(model, examples(), knobs(epochs=1))
    return saved(model, tmp_path_factory.mktemp("usual"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [{"seed": 8}, {"temperature": 0.06}, {"symmetric": True}, {"questions_per_chunk": 1}, {"max_tokens": 8},
     {"weight_decay": 0.5}, {"warmup_fraction": 0.5}, {"gradient_accumulation": 2}, {"bf16": True}, {"mini_batch": 2},
     {"dropout": False}],
)  # fmt: skip
def test_every_setting_has_an_effect(tiny_model: Path, usual: bytes, tmp_path: Path, changes: dict[str, Any]) -> None:
    model = load_folder(tiny_model)
    assert all(math.isfinite(loss) for _, loss in train(model, examples(), knobs(epochs=1, **changes)))
    assert {weights.dtype for weights in model.parameters()} == {torch.float32}
    assert saved(model, tmp_path) != usual


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fraction", "sixths"), [(0.0, [6, 5, 4, 3, 2, 1]), (0.5, [0, 2, 4, 6, 4, 2]), (1.0, [0, 1, 2, 3, 4, 5])]
)
def test_learning_rate_rises_and_falls(tiny_model: Path, fraction: float, sixths: list[int]) -> None:
    rates: list[float] = []

    class Watch(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
            rates.extend([logs["learning_rate"]] if "loss" in logs else [])

    train(load_folder(tiny_model), examples(), knobs(epochs=2, warmup_fraction=fraction), [Watch()])
    assert rates == pytest.approx([3e-3 * sixth / 6 for sixth in sixths])


@pytest.mark.slow
def test_accumulated_step_is_the_mean_of_its_batches(tiny_model: Path) -> None:
    still = knobs(epochs=1, learning_rate=1e-9, dropout=False)
    one = train(load_folder(tiny_model), examples(), still)
    two = train(
        load_folder(tiny_model), examples(), knobs(epochs=1, learning_rate=1e-9, dropout=False, gradient_accumulation=2)
    )
    assert len(one) == 3 and len(two) == 2
    assert two[0][1] == pytest.approx((one[0][1] + one[1][1]) / 2, rel=1e-5)
    assert two[1][1] == pytest.approx(one[2][1], rel=1e-5)


@pytest.mark.slow
def test_cached_training_is_plain_training(tiny_model: Path) -> None:
    losses = train(load_folder(tiny_model), examples(), knobs(symmetric=True, dropout=False))
    again = train(load_folder(tiny_model), examples(), knobs(symmetric=True, dropout=False, mini_batch=2))
    assert [loss for _, loss in again] == pytest.approx([loss for _, loss in losses], rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("dropout", [True, False])
def test_seed_decides_the_dropout(tiny_model: Path, tmp_path: Path, dropout: bool) -> None:
    trained = []
    for seed in (1, 2):
        model = load_folder(tiny_model)
        one_batch = knobs(epochs=1, batch_size=20, warmup_fraction=0.0, seed=seed, dropout=dropout)
        train(model, examples(), one_batch)
        trained.append(saved(model, tmp_path))
    assert (trained[0] != trained[1]) == dropout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("bert", {}),
        ("t5", {"dropout_rate": 0.3}),
        ("modernbert", {"attention_dropout": 0.5}),
        ("qwen3", {"attention_dropout": 0.5}),
        ("gemma3_text", {"attention_dropout": 0.5}),
    ],
)
@pytest.mark.parametrize("mini_batch", [None, 2])
def test_dropout_of_every_make_obeys_the_knob(
    tmp_path: Path, kind: str, config: dict[str, Any], mini_batch: int | None
) -> None:
    folder = make_model(tmp_path / "base", kind, **config)
    weights: dict[bool, list[bytes]] = {True: [], False: []}
    for dropout, seed in ((True, 1), (True, 2), (False, 1), (False, 2)):
        model = load_folder(folder)
        torch.manual_seed(seed)
        # one batch that holds all: the seed decides nothing but the dropout
        one_batch = knobs(
            epochs=1, batch_size=20, warmup_fraction=0.0, seed=seed, dropout=dropout, mini_batch=mini_batch
        )
        train(model, examples(), one_batch)
        weights[dropout].append(saved(model, tmp_path / "saved"))
    assert weights[True][0] != weights[True][1]
    assert weights[False][0] == weights[False][1]


@pytest.mark.slow
def test_a_model_without_a_window_has_none_after_training_either(tmp_path: Path) -> None:
    """Static embeddings say infinity, and refuse to be told otherwise."""
    model = load_folder(make_model(tmp_path, "static"))
    with trainer._in_training(model, knobs(max_tokens=64)):
        assert model.max_seq_length == float("inf")
    assert model.max_seq_length == float("inf")
