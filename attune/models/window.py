"""The window of a model: how many tokens of a text it reads, and how to make it read more.

Models of BERT's family have a learned vector for each position in a text, of 512 as a rule, and ignore what comes
after. Further positions begin as repetitions of the first ones ("recurrent positions" of Zhu et al. 2024, LongEmbed,
arXiv 2404.12096, section 4 and figure 4), which changes nothing for texts that fit as it is; training does the rest.
The result is an ordinary model with a larger table.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from attune.core.errors import UserError
from attune.core.params import BaseModelParams
from attune.models.locate import LOAD_ERRORS, cannot_load, locate, transformer_folder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import nn
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

# The types of transformers whose embeddings are BERT's: `max_position_embeddings` positions beside buffers of as many.
# (Nyströmformer's table is longer than it says, FNet's vectors hang on the padding, X-MOD has to be told a language.)
BERT_FAMILY = (
    *("albert", "bert", "big_bird", "camembert", "convbert", "data2vec-text", "electra", "ernie"),
    *("roberta", "roberta-prelayernorm", "roc_bert", "xlm-roberta", "xlm-roberta-xl"),
)
NO_LIMIT = 10**6  # tokens; tokenizers without a limit of their own report a huge number
# sentence-transformers once named its file of settings after the type of the model, and still looks for all of them
SETTINGS_OF = ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")


def window(base: BaseModelParams, tokenizer: PreTrainedTokenizerBase) -> int:
    """Return how many tokens of a text are read, special tokens included, at least by the fine-tuned model.

    The files of the model say it. Neither its weights nor sentence-transformers are loaded, which takes seconds and
    hundreds of MiB; only torch is, because transformers imports it for every tokenizer.

    Args:
        base: the section `base_model`.
        tokenizer: the model's tokenizer, as `load_tokenizer` returns it.

    Raises:
        UserError: the model is not there, or its window is smaller than asked for and stays so.
    """
    if base.max_tokens is not None:
        longest_window(base, tokenizer)
        return base.max_tokens
    config, settings = _read(base)
    # the rules of `Transformer.__init__` in sentence-transformers
    for_tokenizer = settings.get("tokenizer_args", settings.get("processor_kwargs")) or {}
    if tokens := for_tokenizer.get("model_max_length", settings.get("max_seq_length")):
        return int(tokens)
    limit = getattr(config, "max_position_embeddings", None)
    return int(tokenizer.model_max_length if limit in (None, -1) else min(limit, tokenizer.model_max_length))


def longest_window(base: BaseModelParams, tokenizer: PreTrainedTokenizerBase) -> int | None:
    """Return how many tokens the model reads before it is taught to read more, where its files say so.

    Raises:
        UserError: the model is not there, or `base.max_tokens` are more and it cannot be taught.
    """
    config, _ = _read(base)
    # the tokenizer inside a loaded model would not do: it already has the window that the model ships with
    limits = [getattr(config, "max_position_embeddings", None), tokenizer.model_max_length]
    longest = min((limit for limit in limits if isinstance(limit, int) and 0 < limit < NO_LIMIT), default=None)
    if longest and (base.max_tokens or 0) > longest and config.model_type not in BERT_FAMILY:
        raise UserError(
            f"base_model.max_tokens is {base.max_tokens}, but {base.name} reads at most {longest} tokens, and cannot "
            f"be taught to read more; set it to {longest} or less"
        )
    return longest


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


def find_positions(model: nn.Module) -> tuple[PreTrainedModel, nn.Module, nn.Embedding] | None:
    """Return the transformer, its part that knows of positions, and the table in there; None where it has no such."""
    from torch import nn
    from transformers import PreTrainedModel

    for transformer in model.modules():
        if not isinstance(transformer, PreTrainedModel):
            continue
        for part in transformer.modules():
            table, buffers = getattr(part, "position_embeddings", None), dict(part.named_buffers(recurse=False))
            if isinstance(table, nn.Embedding) and {"position_ids", "token_type_ids"} <= buffers.keys():
                return transformer, part, table
    return None


def _read(base: BaseModelParams) -> tuple[PreTrainedConfig, dict[str, Any]]:
    """Return what transformers and sentence-transformers keep in the files of a model about it."""
    from transformers import AutoConfig

    folder = transformer_folder(locate(base.name, base.revision))
    try:
        config = AutoConfig.from_pretrained(folder)
        files = (folder / f"sentence_{kind}_config.json" for kind in SETTINGS_OF)
        found = next((file for file in files if file.exists()), None)
        return config, json.loads(found.read_text(encoding="utf-8")) if found else {}
    except LOAD_ERRORS as error:
        raise cannot_load(base.name, error) from None
