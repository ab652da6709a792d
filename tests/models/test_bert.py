"""A BERT model's own files say what transformers makes of them, or nothing is taken from them here."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoConfig, AutoTokenizer

from attune.models.bert import read_config, read_tokenizer
from attune.models.layout import read_layout
from attune.models.locate import locate
from attune.models.positions import usable_positions

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    first = read_layout(locate("all-MiniLM-L6-v2", None)).first
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        shutil.copyfile(first / name, tmp_path / name)
    return tmp_path


def change(file: Path, what: Change) -> None:
    table = json.loads(file.read_text(encoding="utf-8"))
    what(table)
    file.write_text(json.dumps(table), encoding="utf-8")


def is_like_transformers(folder: Path) -> bool:
    """Tell whether the tokenizer is read here; it is then that of transformers."""
    found = read_tokenizer(folder)
    if found is None:
        return False
    other = AutoTokenizer.from_pretrained(folder)
    for one in (found.backend_tokenizer, other.backend_tokenizer):
        one.no_truncation()
        one.no_padding()
    assert found.backend_tokenizer.to_str() == other.backend_tokenizer.to_str()
    assert (found.unk_token_id, found.model_max_length) == (other.unk_token_id, other.model_max_length)
    return True


def test_the_default_model_needs_no_transformers(folder: Path) -> None:
    assert is_like_transformers(folder)
    config = read_config(folder)
    assert config is not None
    assert usable_positions(config) == usable_positions(AutoConfig.from_pretrained(folder)) == 512


@pytest.mark.parametrize(
    ("file", "what", "read"),
    [
        ("tokenizer_config.json", lambda t: t.update(model_max_length=128), True),
        ("tokenizer_config.json", lambda t: t.update(tokenizer_class="BertTokenizerFast"), True),
        ("tokenizer_config.json", lambda t: t.pop("strip_accents"), True),
        ("tokenizer_config.json", lambda t: t.update(do_lower_case=False), False),
        ("tokenizer_config.json", lambda t: t.update(strip_accents=True), False),
        ("tokenizer_config.json", lambda t: t.update(unk_token="[PAD]"), False),
        ("tokenizer_config.json", lambda t: t.update(tokenizer_class="RobertaTokenizer"), False),
        ("tokenizer_config.json", lambda t: t.update(additional_special_tokens=["<x>"]), False),
        ("tokenizer_config.json", lambda t: t.update(added_tokens_decoder={"7": {"content": "<x>"}}), False),
        ("tokenizer_config.json", lambda t: t.pop("model_max_length"), False),
        ("special_tokens_map.json", lambda t: t.update(additional_special_tokens=["<x>"]), False),
        ("tokenizer.json", lambda t: t["normalizer"].update(lowercase=False), False),
        ("tokenizer.json", lambda t: t.update(normalizer=None), False),
        ("tokenizer.json", lambda t: t.update(pre_tokenizer={"type": "Whitespace"}), False),
        ("tokenizer.json", lambda t: t["added_tokens"].pop(), False),
        ("tokenizer.json", lambda t: t["added_tokens"][0].pop("id"), False),
        ("tokenizer.json", lambda t: t.pop("added_tokens"), False),
        ("tokenizer.json", lambda t: t["model"].update(max_input_chars_per_word=200), False),
        ("tokenizer.json", lambda t: t["model"]["vocab"].pop("[MASK]"), False),
        ("tokenizer.json", lambda t: t["post_processor"]["single"].pop(), False),
        ("config.json", lambda t: t.update(model_type="distilbert"), False),
        ("config.json", lambda t: t.update(tokenizer_class="BertTokenizer"), False),
        ("config.json", lambda t: t.pop("max_position_embeddings"), False),
    ],
)
def test_what_is_said_otherwise_is_left_to_transformers(folder: Path, file: str, what: Change, read: bool) -> None:
    change(folder / file, what)
    assert is_like_transformers(folder) == read


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json"])
@pytest.mark.parametrize("text", [None, "", "[]", '{"a"', "{}"])
def test_missing_and_broken_files_are_left_to_transformers(folder: Path, name: str, text: str | None) -> None:
    (folder / name).unlink()
    if text is not None:
        (folder / name).write_text(text, encoding="utf-8")
    assert read_tokenizer(folder) is None


def test_further_tokens_in_a_file_of_their_own_are_left_to_transformers(folder: Path) -> None:
    (folder / "added_tokens.json").write_text('{"<x>": 30522}', encoding="utf-8")
    assert read_tokenizer(folder) is None
