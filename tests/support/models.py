"""Tiny models of every family, with random weights and the words of the default model."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Router
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, StaticEmbedding, Transformer
from tokenizers import Tokenizer
from torch import nn
from transformers import CONFIG_MAPPING, AutoModel, AutoTokenizer, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from attune.models.locate import locate

WIDTH = 32
SIZES: dict[str, Any] = {
    "hidden_size": WIDTH,
    "embedding_size": WIDTH,  # of the words, in some types
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 130,
}
ROTARY = {kind: {"rope_type": "default", "rope_theta": theta} for kind, theta in (("full", 3e6), ("sliding", 2e3))}
BY_LAYER = {"num_hidden_layers": 6, "rope_parameters": {f"{kind}_attention": rope for kind, rope in ROTARY.items()}}
HEADS = {"head_dim": 16, "num_key_value_heads": 2}
OF_A_TYPE: dict[str, dict[str, Any]] = {  # types with names of their own for sizes, or with more of them
    "distilbert": {"dim": WIDTH, "n_layers": 1, "n_heads": 2, "hidden_dim": 64, "max_position_embeddings": 130},
    "gemma3_text": SIZES | HEADS | BY_LAYER | {"query_pre_attn_scalar": 16},
    "modernbert": SIZES | BY_LAYER | dict.fromkeys(("bos_token_id", "eos_token_id", "cls_token_id"), 0),
    "qwen3": SIZES | HEADS | {"rope_parameters": ROTARY["full"]},
    "t5": {"d_model": WIDTH, "d_kv": 16, "num_layers": 1, "num_heads": 2, "d_ff": 64},
    "xlnet": {"d_model": WIDTH, "n_layer": 1, "n_head": 2, "d_inner": 64},
}
FAMILIES = ("bert", "roberta", "mpnet", "distilbert", "modernbert", "t5", "qwen3", "gemma3_text")
BERTS_WORDS = ("bert", "roberta", "mpnet", "xlm-roberta")  # whose tokenizers are loaded as BERT's here


@cache
def _words() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(locate("all-MiniLM-L6-v2", None) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def tokenizer_of(kind: str, limit: int) -> PreTrainedTokenizerBase:
    """A tokenizer as models of a type have it: BERT's, or one without a name that also gives fewer inputs."""
    if kind in BERTS_WORDS:
        tokenizer = AutoTokenizer.from_pretrained(locate("all-MiniLM-L6-v2", None))
    else:
        names = {f"{name.lower()}_token": f"[{name}]" for name in ("CLS", "SEP", "PAD", "UNK", "MASK")}
        more = {"extra_special_tokens": ["<|a|>"]} if kind == "qwen3" else {}
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=_words(), **names, **more)  # type: ignore[no-untyped-call]
    tokenizer.model_max_length = limit
    assert isinstance(tokenizer, PreTrainedTokenizerBase)
    return tokenizer


def make_model(
    folder: Path,
    kind: str,
    limit: int = 128,
    dtype: torch.dtype = torch.float32,
    pooling: Any = "mean",
    after: tuple[nn.Module, ...] = (),
    similarity: Any = None,
    **config: Any,
) -> Path:
    """Save a model of a type of transformers, or one that is `static`; return its folder.

    Args:
        folder: an empty one.
        kind: the type.
        limit: tokens that its tokenizer says it reads.
        dtype: of the file.
        pooling: of the token vectors.
        after: further modules.
        similarity: of the vectors.
        config: what differs from the tiny sizes.
    """
    torch.manual_seed(0)
    if kind == "static":
        first: list[nn.Module] = [StaticEmbedding(_words(), embedding_dim=WIDTH)]
    else:
        tokenizer = tokenizer_of(kind, limit)
        sizes: dict[str, Any] = {"vocab_size": len(tokenizer), "pad_token_id": 0} | OF_A_TYPE.get(kind, SIZES)
        body = AutoModel.from_config(CONFIG_MAPPING[kind](**(sizes | config)))  # type: ignore[no-untyped-call]
        body.save_pretrained(folder / "body")
        tokenizer.save_pretrained(folder / "body")
        first = [Transformer(str(folder / "body")), Pooling(WIDTH, pooling_mode=pooling)]
    model = SentenceTransformer(modules=[*first, *after], device="cpu", similarity_fn_name=similarity)
    model.to(dtype).save_pretrained(str(folder / "model"), create_model_card=False)
    return folder / "model"


def make_router(folder: Path) -> Path:
    """Save a model that reads questions and passages with static embeddings of their own."""
    torch.manual_seed(0)
    query, document = (StaticEmbedding(_words(), embedding_dim=WIDTH) for _ in range(2))
    router = Router.for_query_document([query], [document])
    SentenceTransformer(modules=[router, Normalize()]).save_pretrained(str(folder), create_model_card=False)
    return folder
