"""Embedding models: from a package that is installed with this project, a folder, or the Hugging Face hub.

Only safetensors weights are loaded, and never code that a model brings along.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attune.core.errors import UserError, missing
from attune.core.params import BaseModelParams
from attune.models.locate import LOAD_ERRORS, cannot_load, locate

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerBase


def load_embedder(base: BaseModelParams, stretched: bool = False) -> SentenceTransformer:
    """Load the base model with its window set to `base.max_tokens`, where that is given.

    Args:
        base: the section `base_model`.
        stretched: where the window asked for is longer than the model's own, make it longer (see `stretch`); else the
            model reads as much as it can.

    Raises:
        UserError: the model is not there, cannot be loaded, or its window is smaller than asked for and stays so.
    """
    model = _load(base.name, base.revision)
    if base.max_tokens is None:
        return model
    from attune.models.window import can_stretch, stretch

    longest = _longest_window(model, load_tokenizer(base))
    if longest is None or base.max_tokens <= longest:
        model.max_seq_length = base.max_tokens
    elif not can_stretch(model):
        raise UserError(
            f"base_model.max_tokens is {base.max_tokens}, but {base.name} reads at most {longest} tokens, and cannot "
            f"be taught to read more; set it to {longest} or less"
        )
    elif stretched:
        stretch(model, base.max_tokens)
    else:
        model.max_seq_length = longest
    return model


def load_folder(folder: Path) -> SentenceTransformer:
    """Load a model that a stage saved.

    Raises:
        UserError: there is no model in the folder.
    """
    if not folder.is_dir():
        raise missing(folder, "finetune")
    return _load(str(folder), None)


def load_tokenizer(base: BaseModelParams) -> PreTrainedTokenizerBase:
    """Load the tokenizer of the base model.

    Raises:
        UserError: the model is not there.
    """
    from transformers import AutoTokenizer, PreTrainedTokenizerBase

    source = locate(base.name, base.revision)
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
    except LOAD_ERRORS as error:
        raise cannot_load(base.name, error) from None
    assert isinstance(tokenizer, PreTrainedTokenizerBase)
    return tokenizer


def window(base: BaseModelParams) -> int:
    """Return how many tokens of a text are read, special tokens included, at least by the fine-tuned model."""
    tokens = load_embedder(base, stretched=True).max_seq_length
    if tokens is None:
        raise UserError(f"{base.name} does not say how many tokens it reads; set base_model.max_tokens in params.yaml")
    return int(tokens)


def _load(name: str, revision: str | None) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # weights load in a moment; a bar for it is noise
    source = locate(name, revision)
    if not (source / "modules.json").exists():
        raise UserError(f"{source} is not a sentence-transformers model: it holds no modules.json")
    try:
        return SentenceTransformer(str(source), model_kwargs={"use_safetensors": True})
    except LOAD_ERRORS as error:
        raise cannot_load(name, error) from None


def _longest_window(model: SentenceTransformer, tokenizer: PreTrainedTokenizerBase) -> int | None:
    """Return how many tokens the model could read, where it says so.

    Asks a tokenizer of its own: the one inside `model` already has the window that the model ships with.
    """
    limits = [getattr(getattr(model[0], "config", None), "max_position_embeddings", None), tokenizer.model_max_length]
    # tokenizers without a limit of their own report a huge number
    return min((limit for limit in limits if isinstance(limit, int) and 0 < limit < 10**6), default=None)
