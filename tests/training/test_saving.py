"""A saved model: the same bytes each time, and a card that says what it was made of."""

from __future__ import annotations

from pathlib import Path

from attune.core.params import BaseModelParams
from attune.models.load import load_folder
from attune.training.saving import model_card, save


def test_saved_twice_it_is_the_same_and_the_card_tells_its_base(tiny_model: Path, tmp_path: Path) -> None:
    base = BaseModelParams(name="an-encoder", revision="0123abc", max_tokens=None)
    written = []
    for name in ("one", "two"):
        save(load_folder(tiny_model), tmp_path / name, base, 12, 0.5)
        files = [path for path in sorted((tmp_path / name).rglob("*")) if path.is_file()]
        written.append({path.relative_to(tmp_path / name): path.read_bytes() for path in files})
    assert written[0] == written[1]
    card = written[0][Path("README.md")].decode()
    assert "# an-encoder, fine-tuned" in card and "| base model | an-encoder (revision 0123abc) |" in card
    assert "| dimensions | 32 |" in card and "| training questions | 12," in card
    assert "| weights | 50% of the way from the base model |" in card
    assert load_folder(tmp_path / "one").max_seq_length == 128


def test_the_card_of_the_base_model_does_not_say_that_it_was_tuned(tiny_model: Path) -> None:
    base = BaseModelParams(name="an-encoder", revision=None, max_tokens=None)
    card = model_card(load_folder(tiny_model), base, 12, 0.0)
    assert "# an-encoder, as it was" in card and "| weights | the base model's own: nothing" in card
    assert "| training questions | none: 12 were tried |" in card and "fine-tuned on" not in card
