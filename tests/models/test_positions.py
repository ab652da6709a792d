"""A table of positions grows without a change for what fitted before, and is read and trained then."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import CONFIG_MAPPING

from attune.models.load import load_folder
from attune.models.positions import BERT_FAMILY, find_positions, lengthen_window, usable_positions
from attune.training.loop.trainer import train
from tests.support.models import OF_A_TYPE, SIZES, make_model
from tests.support.training import examples, knobs

SHORT, LONG = "What colour has the pump?", "The pump is blue. " * 60
LATE = LONG + "The candle is red. " * 4  # differs where nobody has read before


@pytest.mark.slow
@pytest.mark.parametrize("kind", BERT_FAMILY)
def test_a_longer_window_is_read_and_kept(kind: str, tmp_path: Path) -> None:
    model = load_folder(make_model(tmp_path / "short", kind, pad_token_id=1))
    before = model.encode([SHORT, LONG, LATE], convert_to_tensor=True)
    assert torch.equal(before[1], before[2])
    lengthen_window(model, 333)
    after = model.encode([SHORT, LONG, LATE], convert_to_tensor=True)
    torch.testing.assert_close(after[0], before[0])
    assert not torch.allclose(after[1], before[1]) and not torch.allclose(after[1], after[2])
    model.save_pretrained(str(tmp_path / "long"), create_model_card=False)
    again = load_folder(tmp_path / "long")
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


def test_a_model_without_a_table_of_positions_keeps_its_window(tmp_path: Path) -> None:
    assert find_positions(load_folder(make_model(tmp_path, "static"))) is None


@pytest.mark.parametrize(
    ("kind", "usable"),
    [
        *[("bert", 130), ("roberta", 128), ("mpnet", 128), ("distilbert", 130), ("nystromformer", 130), ("qwen3", 130)],
        *[("t5", None), ("xlnet", None), ("funnel", 130)],
    ],
)
def test_what_serves_is_known_without_weights(kind: str, usable: int | None) -> None:
    sizes = {"max_position_embeddings": 130} if kind == "funnel" else OF_A_TYPE.get(kind, SIZES)  # has no layers
    config = CONFIG_MAPPING[kind](**(sizes | {"pad_token_id": 1}))
    assert usable_positions(config) == usable
