"""The table of positions of a model: how many tokens it serves, and how it grows.

Models of BERT's family have a learned vector for each position in a text, of 512 as a rule, and ignore what comes
after. Further positions begin as repetitions of the first ones ("recurrent positions" of Zhu et al. 2024, LongEmbed,
arXiv 2404.12096, section 4 and figure 4), which changes nothing for texts that fit as it is; training does the rest.
The result is an ordinary model with a larger table.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from attune.models.bert import BertConfig
from attune.models.locate import LOAD_ERRORS

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import nn
    from transformers import PreTrainedConfig, PreTrainedModel

# The types of transformers whose embeddings are BERT's: `max_position_embeddings` positions beside buffers of as many.
# (Nyströmformer's table is longer than it says, FNet's vectors hang on the padding, X-MOD has to be told a language.)
BERT_FAMILY = (
    *("albert", "bert", "big_bird", "camembert", "convbert", "data2vec-text", "electra", "ernie"),
    *("roberta", "roberta-prelayernorm", "roc_bert", "xlm-roberta", "xlm-roberta-xl"),
)
# of these it is known that the first token has the first position, so no model has to be made to see it
FROM_ZERO = ("albert", "bert", "distilbert", "electra")


def usable_positions(config: PreTrainedConfig | BertConfig) -> int | None:
    """Return how many tokens a model has positions for; None where its config tells no limit.

    In some models, RoBERTa for one, positions start after the number of the padding token, so that 514 rows serve 512
    tokens. That is in no config: a model without weights is made of it, and its table looked at.
    """
    limit = getattr(config, "max_position_embeddings", None)
    if not isinstance(limit, int) or limit <= 0:  # XLNet says -1
        return None
    if config.model_type in FROM_ZERO:
        return limit
    import torch
    from transformers import AutoModel

    try:
        with torch.device("meta"):
            model = AutoModel.from_config(copy.deepcopy(config))  # type: ignore[no-untyped-call]
    except LOAD_ERRORS:  # types that cannot be made without weights; none is known whose positions start later
        return limit
    tables = [table for part in model.modules() if (table := _table(part)) is not None]
    return min([limit, *(table.num_embeddings - first_position(table) for table in tables)])


def first_position(table: nn.Embedding) -> int:
    """Return the row of a text's first token."""
    return 0 if table.padding_idx is None else table.padding_idx + 1


def lengthen_window(model: SentenceTransformer, tokens: int) -> None:
    """Let a model read texts of N tokens, more than it could; texts that fitted before get the same vectors.

    Args:
        model: a model of `BERT_FAMILY`, changed in place.
        tokens: N, the new window.
    """
    import torch
    from torch import nn

    found = find_positions(model)
    assert found is not None
    transformer, embeddings, table = found
    before = first_position(table)
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


def find_positions(model: nn.Module) -> tuple[PreTrainedModel, nn.Module, nn.Embedding] | None:
    """Return the transformer, its part that knows of positions, and the table in there; None where it has no such."""
    from transformers import PreTrainedModel

    for transformer in model.modules():
        if not isinstance(transformer, PreTrainedModel):
            continue
        for part in transformer.modules():
            table, buffers = _table(part), dict(part.named_buffers(recurse=False))
            if table is not None and {"position_ids", "token_type_ids"} <= buffers.keys():
                return transformer, part, table
    return None


def _table(part: nn.Module) -> nn.Embedding | None:
    from torch import nn

    table = getattr(part, "position_embeddings", None)
    return table if isinstance(table, nn.Embedding) else None
