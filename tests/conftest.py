"""A project in an empty folder, a tiny real model, and a scripted server that speaks OpenAI's interface."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from pytest_httpserver import HTTPServer
from ruamel.yaml import YAML

from tests.support.chat_server import ChatServer

os.environ["HF_HUB_OFFLINE"] = "1"  # no test may wait for a hub
# Examples of each property: a few while one works, as many as Hypothesis thinks right before a change lands (.ci/run).
settings.register_profile("quick", max_examples=25, deadline=None)  # no test is about time
settings.register_profile("thorough", max_examples=100, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

ROOT = Path(__file__).parents[1]
Knobs = dict[str, Any]


def set_params(path: Path, **sections: Knobs) -> None:
    """Change knobs of a params.yaml in place, comments kept: `set_params(path, split={"seed": 1})`."""
    yaml = YAML()
    values = yaml.load(path)
    for section, knobs in sections.items():
        for name, value in knobs.items():
            if isinstance(value, dict):
                values[section][name].update(value)
            else:
                values[section][name] = value
    yaml.dump(values, path)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project with the committed params.yaml and prompts, as the current folder."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    shutil.copytree(ROOT / "prompts", tmp_path / "prompts")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers model with random weights, 32 dimensions and the tokenizer of the default model."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    from attune.models.locate import locate

    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(locate("all-MiniLM-L6-v2", None))
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(folder / "bert")
    tokenizer.save_pretrained(folder / "bert")
    model = SentenceTransformer(modules=[Transformer(str(folder / "bert")), Pooling(32)])
    model.save_pretrained(str(folder / "model"), create_model_card=False)
    return folder / "model"


@pytest.fixture(scope="module")
def http() -> Iterator[HTTPServer]:
    """A server on a real socket, one for all tests of a file: ending it takes half a second."""
    with HTTPServer(threaded=True) as server:
        yield server


@pytest.fixture
def chat_server() -> Iterator[ChatServer]:
    """A scripted server on a real socket, which answers many requests at a time."""
    with HTTPServer(threaded=True) as server:
        yield ChatServer(server)
