"""Precision: training is in float32, whatever the file holds; what is measured and saved has the file's.

A step of training is a small share of a weight: bfloat16 has 8 bits for it, so that most steps are rounded away, and
float16 overflows (Micikevicius et al. 2018, arXiv 1710.03740, section 3.1: a copy of the weights in float32). Products
can be computed in bfloat16 all the same (`finetune.bf16`), but for attention on a processor.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from torch.overrides import TorchFunctionMode

if TYPE_CHECKING:
    from torch import nn

Precision = dict[str, torch.dtype]  # of each tensor of a model, by its name


def precision_of(model: nn.Module) -> Precision:
    """Return the precision of all parameters and buffers of a model."""
    return {name: tensor.dtype for name, tensor in _tensors(model)}


def widen(model: nn.Module) -> None:
    """Give a model float32 in place of what has fewer bits, for training."""
    for _, tensor in _tensors(model):
        if tensor.is_floating_point():
            tensor.data = tensor.data.to(torch.promote_types(tensor.dtype, torch.float32))


def narrow(model: nn.Module, stored: Precision) -> None:
    """Give a model the precision of its file back.

    Args:
        model: of the same tensors as when `stored` was taken; those that are not in there stay as they are.
        stored: what `precision_of` returned.
    """
    for name, tensor in _tensors(model):
        tensor.data = tensor.data.to(stored.get(name, tensor.dtype))


def without_autocast(model: nn.Module) -> dict[str, Any]:
    """Take off what accelerate puts around a model's forward for bf16 and leaves there: in use it computes in full.

    Returns:
        What was taken off, for `model.__dict__`.
    """
    names = ("forward", "_original_forward") if "_original_forward" in model.__dict__ else ()
    return {name: model.__dict__.pop(name) for name in names}


@contextmanager
def as_stored(model: nn.Module, stored: Precision) -> Iterator[None]:
    """Round a model to the precision of its file for the block alone: it is measured as it would be saved and used.

    Adapters, which no file has, keep theirs until they are merged, and so does all else as long as there are any.
    """
    kept = [(tensor, tensor.data) for _, tensor in _tensors(model)]
    if precision_of(model).keys() == stored.keys():
        narrow(model, stored)
    autocast = without_autocast(model)
    try:
        yield
    finally:
        model.__dict__.update(autocast)
        for tensor, data in kept:
            tensor.data = data


class AttentionInFloat32(TorchFunctionMode):
    """Within it attention is computed in float32, whatever autocast says.

    On processors its backward pass in bfloat16 takes some three times as long as in float32, which is more than all
    other products of a small model gain.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call a function of torch, attention without autocast."""
        if func is not scaled_dot_product_attention:
            return func(*args, **(kwargs or {}))
        wide = [_wide(value) for value in args]
        named = {name: _wide(value) for name, value in (kwargs or {}).items()}
        with torch.autocast("cpu", enabled=False):
            return func(*wide, **named)


def _wide(value: Any) -> Any:
    return value.float() if isinstance(value, Tensor) and value.is_floating_point() else value


def _tensors(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    yield from model.named_parameters()
    yield from model.named_buffers()
