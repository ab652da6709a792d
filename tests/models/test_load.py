"""Models are loaded safely, and what is wrong with one is explained."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from attune.core.errors import UserError
from attune.core.params import BaseModelParams
from attune.models.load import load_embedder, load_folder, load_tokenizer
from attune.models.window import window


def base(name: str | Path, revision: str | None = None, max_tokens: int | None = None) -> BaseModelParams:
    return BaseModelParams(name=str(name), revision=revision, max_tokens=max_tokens)


def test_the_default_model_needs_no_hub() -> None:
    assert load_embedder(base("all-MiniLM-L6-v2")).max_seq_length == 256
    assert load_embedder(base("all-MiniLM-L6-v2", max_tokens=512)).max_seq_length == 512


def test_a_folder_is_a_model(tiny_model: Path) -> None:
    assert load_embedder(base(tiny_model)).get_embedding_dimension() == 32
    assert load_tokenizer(base(tiny_model)).model_max_length == 128


def test_base_model_reads_no_more_than_it_can_and_chunks_may_be_as_long_as_it_is_taught(tiny_model: Path) -> None:
    longer = base(tiny_model, max_tokens=300)
    assert load_embedder(longer).max_seq_length == 128
    assert window(longer, load_tokenizer(longer)) == 300


def test_folder_without_a_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"holds no modules\.json"):
        load_embedder(base(tmp_path / "empty"))
    with pytest.raises(UserError, match="dvc repro finetune"):
        load_folder(tmp_path / "missing")


def test_weights_that_are_a_pickle_are_not_loaded(tiny_model: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    weights = next(folder.rglob("model.safetensors"))
    torch.save(load_file(weights), weights.with_name("pytorch_model.bin"))
    weights.unlink()
    with pytest.raises(UserError, match="cannot load the model"):
        load_embedder(base(folder))


def test_code_that_a_model_brings_along_is_not_run(tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    modules = json.loads((folder / "modules.json").read_text())
    modules[0]["type"] = "evil.Module"
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\nclass Module: pass\n")
    with pytest.raises(UserError, match="cannot load the model"):
        load_embedder(base(folder))
    assert not (tmp_path / "ran").exists()


def test_broken_weights_are_named(tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    weights = next(folder.rglob("model.safetensors"))
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(UserError, match="cannot load the model"):
        load_embedder(base(folder))
