"""The fingerprint of a model: models with the same one make the same vectors of the same texts.

Vectors of the base and of the fine-tuned model have the same width, so that an index of the one answers questions in
vectors of the other without an error, and finds the wrong things. The fingerprint beside an index shows it.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import torch

from attune.models.prompts import used_prompts
from attune.models.window import copy_tokenizer, window_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def fingerprint(model: SentenceTransformer) -> str:
    """Return 16 hexadecimal digits of all that a vector hangs on: weights, modules, tokenizer, prompts and window.

    Versions of libraries and the way in which the model is saved have no part in it.
    """
    prompts = used_prompts(model)
    modules: list[Any] = list(model.children())
    kinds = [type(module).__name__ for module in modules]
    settings = [module.get_config_dict() for module in modules[1:]]  # the first one is its weights and its tokenizer
    facts = [kinds, settings, prompts.query, prompts.passage, window_of(model), model.similarity_fn_name]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode())
    digest.update(_tokenizer(model).encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:16]


def _tokenizer(model: SentenceTransformer) -> str:
    """Return what makes tokens of a text, but not how a batch of texts was last cut and padded."""
    tokenizer: Any = copy_tokenizer(model)
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:  # one that is written in Python: its words have to do
        return json.dumps(sorted(tokenizer.get_vocab().items()))
    backend.no_truncation()
    backend.no_padding()
    text: str = backend.to_str()
    return text
