"""Weights between the base and the fine-tuned model: most of what was learned, for little of what is forgotten.

WiSE-FT (Wortsman et al. 2022, arXiv 2109.01903, equation 1) does so for image classifiers, LM-Cocktail (Xiao et al.
2023, arXiv 2311.13534) for embedding models. How far to go is chosen on dev questions; where no way is better than the
base model by more than luck, the base model is the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from attune.search.measures import Values

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

State = dict[str, Tensor]
DevMeasure = Callable[["SentenceTransformer"], Values]  # one value for each dev question, in the same order every time
Harmless = Callable[["SentenceTransformer"], bool]
Lucky = Callable[[Mapping[float, Values]], Mapping[float, float]]  # the chance that equal ways gain as much, by weight

LUCK = 0.1  # a way is taken for better than the base model where equal ones look so in less than a tenth of cases


@dataclass(frozen=True)
class Choice:
    """How far from the base model (0) to the fine-tuned one (1) to go, and why.

    Attributes:
        weight: how far.
        values: what each way gave on the dev questions; empty where there are none.
        luck: the chance that it gives as much if it is no better than the base model, for each way but the base.
    """

    weight: float
    values: Mapping[float, Values] = field(default_factory=dict)
    luck: Mapping[float, float] = field(default_factory=dict)


def snapshot(model: SentenceTransformer) -> State:
    """Return a copy of a model's weights that training it on does not change."""
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def interpolate(base: Mapping[str, Tensor], finetuned: Mapping[str, Tensor], weight: float) -> State:
    """Return (1 - weight) * base + weight * finetuned, computed in float32 and stored in the precision of the base.

    Args:
        base: weights by name.
        finetuned: weights of the same names and shapes.
        weight: 0 gives the very bits of `base`, 1 those of `finetuned`.

    Returns:
        New tensors. What holds no fractions, such as a table of positions, is taken from the base.

    Raises:
        ValueError: the two are not of the same architecture; adapters have to be merged into the model first.
    """
    shapes, others = ({name: tensor.shape for name, tensor in state.items()} for state in (base, finetuned))
    if shapes != others:
        odd = sorted(name for name in shapes.keys() | others.keys() if shapes.get(name) != others.get(name))
        raise ValueError(f"weights of different models: {', '.join(odd[:3])} and {len(odd[3:])} more differ in shape")
    return {name: _between(tensor, finetuned[name], weight) for name, tensor in base.items()}


def choose(
    model: SentenceTransformer,
    base: State,
    weights: Sequence[float],
    measure: DevMeasure,
    lucky: Lucky,
    harmless: Harmless | None = None,
    known: Mapping[float, Values] | None = None,
) -> Choice:
    """Choose a weight on the dev questions and leave the model with the weights that belong to it.

    Among the weights that beat the base model, the one with the highest mean is taken, the smallest of equal ones. If
    none beats the base model, the weight is 0 and the model has the base model's own bits.

    Args:
        model: the fine-tuned model.
        base: the `snapshot` of the base model.
        weights: the candidates; 0 is always among them.
        measure: the dev values of a model, higher is better.
        lucky: the chance that all ways are equal to the base model and one of them still looks as good; below `LUCK`,
            it beats the base model.
        harmless: what a model must pass beside that; None lets all pass.
        known: dev values of weights that need not be measured any more.
    """
    finetuned = snapshot(model)
    values: dict[float, Values] = {}
    for weight in sorted({0.0, *weights}):
        if known and weight in known:
            values[weight] = known[weight]
        else:
            model.load_state_dict(interpolate(base, finetuned, weight))
            values[weight] = measure(model)
    luck = lucky(values)
    passed = [weight for weight in values if weight > 0 and luck[weight] < LUCK]
    better = [weight for weight in passed if _is_harmless(model, base, finetuned, weight, harmless)]
    best = max(better, key=lambda weight: float(values[weight].mean()), default=0.0)
    model.load_state_dict(interpolate(base, finetuned, best))
    return Choice(best, values, luck)


def choose_unseen(
    model: SentenceTransformer, base: State, weights: Sequence[float], harmless: Harmless | None = None
) -> Choice:
    """Choose the largest weight that is harmless, where there are no dev questions to choose by; 0 if none is.

    Leaves the model with the weights that belong to it. Arguments are those of `choose`.
    """
    finetuned = snapshot(model)
    ways = sorted({weight for weight in weights if weight > 0}, reverse=True)
    chosen = next((weight for weight in ways if _is_harmless(model, base, finetuned, weight, harmless)), 0.0)
    model.load_state_dict(interpolate(base, finetuned, chosen))
    return Choice(chosen)


def _is_harmless(
    model: SentenceTransformer, base: State, finetuned: State, weight: float, harmless: Harmless | None
) -> bool:
    if harmless is None:
        return True
    model.load_state_dict(interpolate(base, finetuned, weight))
    return harmless(model)


def _between(base: Tensor, finetuned: Tensor, weight: float) -> Tensor:
    if weight == 0 or not base.is_floating_point():
        return base.clone()
    if weight == 1:
        return finetuned.to(base.dtype, copy=True)
    wide = torch.promote_types(base.dtype, torch.float32)
    return ((1 - weight) * base.to(wide) + weight * finetuned.to(wide)).to(base.dtype)
