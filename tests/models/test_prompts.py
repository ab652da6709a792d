"""Each model gets the prompts that it expects: its own first, else those that its makers publish."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import SentenceTransformer

from attune.core.errors import UserError
from attune.models.load import load_folder
from attune.models.prompts import Prompts, known_prompts, set_prompts, used_prompts

BGE = "Represent this sentence for searching relevant passages: "
BGE_ZH = "为这个句子生成表示以用于检索相关文章："
INSTRUCT = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: "
PUBLISHED = {
    "BAAI/bge-small-en-v1.5": (BGE, ""),
    "BAAI/bge-large-en": (BGE, ""),
    "BAAI/bge-base-zh-v1.5": (BGE_ZH, ""),
    "BAAI/bge-large-zh": (BGE_ZH, ""),
    "BAAI/bge-m3": ("", ""),
    "intfloat/e5-base": ("query: ", "passage: "),
    "intfloat/e5-small-v2": ("query: ", "passage: "),
    "intfloat/e5-large-unsupervised": ("query: ", "passage: "),
    "intfloat/multilingual-e5-small": ("query: ", "passage: "),
    "intfloat/multilingual-e5-large": ("query: ", "passage: "),
    "intfloat/multilingual-e5-large-instruct": (INSTRUCT, ""),
    "thenlper/gte-small": ("", ""),
    "thenlper/gte-large-zh": ("", ""),
    "Alibaba-NLP/gte-base-en-v1.5": ("", ""),
    "Alibaba-NLP/gte-multilingual-base": ("", ""),
    "Alibaba-NLP/gte-modernbert-base": ("", ""),
    "nomic-ai/nomic-embed-text-v1": ("search_query: ", "search_document: "),
    "nomic-ai/nomic-embed-text-v1.5": ("search_query: ", "search_document: "),
    "nomic-ai/nomic-embed-text-v2-moe": ("search_query: ", "search_document: "),
    "nomic-ai/modernbert-embed-base": ("search_query: ", "search_document: "),
    "Snowflake/snowflake-arctic-embed-xs": (BGE, ""),
    "Snowflake/snowflake-arctic-embed-m": (BGE, ""),
    "Snowflake/snowflake-arctic-embed-m-long": (BGE, ""),
    "Snowflake/snowflake-arctic-embed-m-v1.5": (BGE, ""),
    "Snowflake/snowflake-arctic-embed-l": (BGE, ""),
    "Snowflake/snowflake-arctic-embed-m-v2.0": ("query: ", ""),
    "Snowflake/snowflake-arctic-embed-l-v2.0": ("query: ", ""),
    "mixedbread-ai/mxbai-embed-large-v1": (BGE, ""),
    "mixedbread-ai/mxbai-embed-2d-large-v1": (BGE, ""),
    "jinaai/jina-embedding-s-en-v1": ("", ""),
    "jinaai/jina-embeddings-v2-base-de": ("", ""),
    # Ollama's names
    "nomic-embed-text": ("search_query: ", "search_document: "),
    "nomic-embed-text:v1.5": ("search_query: ", "search_document: "),
    "mxbai-embed-large:latest": (BGE, ""),
    "snowflake-arctic-embed:33m": (BGE, ""),
    "snowflake-arctic-embed2": ("query: ", ""),
    "someone/bge-m3:567m": ("", ""),
    # a folder that is named like the model, and a mirror of it
    "models/bge-small-en-v1.5": (BGE, ""),
    "/data/E5-Base-v2/": ("query: ", "passage: "),
    "Mirror/bge-base-en-v1.5": (BGE, ""),
}
UNKNOWN = [
    "all-MiniLM-L6-v2",
    "models/finetuned",
    "someone/bge-small-en-v1.5-legal",
    "someone/my-e5-base",
    "BAAI/bge-small-en-v1x5",
    "BAAI/bge-reranker-base",
    "intfloat/e5-mistral-7b-instruct",
    "jinaai/jina-embeddings-v3",
    "bge-small-en-v1.5/checkpoint-100",
    "all-minilm:nomic-embed-text",
    "nomic-embed-text-v3",
    "",
]

Make = Callable[..., SentenceTransformer]


@pytest.fixture
def make(tiny_model: Path, tmp_path: Path) -> Make:
    """Makes a model with the given prompts in its config."""

    def made(**config: Any) -> SentenceTransformer:
        folder = tmp_path / "model"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(tiny_model, folder)
        path = folder / "config_sentence_transformers.json"
        path.write_text(json.dumps({"prompts": {}} | config), encoding="utf-8")
        return load_folder(folder)

    return made


def check_texts(model: SentenceTransformer, query: str, passage: str) -> None:
    """Each kind of text is embedded as if its prompt, and no other, stood in front."""
    tried = {query, passage, "other: "}
    vectors = dict(
        zip(tried, torch.as_tensor(model.encode([f"{p}salt and pepper" for p in tried], prompt="")), strict=True)
    )
    for encode, prompt in ((model.encode_query, query), (model.encode_document, passage)):
        vector = torch.as_tensor(encode("salt and pepper"))
        assert [p for p, other in vectors.items() if torch.allclose(vector, other, atol=1e-6)] == [prompt]
    assert used_prompts(model) == Prompts(query, passage)


@pytest.mark.parametrize(("name", "expected"), PUBLISHED.items())
def test_published_prompts(name: str, expected: tuple[str, str]) -> None:
    assert known_prompts(name) == Prompts(*expected)


@pytest.mark.parametrize("name", UNKNOWN)
def test_names_that_are_not_quite_known_get_nothing(name: str) -> None:
    assert known_prompts(name) is None


def test_a_known_model_gets_its_prompts_and_keeps_them(make: Make, tmp_path: Path) -> None:
    model = make()
    line = set_prompts(model, "intfloat/e5-small-v2")
    assert line == 'query prompt "query: ", passage prompt "passage: " (from the table of known models)'
    check_texts(model, "query: ", "passage: ")
    model.save_pretrained(str(tmp_path / "saved"), create_model_card=False)
    saved = load_folder(tmp_path / "saved")
    assert set_prompts(saved, "saved").endswith("(from the model's config)")
    check_texts(saved, "query: ", "passage: ")


def test_empty_prompts_in_the_config_are_none(make: Make) -> None:
    model = make(prompts={"query": "", "document": ""})
    assert set_prompts(model, "BAAI/bge-small-en-v1.5") == (
        f'query prompt "{BGE}", no passage prompt (from the table of known models)'
    )
    check_texts(model, BGE, "")


def test_prompts_in_the_config_are_never_overridden(make: Make) -> None:
    model = make(prompts={"query": "ask: ", "document": "read: ", "passage": "never: "})
    assert set_prompts(model, "intfloat/e5-small-v2") == (
        'query prompt "ask: ", passage prompt "read: " (from the model\'s config)'
    )
    check_texts(model, "ask: ", "read: ")
    model = make(prompts={"document": "read: "})
    assert (
        set_prompts(model, "intfloat/e5-small-v2")
        == 'no query prompt, passage prompt "read: " (from the model\'s config)'
    )
    check_texts(model, "", "read: ")


@pytest.mark.parametrize("key", ["passage", "corpus"])
def test_passage_prompt_that_sentence_transformers_would_drop_is_used(make: Make, key: str) -> None:
    model = make(prompts={"query": "ask: ", key: "read: "})
    assert used_prompts(model) == Prompts("ask: ", "")  # without us
    assert set_prompts(model, "x/y") == 'query prompt "ask: ", passage prompt "read: " (from the model\'s config)'
    check_texts(model, "ask: ", "read: ")


def test_prompts_for_other_uses_are_named_and_change_nothing(make: Make) -> None:
    model = make(prompts={"sts": "compare: ", "empty": ""}, default_prompt_name="sts")
    assert set_prompts(model, "x/y") == "no prompts (the model's config has some for other uses: sts)"
    check_texts(model, "", "")
    assert set_prompts(model, "thenlper/gte-small") == (
        "no query prompt, no passage prompt (from the table of known models)"
    )


def test_a_model_without_prompts_stays_without(make: Make) -> None:
    model = make()
    assert set_prompts(model, "all-MiniLM-L6-v2") == "no prompts"
    check_texts(model, "", "")


def test_what_is_said_is_one_line(make: Make) -> None:
    line = set_prompts(make(), "intfloat/multilingual-e5-large-instruct")
    assert "\n" not in line and "answer the query\\nQuery: " in line


def test_prompt_that_is_no_text_is_named(make: Make) -> None:
    with pytest.raises(UserError, match=r"x/y: its prompt 'query' is \['a'\]; expected text"):
        set_prompts(make(prompts={"query": ["a"]}), "x/y")
