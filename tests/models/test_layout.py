"""modules.json and the settings of a model are read, and what is no model is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from attune.core.errors import UserError
from attune.models.layout import read_layout, read_settings
from tests.support.models import make_model


def test_the_first_module_is_what_reads_the_texts(tmp_path: Path) -> None:
    bert, static = make_model(tmp_path / "bert", "bert"), make_model(tmp_path / "static", "static")
    assert read_layout(bert).kinds == ("Transformer", "Pooling")
    assert read_layout(bert).first == bert and not read_layout(bert).static
    assert read_layout(static).first == static and read_layout(static).static


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "[1]", '[{"path": ""}]', '[{"type": "a.B"}]', "null"])
def test_broken_modules_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "modules.json").write_text(text)
    with pytest.raises(UserError, match="cannot load the model") as caught:
        read_layout(tmp_path)
    assert "\n" not in str(caught.value)


def test_settings_may_be_missing_but_not_broken(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == {}
    (tmp_path / "config_sentence_transformers.json").write_text('{"similarity_fn_name": "dot"}')
    assert read_settings(tmp_path) == {"similarity_fn_name": "dot"}
    for text, expected in (("{", "cannot load the model"), ("[]", "holds no table")):
        (tmp_path / "config_sentence_transformers.json").write_text(text)
        with pytest.raises(UserError, match=expected):
            read_settings(tmp_path)
