"""Longer windows: teaching a model to read longer texts than it was made for.

Models of BERT's family have a learned vector for each position in a text, of 512 as a rule, and ignore what comes
after. Further positions begin as repetitions of the first ones ("recurrent positions" of Zhu et al. 2024, LongEmbed,
arXiv 2404.12096, section 4 and figure 4), which changes nothing for texts that fit as it is; training does the rest.
The result is an ordinary model with a larger table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from transformers import PreTrainedModel

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def can_stretch(model: SentenceTransformer) -> bool:
    """Tell whether a model has a table of positions that can be made longer."""
    return _find(model) is not None


def stretch(model: SentenceTransformer, tokens: int) -> None:
    """Let a model read texts of so many tokens, more than it could; texts that fitted before get the same vectors.

    Args:
        model: a model that `can_stretch`, changed in place.
        tokens: the new window.
    """
    found = _find(model)
    assert found is not None
    transformer, embeddings, table = found
    # in some models, RoBERTa for one, positions start after the number of the padding token
    before = 0 if table.padding_idx is None else table.padding_idx + 1
    first, repeated = table.weight[:before].detach(), table.weight[before:].detach()
    times = -(-tokens // len(repeated))
    rows = torch.cat([first, repeated.repeat(times, 1)[:tokens]])
    longer = nn.Embedding(len(rows), rows.shape[1], padding_idx=table.padding_idx, dtype=rows.dtype, device=rows.device)
    longer.load_state_dict({"weight": rows})
    embeddings.position_embeddings = longer
    numbers = torch.arange(len(rows), device=rows.device).expand((1, -1))
    embeddings.register_buffer("position_ids", numbers, persistent=False)
    embeddings.register_buffer("token_type_ids", torch.zeros_like(numbers), persistent=False)
    transformer.config.max_position_embeddings = len(rows)
    model.tokenizer.model_max_length = tokens
    model.max_seq_length = tokens


def _find(model: SentenceTransformer) -> tuple[PreTrainedModel, nn.Module, nn.Embedding] | None:
    """Return the transformer, its part that knows of positions, and the table in there."""
    for transformer in model.modules():
        if not isinstance(transformer, PreTrainedModel):
            continue
        for part in transformer.modules():
            table, buffers = getattr(part, "position_embeddings", None), dict(part.named_buffers(recurse=False))
            if isinstance(table, nn.Embedding) and {"position_ids", "token_type_ids"} <= buffers.keys():
                return transformer, part, table
    return None
