"""The share of passages whose end a model does not read."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding

from attune.evaluation import systems as truncation
from attune.evaluation.systems import truncated_share
from attune.models.load import load_folder


@pytest.fixture
def model(tiny_model: Path) -> SentenceTransformer:
    return load_folder(tiny_model)


@pytest.mark.slow
@pytest.mark.parametrize(("window", "prompt"), [(16, ""), (16, "one two three "), (128, "passage: ")])
def test_counts_a_passage_whose_last_word_changes_nothing(
    model: SentenceTransformer, monkeypatch: pytest.MonkeyPatch, window: int, prompt: str
) -> None:
    model.max_seq_length = window
    model.prompts["document"] = prompt
    lengths = range(window - 8, window + 4)
    texts, others = ([" ".join(["salt"] * length + [last]) for length in lengths] for last in ("pepper", "walrus"))
    vectors, changed = (torch.as_tensor(model.encode_document(batch)) for batch in (texts, others))
    lost = [torch.allclose(vector, other, atol=1e-6) for vector, other in zip(vectors, changed, strict=True)]
    assert 0 < sum(lost) < len(texts)
    assert [truncated_share(model, [text]) for text in texts] == [float(one) for one in lost]
    assert truncated_share(model, texts) == sum(lost) / len(texts)
    monkeypatch.setattr(truncation, "BATCH", 5)
    assert truncated_share(model, texts[::-1]) == sum(lost) / len(texts)


def test_special_tokens_count(model: SentenceTransformer) -> None:
    model.max_seq_length = 10
    assert truncated_share(model, ["salt " * 8]) == 0.0  # and two special tokens
    assert truncated_share(model, ["salt " * 9]) == 1.0


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=80), max_size=12), st.integers(3, 20), st.integers(1, 5))
def test_equals_what_the_tokenizer_drops(model: SentenceTransformer, texts: list[str], window: int, batch: int) -> None:
    model.max_seq_length = window
    longer = 0
    for text in texts:
        cut = model.tokenizer(text, truncation=True, return_overflowing_tokens=True)
        longer += len(cut.encodings[0].overflowing) > 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(truncation, "BATCH", batch)
        assert truncated_share(model, texts) == (longer / len(texts) if texts else 0.0)


def test_the_tokenizer_stays_as_it_was(model: SentenceTransformer, tmp_path: Path) -> None:
    model.save_pretrained(str(tmp_path / "before"), create_model_card=False)
    backend = model.tokenizer.backend_tokenizer
    state = (backend.truncation, backend.padding)
    assert state[0] is not None and state[1] is not None  # as it was saved: cuts and pads
    assert truncated_share(model, ["salt " * 500, "salt"]) == 0.5
    assert (backend.truncation, backend.padding) == state
    model.save_pretrained(str(tmp_path / "after"), create_model_card=False)
    for file in sorted((tmp_path / "before").rglob("*.json")):
        assert json.loads(file.read_text()) == json.loads(
            (tmp_path / "after" / file.relative_to(tmp_path / "before")).read_text()
        )
    assert truncated_share(model, ["salt " * 500, "salt"]) == 0.5  # also after the model has cut and padded itself
    model.encode_document(["salt " * 500, "salt"])
    assert truncated_share(model, ["salt " * 500, "salt"]) == 0.5


def test_nothing_is_said_about_long_texts(
    model: SentenceTransformer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("transformers"), "propagate", True)
    assert truncated_share(model, ["salt " * 5000]) == 1.0
    assert not caplog.records
    model.tokenizer("salt " * 5000, truncation=False)  # asked like this, it does say something
    assert "longer than the specified maximum" in caplog.text


def test_a_model_without_a_window_cuts_nothing(model: SentenceTransformer) -> None:
    long = ["salt " * 5000]
    static = SentenceTransformer(modules=[StaticEmbedding(model.tokenizer.backend_tokenizer, embedding_dim=8)])
    assert static.max_seq_length == float("inf")
    static.tokenizer.no_truncation()
    assert truncated_share(static, long) == 0.0
    static.tokenizer.enable_truncation(100)  # it says nothing of that
    assert truncated_share(static, [*long, "salt"]) == 0.5
    for window in (None, int(1e30)):  # None, and what a tokenizer says that knows no limit
        model.max_seq_length = window
        assert truncated_share(model, long) == 0.0
