"""The window of a model: how many tokens of a text it reads, as its files say it and as it is loaded."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from attune.core.errors import UserError
from attune.core.params import BaseModelParams
from attune.models.bert import BertConfig, BertTokenizer, read_config
from attune.models.layout import read_layout
from attune.models.locate import LOAD_ERRORS, cannot_load, locate
from attune.models.positions import BERT_FAMILY, usable_positions

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedConfig, PreTrainedTokenizerBase

NO_LIMIT = 10**6  # tokens; tokenizers without a limit of their own report a huge number
# sentence-transformers once named its file of settings after the type of the model, and still looks for all of them
SETTINGS_OF = ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")


def window(base: BaseModelParams, tokenizer: PreTrainedTokenizerBase | BertTokenizer) -> int | None:
    """Return how many tokens of a text are read, special tokens included, at least by the fine-tuned model.

    The files of the model say it. Neither its weights nor sentence-transformers are loaded, which takes seconds and
    hundreds of MiB, and for a BERT model not even transformers, which imports torch for every tokenizer.

    Args:
        base: the section `base_model`.
        tokenizer: the model's tokenizer, as `load_tokenizer` returns it.

    Returns:
        The number, or None for a model that reads texts whole.

    Raises:
        UserError: the model is not there, or its window is smaller than asked for and stays so.
    """
    longest = longest_window(base, tokenizer)
    if base.max_tokens is not None:
        return base.max_tokens
    if read_layout(locate(base.name, base.revision)).static:
        return longest
    config, settings = _read(base)
    # the rules of `Transformer.__init__` in sentence-transformers
    for_tokenizer = settings.get("tokenizer_args", settings.get("processor_kwargs")) or {}
    told = for_tokenizer.get("model_max_length", settings.get("max_seq_length"))
    limits = [usable_positions(config), int(told or tokenizer.model_max_length)]
    return min((limit for limit in limits if limit is not None and limit < NO_LIMIT), default=None)


def longest_window(base: BaseModelParams, tokenizer: PreTrainedTokenizerBase | BertTokenizer) -> int | None:
    """Return how many tokens the model reads before it is taught to read more, where its files say so.

    Raises:
        UserError: the model is not there, or `base.max_tokens` are more and it cannot be taught.
    """
    if read_layout(locate(base.name, base.revision)).static:
        return _static_window(base, tokenizer)
    config, _ = _read(base)
    # the tokenizer inside a loaded model would not do: it already has the window that the model ships with
    limits = [usable_positions(config), tokenizer.model_max_length]
    longest = min((limit for limit in limits if isinstance(limit, int) and 0 < limit < NO_LIMIT), default=None)
    if longest and (base.max_tokens or 0) > longest and config.model_type not in BERT_FAMILY:
        raise UserError(
            f"base_model.max_tokens is {base.max_tokens}, but {base.name} reads at most {longest} tokens, and cannot "
            f"be taught to read more; set it to {longest} or less"
        )
    return longest


def window_of(model: SentenceTransformer) -> int | None:
    """Return how many tokens of a text a loaded model reads; None for one that reads texts whole."""
    tokens = model.max_seq_length
    if tokens is None or tokens > NO_LIMIT:  # static embeddings say infinity, and obey what their tokenizer cuts
        cut = getattr(model.tokenizer, "truncation", None)
        return int(cut["max_length"]) if isinstance(cut, dict) else None
    return tokens


def copy_tokenizer(model: SentenceTransformer) -> PreTrainedTokenizerBase:
    """Return a copy of a loaded model's tokenizer, for questions about texts.

    A tokenizer keeps how it was last asked to cut and pad, and what it keeps would change what the model reads.
    """
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

    tokenizer: Any = copy.deepcopy(model.tokenizer)
    if isinstance(tokenizer, Tokenizer):
        return PreTrainedTokenizerFast(tokenizer_object=tokenizer)  # type: ignore[no-untyped-call]
    assert isinstance(tokenizer, PreTrainedTokenizerBase)
    return tokenizer


def _static_window(base: BaseModelParams, tokenizer: PreTrainedTokenizerBase | BertTokenizer) -> int | None:
    """Return where the tokenizer of static embeddings cuts a text; they have no other limit, and no knob for it."""
    cut = getattr(tokenizer, "backend_tokenizer").truncation  # noqa: B009  # only fast tokenizers have one
    if base.max_tokens is not None:
        reads = f"their tokenizer cuts texts at {cut['max_length']} tokens" if cut else "they read texts whole"
        raise UserError(
            f"base_model.max_tokens is {base.max_tokens}, but {base.name} has static embeddings: {reads}; "
            "set base_model.max_tokens to null"
        )
    return int(cut["max_length"]) if cut else None


def _read(base: BaseModelParams) -> tuple[PreTrainedConfig | BertConfig, dict[str, Any]]:
    """Return what transformers and sentence-transformers keep in the files of a model about it."""
    folder = read_layout(locate(base.name, base.revision)).first
    try:
        config: PreTrainedConfig | BertConfig | None = read_config(folder)
        if config is None:
            from transformers import AutoConfig

            config = AutoConfig.from_pretrained(folder)
        files = (folder / f"sentence_{kind}_config.json" for kind in SETTINGS_OF)
        found = next((file for file in files if file.exists()), None)
        return config, json.loads(found.read_text(encoding="utf-8")) if found else {}
    except LOAD_ERRORS as error:
        raise cannot_load(base.name, error) from None
