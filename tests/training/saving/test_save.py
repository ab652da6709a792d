"""A saved model: the same bytes each time, attune.json beside it, and the older form where it has the words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from attune.core.params import BaseModelParams
from attune.models.load import load_folder
from attune.training.saving.fingerprint import fingerprint
from attune.training.saving.save import save
from tests.support.models import FAMILIES, make_model
from tests.support.readers import sentence_transformers_5


def base_of(folder: Path) -> BaseModelParams:
    return BaseModelParams(name=str(folder), revision=None, max_tokens=None)


def test_saved_twice_it_is_the_same(tiny_model: Path, tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        model = load_folder(tiny_model)
        if name == "two":  # it was used before
            model.encode(["a pump"] * 3 + ["a valve " * 400])
        save(model, tmp_path / name, base_of(tiny_model), 12, 1.0, "ba5e")
        files = [path for path in sorted((tmp_path / name).rglob("*")) if path.is_file()]
        written.append({path.relative_to(tmp_path / name): path.read_bytes() for path in files})
    assert written[0] == written[1]
    assert load_folder(tmp_path / "one").max_seq_length == 128


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*FAMILIES, "static"])
def test_what_is_kept_beside_an_index_is_said(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = make_model(tmp_path / "base", kind)
    model = load_folder(base)
    model.prompts |= {"query": "query: ", "document": "passage: "}
    made = save(model, tmp_path / "saved", base_of(base), 12, 1.0, "ba5e")
    assert capsys.readouterr().out == ""
    about = json.loads((tmp_path / "saved/attune.json").read_text())
    assert about == {
        "fingerprint": made,
        "base_fingerprint": "ba5e",
        "index_fingerprint": made,
        "base_model": {"name": str(base), "revision": None},
        "dimensions": 32,
        "max_tokens": None if kind == "static" else 128,
        "prompts": {"query": "query: ", "passage": "passage: "},
        "similarity": "cosine",
    }
    assert made == fingerprint(load_folder(tmp_path / "saved"))
    assert f"| fingerprint | {made} |" in (tmp_path / "saved/README.md").read_text()
    sentence_transformers_5(tmp_path / "saved")


def test_where_the_older_form_has_no_words_the_newer_is_kept_and_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = make_model(tmp_path / "base", "bert", pooling=("mean", "cls"))
    model = load_folder(base)
    save(model, tmp_path / "saved", base_of(base), 12, 1.0, "ba5e")
    said = capsys.readouterr().out
    assert said.startswith("warning: only sentence-transformers 6 reads") and "another order (mean, cls)" in said
    again = load_folder(tmp_path / "saved")
    assert torch.equal(again.encode("a pump", convert_to_tensor=True), model.encode("a pump", convert_to_tensor=True))
    assert (tmp_path / "saved/attune.json").exists()
    assert "+" not in (tmp_path / "saved/config_sentence_transformers.json").read_text()


def test_a_form_that_makes_other_vectors_is_not_kept(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = load_folder(tiny_model)
    original = model[1].forward
    model[1].forward = lambda features: (
        original(features)
        | {  # what no file says
            "sentence_embedding": original(features)["sentence_embedding"] * 2
        }
    )
    save(model, tmp_path / "saved", base_of(tiny_model), 12, 1.0, "ba5e")
    assert "read again in the older form, it makes other vectors" in capsys.readouterr().out
