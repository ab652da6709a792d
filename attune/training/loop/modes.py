"""How a model reads while it trains: its window, its dropout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from sentence_transformers import SentenceTransformer


@contextmanager
def _window(model: SentenceTransformer, tokens: int | None) -> Iterator[None]:
    """Let the model read at most so many tokens in the block."""
    window = model.max_seq_length
    if tokens is not None and window is not None:
        model.max_seq_length = min(tokens, window)
    try:
        yield
    finally:
        model.max_seq_length = window


@contextmanager
def _dropout(model: SentenceTransformer, keep: bool) -> Iterator[None]:
    """Let dropout layers pass everything in the block, unless they are to be kept."""
    layers = {} if keep else {module: module.p for module in model.modules() if isinstance(module, torch.nn.Dropout)}
    for layer in layers:
        layer.p = 0.0
    try:
        yield
    finally:
        for layer, dropped in layers.items():
            layer.p = dropped
