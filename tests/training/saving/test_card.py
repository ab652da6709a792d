"""The card tells what a model was made of, and how to tell it from others."""

from __future__ import annotations

from pathlib import Path

from attune.core.params import BaseModelParams
from attune.models.load import load_folder
from attune.training.saving.card import model_card
from tests.support.models import make_model


def test_the_card_tells_its_base_its_window_and_its_fingerprint(tiny_model: Path) -> None:
    base = BaseModelParams(name="an-encoder", revision="0123abc", max_tokens=None)
    card = model_card(load_folder(tiny_model), base, 12, 0.5, "00112233aabbccdd")
    assert "# an-encoder, fine-tuned" in card and "| base model | an-encoder (revision 0123abc) |" in card
    assert "| dimensions | 32 |" in card and "| training questions | 12," in card
    assert "| weights | 50% of the way from the base model |" in card
    assert "| tokens read of a text | 128 |" in card and "| fingerprint | 00112233aabbccdd |" in card


def test_a_model_without_a_window_reads_all(tmp_path: Path) -> None:
    base = BaseModelParams(name="words", revision=None, max_tokens=None)
    assert "| tokens read of a text | all |" in model_card(
        load_folder(make_model(tmp_path, "static")), base, 1, 1.0, "0"
    )


def test_where_the_base_model_is_the_result_it_says_so(tiny_model: Path) -> None:
    base = BaseModelParams(name="an-encoder", revision=None, max_tokens=None)
    card = model_card(load_folder(tiny_model), base, 12, 0.0, "0")
    assert "# an-encoder, as it was" in card and "| weights | the base model's own:" in card
    assert "| training questions | none: 12 were tried |" in card and "fine-tuned on" not in card
