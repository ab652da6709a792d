"""The files of a tokenizer say the same whatever it was used for, and to readers of all versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attune.models.load import load_folder
from attune.training.saving.tokenizer_files import rewrite_tokenizer
from tests.support.models import FAMILIES, make_model
from tests.support.readers import fastembed


def written(folder: Path, out: Path, *used_for: list[str]) -> dict[str, bytes]:
    model = load_folder(folder)
    for texts in used_for:
        model.encode(texts)
        model.tokenizer(texts, truncation=True, max_length=7, padding="max_length")
    model.save_pretrained(str(out), create_model_card=False)
    rewrite_tokenizer(model, out)
    return {path.name: path.read_bytes() for path in out.glob("*token*.json")}


def test_what_it_was_used_for_leaves_no_trace(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "base", "bert")
    unused = written(folder, tmp_path / "unused")
    assert unused == written(folder, tmp_path / "used", ["a b c"], ["d " * 500])
    tokenizer = json.loads(unused["tokenizer.json"])
    assert tokenizer["truncation"]["max_length"] == 128 and tokenizer["padding"] is None


@pytest.mark.slow
@pytest.mark.parametrize("kind", FAMILIES)
def test_fastembed_reads_up_to_the_window(kind: str, tmp_path: Path) -> None:
    written(make_model(tmp_path / "base", kind), tmp_path / "saved")
    assert fastembed(tmp_path / "saved").window == 128


def test_classes_and_tokens_have_names_that_older_versions_know(tmp_path: Path) -> None:
    files = written(make_model(tmp_path / "base", "qwen3"), tmp_path / "saved")
    config, special = json.loads(files["tokenizer_config.json"]), json.loads(files["special_tokens_map.json"])
    assert config["tokenizer_class"] == "PreTrainedTokenizerFast"
    assert config["model_input_names"] == ["input_ids", "attention_mask"]
    assert config["additional_special_tokens"] == special["additional_special_tokens"] == ["<|a|>"]
    assert "extra_special_tokens" not in config and special["pad_token"] == "[PAD]"
    again = load_folder(tmp_path / "saved").tokenizer
    assert again.tokenize("<|a|>") == ["<|a|>"] and again.extra_special_tokens == ["<|a|>"]


def test_a_tokenizer_without_a_limit_cuts_nothing(tmp_path: Path) -> None:
    files = written(make_model(tmp_path / "base", "t5", limit=10**30), tmp_path / "saved")
    assert json.loads(files["tokenizer.json"])["truncation"] is None


def test_a_tokenizer_that_cuts_on_the_left_still_does(tmp_path: Path) -> None:
    model = load_folder(make_model(tmp_path / "base", "bert"))
    model.tokenizer.truncation_side = "left"
    model.save_pretrained(str(tmp_path / "saved"), create_model_card=False)
    rewrite_tokenizer(model, tmp_path / "saved")
    assert json.loads((tmp_path / "saved/tokenizer.json").read_text())["truncation"]["direction"] == "Left"
