"""Embedding models: from a package that is installed with this project, a folder, or the Hugging Face hub.

Only safetensors weights are loaded, and never code that a model brings along.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attune.core.errors import missing
from attune.core.params import BaseModelParams
from attune.models.bert import BertTokenizer, read_tokenizer
from attune.models.layout import read_layout
from attune.models.locate import LOAD_ERRORS, cannot_load, locate
from attune.models.positions import usable_positions
from attune.models.window import longest_window

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerBase


def load_embedder(base: BaseModelParams) -> SentenceTransformer:
    """Load the base model with its window set to `base.max_tokens`, where that is given, or as near as it comes.

    A longer window than it was made for is not its own: `lengthen_window` gives it one, and training the use of it.
    Its weights have the precision of its file.

    Raises:
        UserError: the model is not there, cannot be loaded, or its window is smaller than asked for and stays so.
    """
    model = _load(base.name, base.revision)
    if base.max_tokens is not None:
        model.max_seq_length = min(base.max_tokens, longest_window(base, load_tokenizer(base)) or base.max_tokens)
    elif model.config is not None and (positions := usable_positions(model.config)) is not None:
        # what some models say of their window is the size of a table that serves fewer tokens
        model.max_seq_length = min(model.max_seq_length or positions, positions)
    return model


def load_folder(folder: Path) -> SentenceTransformer:
    """Load a model that a stage saved.

    Raises:
        UserError: there is no model in the folder.
    """
    if not folder.is_dir():
        raise missing(folder, "finetune")
    return _load(str(folder), None)


def load_tokenizer(base: BaseModelParams) -> PreTrainedTokenizerBase | BertTokenizer:
    """Load the tokenizer of the base model.

    Raises:
        UserError: the model is not there.
    """
    layout = read_layout(locate(base.name, base.revision))
    if not layout.static and (plain := read_tokenizer(layout.first)) is not None:
        return plain
    from transformers import AutoTokenizer, PreTrainedTokenizerBase, PreTrainedTokenizerFast

    try:
        if layout.static:
            file = str(layout.first / "tokenizer.json")
            return PreTrainedTokenizerFast(tokenizer_file=file)  # type: ignore[no-untyped-call]
        tokenizer = AutoTokenizer.from_pretrained(layout.first)
    except LOAD_ERRORS as error:
        raise cannot_load(base.name, error) from None
    assert isinstance(tokenizer, PreTrainedTokenizerBase)
    return tokenizer


def _load(name: str, revision: str | None) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # weights load in a moment; a bar for it is noise
    source = locate(name, revision)
    read_layout(source)  # refuses what sentence-transformers would guess at
    try:
        return SentenceTransformer(str(source), model_kwargs={"use_safetensors": True})
    except LOAD_ERRORS as error:
        raise cannot_load(name, error) from None
