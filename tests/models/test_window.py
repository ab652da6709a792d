"""The window is known from a model's files, as the loaded model has it, and as it can be read without an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import SentenceTransformer

from attune.core.errors import UserError
from attune.core.params import BaseModelParams
from attune.models.load import load_embedder, load_folder, load_tokenizer
from attune.models.positions import BERT_FAMILY, find_positions, lengthen_window
from attune.models.window import copy_tokenizer, longest_window, window, window_of
from tests.support.models import make_model

# types without a table of positions, or with one of another make
pytestmark = pytest.mark.slow  # many small models are made and run

OTHERS = ("distilbert", "mobilebert", "modernbert", "mpnet", "nomic_bert", "qwen3", "t5", "xlnet")

Make = Callable[..., Path]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """A function that saves a model of a type, with few random weights and the tokenizer of the default model."""

    def made(kind: str, limit: int = 128, **config: Any) -> Path:
        return make_model(tmp_path_factory.mktemp(kind), kind, limit, pad_token_id=1, **config)

    return made


def base(model: str | Path, max_tokens: int | None = None) -> BaseModelParams:
    return BaseModelParams(name=str(model), revision=None, max_tokens=max_tokens)


def known(model: str | Path, max_tokens: int | None = None) -> int | str | None:
    """The window as the files of a model say it, or why there is none."""
    params = base(model, max_tokens)
    try:
        return window(params, load_tokenizer(params))
    except UserError as error:
        return str(error)


def loaded(model: str | Path, max_tokens: int | None = None) -> int | str | None:
    """The window as the loaded model has it."""
    try:
        embedder = load_embedder(base(model, max_tokens))
    except UserError as error:
        return str(error)
    if max_tokens is not None and max_tokens > (window_of(embedder) or max_tokens):
        lengthen_window(embedder, max_tokens)
    return window_of(embedder)


@pytest.mark.parametrize("max_tokens", [None, 16, 256, 257, 512, 513, 2000])
def test_the_default_model_need_not_be_loaded_to_know_its_window(max_tokens: int | None) -> None:
    assert known("all-MiniLM-L6-v2", max_tokens) == loaded("all-MiniLM-L6-v2", max_tokens) == (max_tokens or 256)


@pytest.mark.parametrize("max_tokens", [None, 16, 128, 129, 300])
def test_nor_need_a_folder(tiny_model: Path, max_tokens: int | None) -> None:
    assert known(tiny_model, max_tokens) == loaded(tiny_model, max_tokens) == (max_tokens or 128)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*BERT_FAMILY, *OTHERS])
def test_nor_need_any_other_type_of_model(make: Make, kind: str) -> None:
    folder = make(kind)
    assert (find_positions(load_folder(folder)) is not None) == (kind in BERT_FAMILY)
    for max_tokens in (None, 400):
        assert known(folder, max_tokens) == loaded(folder, max_tokens)


@pytest.mark.parametrize("max_tokens", [None, 100, 131])
@pytest.mark.parametrize("kind", ["bert", "roberta", "qwen3", "t5", "xlnet"])
def test_nor_need_one_whose_tokenizer_has_no_limit(make: Make, kind: str, max_tokens: int | None) -> None:
    folder = make(kind, 10**30)
    assert known(folder, max_tokens) == loaded(folder, max_tokens)


@pytest.mark.parametrize(
    "settings",
    [
        {"max_seq_length": 64, "do_lower_case": False},  # sentence-transformers up to 5
        {"max_seq_length": None, "do_lower_case": False},
        {"tokenizer_args": {"model_max_length": 48}, "max_seq_length": 64},
        {"processor_kwargs": {"model_max_length": 48}},
        {},
    ],
)
@pytest.mark.parametrize("name", ["sentence_bert_config.json", "sentence_xlm-roberta_config.json"])
def test_settings_of_older_versions_are_obeyed(make: Make, name: str, settings: dict[str, Any]) -> None:
    folder = make("bert")
    (folder / "sentence_bert_config.json").unlink()
    (folder / name).write_text(json.dumps(settings))
    assert known(folder) == loaded(folder)


def test_files_of_the_transformer_may_be_in_a_folder_of_their_own(make: Make) -> None:
    folder = make("bert")
    modules = json.loads((folder / "modules.json").read_text())
    names = [path for path in folder.iterdir() if path.is_file() and path.name != "modules.json"]
    modules[0]["path"] = "0_Transformer"
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "0_Transformer").mkdir()
    for path in names:
        path.rename(folder / "0_Transformer" / path.name)
    assert known(folder) == loaded(folder) == 128


@pytest.mark.parametrize(
    ("file", "text"),
    [("modules.json", "{"), ("modules.json", "[]"), ("sentence_bert_config.json", "{"), ("config.json", "{}")],
)
def test_broken_files_are_named(make: Make, file: str, text: str) -> None:
    folder = make("bert")
    (folder / file).write_text(text)
    assert str(known(folder)).startswith(f"cannot load the model '{folder}'")


@pytest.mark.parametrize("kind", ["mpnet", "nystromformer"])
def test_a_window_that_cannot_grow_is_refused(make: Make, kind: str) -> None:
    params = base(make(kind), max_tokens=129)
    with pytest.raises(UserError, match="reads at most 128 tokens, and cannot be taught to read more; set it to 128"):
        load_embedder(params)
    with pytest.raises(UserError, match="reads at most 128 tokens, and cannot be taught to read more; set it to 128"):
        longest_window(params, load_tokenizer(params))


@pytest.mark.parametrize("kind", ["roberta", "mpnet", "xlm-roberta", "camembert", "longformer", "data2vec-text"])
@pytest.mark.parametrize("says", ["nothing", "tokenizer", "settings"])
def test_rows_that_serve_no_token_are_not_counted(make: Make, kind: str, says: str) -> None:
    folder = make(kind, 130 if says == "tokenizer" else 10**30)
    if says == "settings":
        (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 130, "do_lower_case": False}))
    assert known(folder) == loaded(folder) == 128
    text = "pump " * 300
    assert torch.isfinite(load_embedder(base(folder)).encode(text, convert_to_tensor=True)).all()
    if says != "nothing":  # without us it is an error, but for those that cut for themselves
        with pytest.raises((IndexError, RuntimeError)):
            SentenceTransformer(str(folder), device="cpu").encode(text)


@pytest.mark.parametrize("pad", [0, 1, 5])
def test_roberta_that_shall_read_its_whole_table_learns_to(make: Make, pad: int) -> None:
    folder = make("roberta", 10**30) if pad == 1 else make_model(make("bert").parent / f"pad{pad}", "roberta", 10**30)
    config = json.loads((folder / "config.json").read_text())
    usable = 130 - config["pad_token_id"] - 1
    assert known(folder) == loaded(folder) == usable
    assert known(folder, 130) == loaded(folder, 130) == 130
    model = load_embedder(base(folder, 130))
    assert window_of(model) == usable
    lengthen_window(model, 130)
    assert torch.isfinite(model.encode("pump " * 300, convert_to_tensor=True)).all()


def test_static_embeddings_have_no_window_but_what_their_tokenizer_cuts(tmp_path: Path) -> None:
    folder = make_model(tmp_path, "static")
    assert known(folder) is None and loaded(folder) is None
    assert "static embeddings: they read texts whole; set base_model.max_tokens to null" in str(known(folder, 512))
    assert loaded(folder, 512) == known(folder, 512)
    model = load_folder(folder)
    model.tokenizer.enable_truncation(40)
    model.save_pretrained(str(tmp_path / "cut"), create_model_card=False)
    assert known(tmp_path / "cut") == loaded(tmp_path / "cut") == 40
    assert "cuts texts at 40 tokens" in str(known(tmp_path / "cut", 512))


@pytest.mark.parametrize("kind", ["bert", "static"])
def test_a_copy_of_a_tokenizer_can_be_asked_without_a_trace(tmp_path: Path, kind: str) -> None:
    model = load_folder(make_model(tmp_path, kind))
    before = model.encode("pump " * 300, convert_to_tensor=True)
    tokens = copy_tokenizer(model)(["pump " * 300], truncation=True, max_length=7)["input_ids"][0]
    assert len(tokens) == 7
    assert torch.equal(model.encode("pump " * 300, convert_to_tensor=True), before)
