"""Classifier-free guidance: each next token is chosen by how much more likely it is with the passage than without it.

Sanchez et al. 2023 (arXiv 2306.17806, equation 7); Shi et al. 2023 (arXiv 2305.14739). Here the prompts with and
without their passages are one batch: the weights are read once for both, and prompts that are the same without their
passage are read once for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad
from transformers import Cache, DynamicCache, LogitsProcessor, LogitsProcessorList
from transformers.cache_utils import DynamicLayer

Tokens = Mapping[str, Tensor]  # input_ids and attention_mask, both texts x tokens, padded on the left


class Guidance(LogitsProcessor):
    """Chooses the same token for both halves of a batch, which differ in that the second has no passages."""

    def __init__(self, scale: float) -> None:
        self._scale = scale

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Return the guided log-probabilities, texts x vocabulary, twice; what is forbidden stays forbidden."""
        given, without = scores.log_softmax(dim=-1).chunk(2)
        guided = torch.where(given.isneginf(), given, without + self._scale * (given - without))
        return torch.cat([guided, guided])


class RoomyLayer(DynamicLayer):
    """A layer of a cache with room for all that will be written: one that grows is copied whole for every token.

    Args:
        keys: of what was read, of shape texts x heads x tokens x numbers, with room for more tokens at the end.
        values: likewise.
        length: how many tokens were read.
    """

    def __init__(self, keys: Tensor, values: Tensor, length: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._room = keys, values
        self.dtype, self.device, self.is_initialized = keys.dtype, keys.device, True
        self._show(length)

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Put the keys and values of further tokens behind those that are there, and return all of them."""
        start, end = self._length, self._length + key_states.shape[-2]
        for room, states in zip(self._room, (key_states, value_states), strict=True):
            room[..., start:end, :] = states
        return self._show(end)

    def _show(self, length: int) -> tuple[Tensor, Tensor]:
        self._length = length
        self.keys, self.values = (room[..., :length, :] for room in self._room)
        return self.keys, self.values


def guided(model: Any, prompts: Tokens, blanks: Tokens, rows: Sequence[int], scale: float, room: int) -> dict[str, Any]:
    """Return what `model.generate` takes to write under guidance: the first texts of its result are the replies.

    Args:
        model: a causal language model.
        prompts: those with passages.
        blanks: the different prompts without.
        rows: which of the blanks belongs to each prompt.
        scale: 1 is no guidance, more weighs the passage more.
        room: how many tokens will be written at most.
    """
    if not all(type(layer) is DynamicLayer for layer in DynamicCache(config=model.config).layers):
        # some models' caches drop what is far back; transformers' own guidance, in two batches, can do with that
        named = {f"negative_prompt_{name.removeprefix('input_')}": value[rows] for name, value in blanks.items()}
        return {**prompts, **named, "guidance_scale": scale}
    given, without = _read(model, prompts), _read(model, blanks)
    longest = max(prompts["input_ids"].shape[1], blanks["input_ids"].shape[1])

    def joined(one: Tensor, other: Tensor, length: int, room: int = 0) -> Tensor:
        """Put the prompts above the blanks that belong to them."""
        return torch.cat([_filled(one, length, room), _filled(other[rows], length, room)])

    read = longest - 1  # the last token is still to come
    layers = [
        RoomyLayer(joined(a.keys, b.keys, read, room), joined(a.values, b.values, read, room), read)
        for a, b in zip(given.layers, without.layers, strict=True)
    ]
    return {
        **{name: joined(prompts[name], blanks[name], longest) for name in ("input_ids", "attention_mask")},
        "past_key_values": Cache(layers=[*layers]),
        "logits_processor": LogitsProcessorList([Guidance(scale)]),
    }


def _read(model: Any, texts: Tokens) -> Any:
    """Return the model's cache of all tokens but the last."""
    seen = texts["attention_mask"][:, :-1]
    positions = (seen.cumsum(dim=-1) - 1).clamp(min=0)  # as `generate` counts them
    read = model.base_model(
        input_ids=texts["input_ids"][:, :-1], attention_mask=seen, position_ids=positions, use_cache=True
    )
    return read.past_key_values


def _filled(texts: Tensor, length: int, room: int) -> Tensor:
    """Fill texts up to `length` on the left, and by `room` on the right, with zeros.

    They are texts x tokens or texts x heads x tokens x numbers.
    """
    after = (0, 0) if texts.dim() == 4 else ()
    return pad(texts, (*after, length - texts.shape[-2 if after else -1], room))
