"""Two models in one folder: read as one, each side is the model that it was, and each is an ordinary folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from sentence_transformers import SentenceTransformer

from attune.core.errors import UserError
from attune.core.params import BaseModelParams
from attune.models.load import load_folder
from attune.training.saving.fingerprint import fingerprint
from attune.training.saving.pair import check_pair
from attune.training.saving.save import save
from tests.support.models import FAMILIES, make_model
from tests.support.readers import SERVERS, Taken

TEXTS = ["What colour has the pump?", "", "The pump is blue. " * 60, "Öl und Wasser", "日本語"]


def pair(base: Path, folder: Path) -> tuple[SentenceTransformer, SentenceTransformer]:
    """Save a pair with other weights for questions; return the models of both sides."""
    models = load_folder(base), load_folder(base)
    for model in models:
        model.prompts |= {"query": "query: ", "document": "passage: "}
    with torch.no_grad():
        for weights in models[0].parameters():
            weights.mul_(1 + 0.3 * torch.rand_like(weights, dtype=torch.float32).to(weights.dtype))
    params = BaseModelParams(name=str(base), revision=None, max_tokens=None)
    save(models[0], folder, params, 12, 1.0, fingerprint(models[1]), models[1])
    return models


def same(one: SentenceTransformer, other: SentenceTransformer, way: str, way_of_other: str | None = None) -> bool:
    found = (getattr(m, w)(TEXTS, convert_to_tensor=True) for m, w in ((one, way), (other, way_of_other or way)))
    return torch.equal(*found)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*FAMILIES, "static"])
def test_read_as_one_each_side_is_its_model_to_the_bit(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions, passages = pair(make_model(tmp_path / "base", kind), tmp_path / "saved")
    assert capsys.readouterr().out == ""
    both = load_folder(tmp_path / "saved")
    assert same(both, questions, "encode_query") and same(both, passages, "encode_document")
    assert not same(both, passages, "encode_query")
    for name, model in (("query", questions), ("document", passages)):
        plain = load_folder(tmp_path / "saved" / name)
        assert same(plain, model, "encode_query") and same(plain, model, "encode_document")
        assert fingerprint(plain) == fingerprint(model)
    assert both.prompts == questions.prompts and both.max_seq_length == questions.max_seq_length
    assert torch.equal(both.encode(TEXTS, convert_to_tensor=True), passages.encode(TEXTS, convert_to_tensor=True))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_stays_what_it_is(dtype: torch.dtype, tmp_path: Path) -> None:
    _, passages = pair(make_model(tmp_path / "base", "bert", dtype=dtype), tmp_path / "saved")
    both = load_folder(tmp_path / "saved")
    assert same(both, passages, "encode_document") and both.dtype == dtype


@pytest.mark.slow
@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.__name__)
@pytest.mark.parametrize("side", ["query", "document"])
def test_each_side_is_served(server: Callable[[Path], Taken], side: str, tmp_path: Path) -> None:
    pair(make_model(tmp_path / "base", "bert"), tmp_path / "saved")
    taken = server(tmp_path / "saved" / side)
    assert taken.pooling in ("mean", "") and not taken.normalize


def test_saved_twice_it_is_the_same_and_no_weights_are_there_twice(tiny_model: Path, tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        torch.manual_seed(0)
        pair(tiny_model, tmp_path / name)
        files = [path for path in sorted((tmp_path / name).rglob("*")) if path.is_file()]
        written.append({path.relative_to(tmp_path / name).as_posix(): path.read_bytes() for path in files})
    assert written[0] == written[1]
    weights = [name for name in written[0] if name.endswith(".safetensors")]
    assert weights == ["document/model.safetensors", "query/model.safetensors"]


def test_attune_json_and_the_card_tell_which_index_stays(tiny_model: Path, tmp_path: Path) -> None:
    questions, passages = pair(tiny_model, tmp_path)
    about, card = json.loads((tmp_path / "attune.json").read_text()), (tmp_path / "README.md").read_text()
    assert about["fingerprint"] == fingerprint(questions)
    assert about["index_fingerprint"] == about["base_fingerprint"] == fingerprint(passages)
    assert about["prompts"] == {"query": "query: ", "passage": "passage: "}
    assert f"| fingerprint of the index | {fingerprint(passages)} |" in card and "its questions fine-tuned" in card


def test_a_pair_that_is_read_otherwise_is_not_taken(tiny_model: Path, tmp_path: Path) -> None:
    questions, passages = pair(tiny_model, tmp_path)
    with pytest.raises(UserError, match=r"set finetune\.side to both"):
        check_pair(tmp_path, questions, questions, TEXTS)
    with pytest.raises(UserError, match=r"set finetune\.side to both"):
        check_pair(tmp_path, passages, passages, TEXTS)
