"""The fingerprint changes with all that a vector hangs on, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize

from attune.models.load import load_folder
from attune.training.saving.fingerprint import fingerprint
from attune.training.saving.shared_form import write_shared_form
from tests.support.models import FAMILIES, WIDTH, make_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("base"), "bert", after=(Dense(WIDTH, 16), Normalize()))


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*FAMILIES, "static"])
def test_it_outlives_saving_in_either_form(kind: str, tmp_path: Path) -> None:
    model = load_folder(make_model(tmp_path / "base", kind))
    before = fingerprint(model)
    assert len(before) == 16 and int(before, 16) >= 0
    model.encode(["a pump " * 300, "b"])
    assert fingerprint(model) == before
    model.save_pretrained(str(tmp_path / "short"), create_model_card=False)
    model.save_pretrained(str(tmp_path / "shared"), create_model_card=False)
    write_shared_form(model, tmp_path / "shared")
    assert fingerprint(load_folder(tmp_path / "short")) == fingerprint(load_folder(tmp_path / "shared")) == before


def a_weight(model: SentenceTransformer) -> None:
    with torch.no_grad():
        weight = next(model.parameters()).view(-1)
        weight[-1] = torch.nextafter(weight[-1], torch.tensor(9.0))


def the_last_layer(model: SentenceTransformer) -> None:
    with torch.no_grad():
        dict(model.named_parameters())["2.linear.bias"][0] += 1


CHANGES: list[Callable[[SentenceTransformer], object]] = [
    a_weight,
    the_last_layer,
    lambda model: model.prompts.update(query="query: "),
    lambda model: model.prompts.update(document="passage: "),
    lambda model: setattr(model, "max_seq_length", 127),
    lambda model: setattr(model[1], "pooling_mode", "cls"),
    lambda model: setattr(model, "similarity_fn_name", "dot"),
    lambda model: model.tokenizer.add_tokens(["pumpe"]),
    lambda model: model.to(torch.bfloat16),
    lambda model: model.pop(-1),
]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_every_change_of_vectors_changes_it(folder: Path, number: int) -> None:
    model = load_folder(folder)
    before = fingerprint(model)
    CHANGES[number](model)
    assert fingerprint(model) != before


def test_prompts_for_other_uses_have_no_part_in_it(folder: Path) -> None:
    model = load_folder(folder)
    before = fingerprint(model)
    model.prompts["sts"] = "compare: "
    assert fingerprint(model) == before
