"""The window is known from a model's files; a longer one changes nothing for what fitted before, and is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, StaticEmbedding, Transformer
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import CONFIG_MAPPING, AutoModel, AutoTokenizer

from attune.core.errors import UserError
from attune.core.params import BaseModelParams
from attune.models.load import load_embedder, load_folder, load_tokenizer
from attune.models.window import BERT_FAMILY, find_positions, lengthen_window, longest_window, window
from attune.training.loop.trainer import train
from tests.support.training import examples, knobs

SHORT, LONG = "What colour has the pump?", "The pump is blue. " * 60
LATE = LONG + "The candle is red. " * 4  # differs where nobody has read before
# types without a table of positions, or with one of another make
OTHERS = ("distilbert", "mobilebert", "modernbert", "mpnet", "nomic_bert", "qwen3", "t5", "xlnet")
BERT_SIZES = {
    "hidden_size": 32,
    "embedding_size": 32,  # of the words, in some types
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 130,
}
SIZES = {  # of types with names of their own for them
    "distilbert": {"dim": 32, "n_layers": 1, "n_heads": 2, "hidden_dim": 64, "max_position_embeddings": 130},
    "qwen3": BERT_SIZES | {"head_dim": 16, "num_key_value_heads": 2},
    "t5": {"d_model": 32, "d_kv": 16, "num_layers": 1, "num_heads": 2, "d_ff": 64},
    "xlnet": {"d_model": 32, "n_layer": 1, "n_head": 2, "d_inner": 64},
}

Make = Callable[..., Path]


@pytest.fixture(scope="module")
def make(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """A function that saves a model of a type, with few random weights and the tokenizer of the default model."""

    def made(kind: str, limit: int = 128) -> Path:
        folder = tmp_path_factory.mktemp(kind)
        torch.manual_seed(0)
        tokenizer = AutoTokenizer.from_pretrained(tiny_model)
        sizes: dict[str, Any] = {"vocab_size": len(tokenizer), "pad_token_id": 1} | SIZES.get(kind, BERT_SIZES)
        config = CONFIG_MAPPING[kind](**sizes)
        AutoModel.from_config(config).save_pretrained(folder / "body")  # type: ignore[no-untyped-call]
        tokenizer.model_max_length = limit
        tokenizer.save_pretrained(folder / "body")
        model = SentenceTransformer(modules=[Transformer(str(folder / "body")), Pooling(32)])
        model.save_pretrained(str(folder / "model"), create_model_card=False)
        return folder / "model"

    return made


def base(model: str | Path, max_tokens: int | None = None) -> BaseModelParams:
    return BaseModelParams(name=str(model), revision=None, max_tokens=max_tokens)


def known(model: str | Path, max_tokens: int | None = None) -> int | str:
    """The window as the files of a model say it, or why there is none."""
    params = base(model, max_tokens)
    try:
        return window(params, load_tokenizer(params))
    except UserError as error:
        return str(error)


def loaded(model: str | Path, max_tokens: int | None = None) -> int | str:
    """The window as the loaded model has it."""
    try:
        embedder = load_embedder(base(model, max_tokens))
    except UserError as error:
        return str(error)
    if max_tokens is not None and max_tokens > (embedder.max_seq_length or 0):
        lengthen_window(embedder, max_tokens)
    return int(embedder.max_seq_length or 0)


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


@pytest.mark.parametrize("kind", BERT_FAMILY)
def test_a_longer_window_is_read_and_kept(make: Make, kind: str, tmp_path: Path) -> None:
    model = load_folder(make(kind))
    before = model.encode([SHORT, LONG, LATE], convert_to_tensor=True)
    assert torch.equal(before[1], before[2])
    lengthen_window(model, 333)
    after = model.encode([SHORT, LONG, LATE], convert_to_tensor=True)
    torch.testing.assert_close(after[0], before[0])
    assert not torch.allclose(after[1], before[1]) and not torch.allclose(after[1], after[2])
    model.save_pretrained(str(tmp_path), create_model_card=False)
    again = load_folder(tmp_path)
    assert again.max_seq_length == 333
    torch.testing.assert_close(again.encode([SHORT, LONG, LATE], convert_to_tensor=True), after)
    longest = SHORT + " pump" * 1000
    assert again.tokenize([longest])["input_ids"].shape[1] == 333
    assert torch.isfinite(again.encode(longest, convert_to_tensor=True)).all()


def test_new_positions_are_trained(tiny_model: Path) -> None:
    model, data = load_folder(tiny_model), examples()
    lengthen_window(model, 200)
    (table,) = (tensor for name, tensor in model.named_parameters() if "position_embeddings" in name)
    before = table.detach().clone()
    assert torch.equal(before[:72], before[128:])
    long = {chunk: text + " and so on" * 50 for chunk, text in data.passages.items()}
    object.__setattr__(data, "passages", long)
    train(model, data, knobs(epochs=1, max_tokens=None))
    assert (table.detach() != before).any(dim=1).sum() > 140


def test_a_model_without_a_table_of_positions_keeps_its_window() -> None:
    words = SentenceTransformer(
        modules=[StaticEmbedding(Tokenizer(WordLevel({"a": 0}, unk_token="a")), embedding_dim=4)]
    )
    assert find_positions(words) is None


@pytest.mark.parametrize("kind", ["mpnet", "nystromformer"])
def test_a_window_that_cannot_grow_is_refused(make: Make, kind: str) -> None:
    params = base(make(kind), max_tokens=129)
    with pytest.raises(UserError, match="reads at most 128 tokens, and cannot be taught to read more; set it to 128"):
        load_embedder(params)
    with pytest.raises(UserError, match="reads at most 128 tokens, and cannot be taught to read more; set it to 128"):
        longest_window(params, load_tokenizer(params))
