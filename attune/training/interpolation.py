"""Weights between the base and the fine-tuned model: most of what was learned, for little of what is forgotten.

WiSE-FT (Wortsman et al. 2022, arXiv 2109.01903, equation 1) does so for image classifiers, LM-Cocktail (Xiao et al.
2023, arXiv 2311.13534) for embedding models. How far to go is chosen on dev questions; where no way is better than the
base model by more than noise, the base model is the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from attune.search.measures import Values

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

State = dict[str, Tensor]
DevMeasure = Callable[["SentenceTransformer"], Values]  # one value for each dev question, in the same order every time
Harmless = Callable[["SentenceTransformer"], bool]
Beats = Callable[[Values, Values], bool]  # whether the first system is better than the second by more than noise


@dataclass(frozen=True)
class Choice:
    """How far from the base model (0) to the fine-tuned one (1) to go, and what each way gave on the dev questions."""

    weight: float
    values: dict[float, Values]


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
    beats: Beats,
    harmless: Harmless | None = None,
    known: Mapping[float, Values] | None = None,
) -> Choice:
    """Choose a weight on the dev questions and leave the model with the weights that belong to it.

    Among the weights that beat the base model, the one with the highest mean is the best; of those that it does not
    beat, the smallest is taken, since less change is less harm where no dev question looks. If none beats the base
    model, the weight is 0 and the model has the base model's own bits.

    Args:
        model: the fine-tuned model.
        base: the `snapshot` of the base model.
        weights: the candidates; 0 is always among them.
        measure: the dev values of a model, higher is better.
        beats: the criterion of noise, such as a paired test over clusters of questions.
        harmless: what a model must pass beside that; None lets all pass.
        known: dev values of weights that need not be measured any more.
    """
    finetuned = snapshot(model)
    values: dict[float, Values] = {}
    better: list[float] = []
    for weight in sorted({0.0, *weights}):
        model.load_state_dict(interpolate(base, finetuned, weight))
        values[weight] = known[weight] if known and weight in known else measure(model)
        if weight > 0 and beats(values[weight], values[0.0]) and (harmless is None or harmless(model)):
            better.append(weight)
    best = max(better, key=lambda weight: float(values[weight].mean()), default=0.0)
    chosen = next((weight for weight in better if not beats(values[best], values[weight])), best)
    model.load_state_dict(interpolate(base, finetuned, chosen))
    return Choice(chosen, values)


def _between(base: Tensor, finetuned: Tensor, weight: float) -> Tensor:
    if weight == 0 or not base.is_floating_point():
        return base.clone()
    if weight == 1:
        return finetuned.to(base.dtype, copy=True)
    wide = torch.promote_types(base.dtype, torch.float32)
    return ((1 - weight) * base.to(wide) + weight * finetuned.to(wide)).to(base.dtype)
