"""The prompts that a model expects in front of questions and of passages.

Many models are trained with a fixed text in front and find less without it, so a comparison that leaves the prompts of
the base model out flatters the fine-tuned one. sentence-transformers reads prompts from a model's config; several
families publish theirs on the model's page only, and those are in a table here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from attune.core.errors import UserError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PASSAGE_KEYS = ("document", "passage", "corpus")  # in the order in which `encode_document` looks for them


@dataclass(frozen=True)
class Prompts:
    """What stands in front of a question and of a passage; empty where nothing does."""

    query: str = ""
    passage: str = ""


_SENTENCE = Prompts(query="Represent this sentence for searching relevant passages: ")
_QUERY_PASSAGE = Prompts(query="query: ", passage="passage: ")
_SEARCH = Prompts(query="search_query: ", passage="search_document: ")

# Name of a model without its organisation, as a pattern -> its prompts, from the model's page on the hub. Whole names
# only: what somebody made of such a model may have been trained without its prompts. Ollama, which adds no prompts
# either, has shorter names for some.
KNOWN = {
    r"bge-(small|base|large)-en(-v1\.5)?": _SENTENCE,
    r"bge-(small|base|large)-zh(-v1\.5)?": Prompts(query="为这个句子生成表示以用于检索相关文章："),
    r"bge-m3": Prompts(),
    r"(multilingual-)?e5-(small|base|large)": _QUERY_PASSAGE,
    r"e5-(small|base|large)-(v2|unsupervised)": _QUERY_PASSAGE,
    r"multilingual-e5-large-instruct": Prompts(
        query="Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: "
    ),
    r"gte-(small|base|large)(-zh)?": Prompts(),
    r"gte-(base|large)-en-v1\.5|gte-multilingual-base|gte-modernbert-base": Prompts(),
    r"nomic-embed-text(-v1(\.5)?)?|nomic-embed-text-v2-moe|modernbert-embed-base": _SEARCH,
    r"snowflake-arctic-embed(-(xs|s|m|m-long|m-v1\.5|l))?": _SENTENCE,
    r"snowflake-arctic-embed-(m|l)-v2\.0|snowflake-arctic-embed2": Prompts(query="query: "),
    r"mxbai-embed-(2d-)?large-v1|mxbai-embed-large": _SENTENCE,
    r"jina-embedding-(s|b|l)-en-v1|jina-embeddings-v2-(small|base)-\w+": Prompts(),
}


def known_prompts(name: str) -> Prompts | None:
    """Return the prompts of a well-known model, or None for any other.

    Args:
        name: a name on the hub, one of Ollama with or without a tag (`nomic-embed-text:v1.5`), or a folder that is
            named like the model. (Where the weights in a folder came from cannot be learnt from its files:
            transformers drops that name when it saves a model.)
    """
    short = Path(name).name.partition(":")[0]
    return next((known for pattern, known in KNOWN.items() if re.fullmatch(pattern, short, re.IGNORECASE)), None)


def server_prompts(name: str) -> tuple[Prompts, str]:
    """Return the prompts of a model of which nothing but the name is at hand, and a line for people about them."""
    known = known_prompts(name)
    if known is None:
        return Prompts(), "no prompts (the table of known models does not have it)"
    return known, _describe(known, "from the table of known models")


def used_prompts(model: SentenceTransformer) -> Prompts:
    """Return what `encode_query` and `encode_document` put in front of a text."""
    passage = next((model.prompts[key] for key in PASSAGE_KEYS if key in model.prompts), None)
    return Prompts(model.prompts.get("query") or "", passage or "")


def set_prompts(model: SentenceTransformer, name: str) -> str:
    """Give a model without prompts of its own those that it is known to expect; they are saved with it.

    Prompts in the model's config stay as they are. But a passage prompt that stands there as `passage` or `corpus` is
    put to use: sentence-transformers adds an empty `document` to every model, finds that first, and drops the other.

    Args:
        model: a model, which is changed in place.
        name: the model's name, see `known_prompts`.

    Returns:
        A line for people: which prompts are used, and where they are from.

    Raises:
        UserError: a prompt in the model's config is no text.
    """
    for key, prompt in model.prompts.items():
        if not isinstance(prompt, str):
            raise UserError(
                f"{name}: its prompt '{key}' is {prompt!r}; expected text; mend its config_sentence_transformers.json"
            )
    own = {key: prompt for key, prompt in model.prompts.items() if prompt}
    if own.keys() & {"query", *PASSAGE_KEYS}:
        model.prompts["document"] = next((own[key] for key in PASSAGE_KEYS if key in own), "")
        return _describe(used_prompts(model), "from the model's config")
    known = known_prompts(name)
    if known is not None:
        model.prompts |= {"query": known.query, "document": known.passage}
        return _describe(known, "from the table of known models")
    return f"no prompts (the model's config has some for other uses: {', '.join(own)})" if own else "no prompts"


def _describe(prompts: Prompts, source: str) -> str:
    # as JSON, so that a line break in a prompt does not break the line
    said = [
        f"{kind} prompt {json.dumps(text, ensure_ascii=False)}" if text else f"no {kind} prompt"
        for kind, text in (("query", prompts.query), ("passage", prompts.passage))
    ]
    return f"{', '.join(said)} ({source})"
