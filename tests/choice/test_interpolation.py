"""Weights between two models, and which of them is taken: never one that does not beat the base model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sentence_transformers import SentenceTransformer

from attune.choice.interpolation import LUCK, choose, choose_unseen, interpolate, snapshot
from attune.models.load import load_folder
from attune.search.measures import Values

WEIGHTS = (0, 0.25, 0.5, 0.75, 1)


@pytest.mark.parametrize(
    ("dtype", "error"),
    # half of the last bit: nothing is lost before the end
    [(torch.float64, 1e-15), (torch.float32, 2e-7), (torch.float16, 2.0**-11 * 1.01), (torch.bfloat16, 2.0**-8 * 1.01)],
)
def test_weights_lie_between_and_keep_their_precision(dtype: torch.dtype, error: float) -> None:
    torch.manual_seed(0)
    base, finetuned = ({"w": (1 + torch.rand(999)).to(dtype), "positions": torch.arange(n, n + 3)} for n in (0, 7))
    found = interpolate(base, finetuned, 0.3)
    assert found["w"].dtype == dtype
    between = 0.7 * base["w"].double() + 0.3 * finetuned["w"].double()
    torch.testing.assert_close(found["w"].double(), between, atol=0, rtol=error)
    assert found["positions"].tolist() == [0, 1, 2]


def test_ends_are_the_very_bits() -> None:
    base = {"w": torch.tensor([1.0, -0.0, torch.nan, 3e-8])}
    finetuned = {"w": torch.tensor([torch.nan, 1.0, 2.0, -0.0])}
    for weight, end in ((0, base), (1, finetuned)):
        found = interpolate(base, finetuned, weight)
        assert found["w"].numpy().tobytes() == end["w"].numpy().tobytes()
        assert found["w"].data_ptr() != end["w"].data_ptr()


@pytest.mark.parametrize("finetuned", [{"w": torch.zeros(2)}, {"v": torch.zeros(3)}, {}])
def test_other_architectures_are_refused(finetuned: dict[str, torch.Tensor]) -> None:
    with pytest.raises(ValueError, match=r"different models: .*w"):
        interpolate({"w": torch.zeros(3)}, finetuned, 0.5)


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> SentenceTransformer:
    return load_folder(tiny_model)


class Scripted:
    """A model whose weights say how far it is from the base, and dev values that follow from that."""

    def __init__(self, model: SentenceTransformer, values: dict[float, list[float]]) -> None:
        self._values = values
        self.seen: list[float] = []
        self.model = model
        with torch.no_grad():
            self._weights.zero_()
        self.base = snapshot(model)
        with torch.no_grad():
            self._weights.fill_(1.0)

    @property
    def _weights(self) -> torch.Tensor:
        return next(self.model.parameters())

    def now(self) -> float:
        assert len(set(self._weights.flatten().tolist())) == 1
        return self._weights[0, 0].item()

    def measure(self, model: SentenceTransformer) -> Values:
        self.seen.append(self.now())
        return np.array(self._values[self.now()])


def clearly(values: Values, others: Values) -> bool:
    return bool(values.mean() - others.mean() > 0.015)


def luck(values: Mapping[float, Values]) -> dict[float, float]:
    """The same rule, for all ways beside the base model."""
    return {weight: 0.0 if clearly(found, values[0.0]) else 1.0 for weight, found in values.items() if weight}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("means", "chosen"),
    [
        ((0.50, 0.51, 0.51, 0.51, 0.51), 0),  # nothing beats the base by more than noise
        ((0.50, 0.40, 0.30, 0.20, 0.10), 0),
        ((0.50, 0.52, 0.54, 0.56, 0.60), 1),
        ((0.50, 0.52, 0.60, 0.56, 0.52), 0.5),
        ((0.50, 0.59, 0.60, 0.60, 0.60), 0.5),  # the smallest of the best
        ((0.50, 0.51, 0.505, 0.52, 0.52), 0.75),  # what is within noise of the base does not count
        ((0.50, 0.53, 0.54, 0.55, 0.56), 1),
    ],
)
def test_the_best_weight_that_beats_the_base_model(
    model: SentenceTransformer, means: tuple[float, ...], chosen: float
) -> None:
    scripted = Scripted(model, {weight: [mean, mean] for weight, mean in zip(WEIGHTS, means, strict=True)})
    choice = choose(model, scripted.base, WEIGHTS, scripted.measure, luck)
    assert choice.weight == scripted.now() == chosen
    assert scripted.seen == sorted(WEIGHTS)
    assert {weight: values.mean() for weight, values in choice.values.items()} == pytest.approx(
        dict(zip(WEIGHTS, means, strict=True))
    )


@pytest.mark.slow
def test_what_does_harm_is_not_chosen_however_good(model: SentenceTransformer) -> None:
    scripted = Scripted(model, {0: [0.5], 0.25: [0.55], 0.5: [0.6], 0.75: [0.7], 1: [0.8]})
    asked: list[float] = []

    def harmless(model: Any) -> bool:
        asked.append(scripted.now())
        return scripted.now() <= 0.5

    choice = choose(model, scripted.base, WEIGHTS, scripted.measure, luck, harmless)
    assert choice.weight == scripted.now() == 0.5
    assert asked == [0.25, 0.5, 0.75, 1]


def test_where_every_way_does_harm_the_base_model_is_the_result(model: SentenceTransformer) -> None:
    scripted = Scripted(model, {0: [0.5], 0.25: [0.55], 0.5: [0.6], 0.75: [0.7], 1: [0.8]})
    choice = choose(model, scripted.base, WEIGHTS, scripted.measure, luck, lambda model: False)
    assert choice.weight == scripted.now() == 0


@pytest.mark.parametrize(("most", "chosen"), [(1, 1), (0.5, 0.5), (0.4, 0.25), (0, 0)])
def test_without_dev_questions_the_longest_harmless_way_is_taken(
    model: SentenceTransformer, most: float, chosen: float
) -> None:
    scripted = Scripted(model, {})
    choice = choose_unseen(model, scripted.base, WEIGHTS, lambda model: scripted.now() <= most)
    assert choice.weight == scripted.now() == chosen and not choice.values and not choice.luck


@pytest.mark.parametrize("weights", [(0.5,), (0, 0.5, 0.25)])
def test_without_any_condition_no_way_is_longer_than_asked_for(
    model: SentenceTransformer, weights: tuple[float, ...]
) -> None:
    scripted = Scripted(model, {})
    assert choose_unseen(model, scripted.base, weights).weight == scripted.now() == 0.5


def test_what_is_known_is_not_measured_again(model: SentenceTransformer) -> None:
    scripted = Scripted(model, {0: [0.9], 0.5: [0.1], 1: [0.2]})
    choice = choose(model, scripted.base, (1, 0.5), scripted.measure, luck, known={0.0: np.array([0.15])})
    assert scripted.seen == [0.5, 1] and choice.weight == 1 and choice.values[0].tolist() == [0.15]


def test_base_is_measured_even_if_nobody_asks(model: SentenceTransformer) -> None:
    scripted = Scripted(model, {0: [0.9], 0.5: [0.1], 1: [0.2]})
    assert choose(model, scripted.base, (1, 0.5), scripted.measure, luck).weight == 0
    assert scripted.seen == [0, 0.5, 1]


@given(st.lists(st.floats(0, 1), min_size=5, max_size=5), st.floats(0, 0.5))
def test_what_is_chosen_beats_the_base_or_is_the_base(means: list[float], noise: float) -> None:
    values = {weight: np.array([mean]) for weight, mean in zip(WEIGHTS, means, strict=True)}
    linear: Any = torch.nn.Linear(1, 1, bias=False)
    linear.weight.data[:] = 0
    base = snapshot(linear)
    linear.weight.data[:] = 1

    def measure(model: Any) -> Values:
        return values[model.weight.item()]

    def lucky(values: Mapping[float, Values]) -> dict[float, float]:
        return {weight: 0.0 if found[0] - values[0.0][0] > noise else LUCK for weight, found in values.items()}

    choice = choose(linear, base, WEIGHTS, measure, lucky)
    got = values[choice.weight][0]
    assert choice.weight == 0 or got - means[0] > noise
    assert choice.weight != 0 or max(means) - means[0] <= noise
    assert choice.weight == 0 or got == max(means)


def test_unhelpful_training_gives_back_the_file_of_the_base_model(tiny_model: Path, tmp_path: Path) -> None:
    model = load_folder(tiny_model)
    base = snapshot(model)
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(0.1)
    choose(model, base, WEIGHTS, lambda model: np.zeros(3), luck)
    model.save_pretrained(str(tmp_path), create_model_card=False)
    assert (tmp_path / "model.safetensors").read_bytes() == (tiny_model / "model.safetensors").read_bytes()
