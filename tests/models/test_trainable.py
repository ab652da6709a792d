"""What could not be trained later is refused by the model's files, in one line; all else is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers.base.modules import Dense, Normalize
from sentence_transformers.sentence_transformer.modules import CNN

from attune.core.errors import UserError
from attune.core.params import BaseModelParams
from attune.models.trainable import check_trainable
from tests.support.models import FAMILIES, WIDTH, make_model, make_router


def refusal(folder: Path) -> str:
    with pytest.raises(UserError) as caught:
        check_trainable(BaseModelParams(name=str(folder), revision=None, max_tokens=None))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def passes(folder: Path | str) -> None:
    check_trainable(BaseModelParams(name=str(folder), revision=None, max_tokens=None))


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*FAMILIES, "static"])
def test_every_family_may_be_trained(tmp_path: Path, kind: str) -> None:
    passes(make_model(tmp_path, kind))


def test_the_default_model_may_be_trained() -> None:
    passes("all-MiniLM-L6-v2")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_and_a_dense_module_may_be_trained(tmp_path: Path, dtype: torch.dtype) -> None:
    passes(make_model(tmp_path, "bert", dtype=dtype, after=(Dense(WIDTH, 16), Normalize())))


def test_a_router_is_refused(tmp_path: Path) -> None:
    assert "is a Router, which reads questions and passages with networks of their own" in refusal(
        make_router(tmp_path / "router")
    )


def test_of_a_pair_that_was_trained_here_one_side_is_asked_for(tmp_path: Path) -> None:
    router = make_router(tmp_path / "router")
    for side in ("query", "document"):
        (router / side).mkdir()
        (router / side / "modules.json").touch()
    assert f"; take one side of it: {router}/query or {router}/document" in refusal(router)


def edit(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


@pytest.mark.parametrize("kind", ["CrossEncoder", "SparseEncoder", "MultiVectorEncoder"])
def test_models_of_another_kind_are_refused(tmp_path: Path, kind: str) -> None:
    folder = make_model(tmp_path, "bert")
    edit(folder / "config_sentence_transformers.json", lambda values: values.update(model_type=kind))
    assert f"is a {kind}, expected a SentenceTransformer" in refusal(folder)


@pytest.mark.parametrize("name", ["dot", "euclidean", "manhattan", "hamming"])
def test_a_similarity_that_is_no_cosine_is_refused(tmp_path: Path, name: str) -> None:
    folder = make_model(tmp_path, "bert")
    edit(folder / "config_sentence_transformers.json", lambda values: values.update(similarity_fn_name=name))
    assert f"compares vectors by '{name}', expected 'cosine'" in refusal(folder)


def test_a_dot_product_of_vectors_of_length_one_is_a_cosine(tmp_path: Path) -> None:
    passes(make_model(tmp_path, "bert", similarity="dot", after=(Normalize(),)))
    assert "by 'dot'" in refusal(
        make_model(tmp_path / "two", "bert", similarity="dot", after=(Normalize(), Dense(32, 8)))
    )


def test_code_of_its_own_and_other_modules_are_refused(tmp_path: Path) -> None:
    folder = make_model(tmp_path, "bert")
    modules = json.loads((folder / "modules.json").read_text())
    for place, name, expected in (
        (0, "custom_st.Transformer", "brings code of its own along (custom_st.Transformer), which is never run"),
        (0, "sentence_transformers.models.Asym", "is a Asym"),
        (0, "sentence_transformers.models.BoW", "begins with the module BoW, expected Transformer or StaticEmbedding"),
        (0, "sentence_transformers.models.CLIPModel", "begins with the module CLIPModel"),
        (1, "sentence_transformers.models.LSTM", "has the module LSTM, expected Pooling"),
        (1, "evil.Pooling", "brings code of its own"),
    ):
        changed = json.loads(json.dumps(modules))
        changed[place]["type"] = name
        (folder / "modules.json").write_text(json.dumps(changed))
        assert expected in refusal(folder)
    assert CNN.__name__ == "CNN"  # such modules are still in the library


def test_what_cannot_be_trained_by_its_numbers_is_refused(tmp_path: Path) -> None:
    folder = make_model(tmp_path, "static")
    (file,) = folder.rglob("model.safetensors")
    weights = load_file(file)
    save_file({name: tensor.to(torch.int8) for name, tensor in weights.items()}, file)
    assert "has weights that are quantized (I8) and cannot be trained" in refusal(folder)
    file.write_bytes(file.read_bytes()[:9])
    assert "cannot load the model" in refusal(folder)
    file.rename(file.with_name("pytorch_model.bin"))
    assert "holds no weights as safetensors" in refusal(folder)


def test_adapters_and_quantized_models_are_refused(tmp_path: Path) -> None:
    folder = make_model(tmp_path, "bert")
    edit(folder / "config.json", lambda values: values.update(quantization_config={"quant_method": "fp8"}))
    assert "is quantized" in refusal(folder)
    (folder / "adapter_config.json").write_text("{}")
    assert "is an adapter on another model: merge it" in refusal(folder)
