"""A training whose loss explodes, or is no number, stops; one that is merely bad goes on."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import pytest

from attune.core.errors import UserError
from attune.models.load import load_folder
from attune.training.loop.divergence import StopOnDivergence
from attune.training.loop.loss import ContrastiveLoss
from attune.training.loop.trainer import train
from tests.support.training import examples, knobs


@pytest.mark.slow
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_loss_that_is_no_number_stops_with_a_remedy(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, bad: float
) -> None:
    forward = ContrastiveLoss.forward
    monkeypatch.setattr(ContrastiveLoss, "forward", lambda *arguments: forward(*arguments) * bad)
    model = load_folder(tiny_model)
    with pytest.raises(UserError, match=r"the loss is (nan|inf) at step 1: .* lower finetune\.learning_rate"):
        train(model, examples(), knobs())
    assert model.max_seq_length == 128


@pytest.mark.parametrize(
    ("losses", "stops"),
    [
        ([0.3] * 20, False),
        ([0.3] * 10 + [2.7] * 10, False),  # no worse than guessing: dev will tell
        ([0.3] * 10 + [9.0] * 3 + [0.3] * 10, False),  # a few bad batches
        ([0.3] * 10 + [9.0] * 10, True),
        ([9.0] * 30, False),
        ([9.0] * 10 + [20.0] * 10, True),
    ],
)
def test_exploding_loss_stops(losses: list[float], stops: bool) -> None:
    guard, state = StopOnDivergence(chunks=16), SimpleNamespace(log_history=[], global_step=0)

    def play() -> None:
        for loss in losses:
            state.global_step += 1
            state.log_history += [{"loss": loss, "step": state.global_step}]
            guard.on_log(None, state, None, logs={"loss": loss})

    if stops:
        with pytest.raises(UserError, match="training has diverged"):
            play()
    else:
        play()
