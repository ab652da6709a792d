"""Longer windows: what fitted before stays as it is, what did not is read, and the model is an ordinary one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, StaticEmbedding, Transformer
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import AutoTokenizer, RobertaConfig, RobertaModel

from attune.core.errors import UserError
from attune.core.params import BaseModelParams
from attune.models.load import load_embedder, load_folder
from attune.models.window import can_stretch, stretch
from attune.training.loop.trainer import train
from tests.support.training import examples, knobs

SHORT, LONG = "What colour has the pump?", "The pump is blue. " * 60
LATE = LONG + "The candle is red. " * 4  # differs where nobody has read before


@pytest.fixture(scope="module")
def roberta(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose positions start after the number of the padding token."""
    folder = tmp_path_factory.mktemp("roberta")
    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    config = RobertaConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=130, pad_token_id=1,
    )  # fmt: skip
    RobertaModel(config).save_pretrained(folder / "body")
    tokenizer.model_max_length = 128
    tokenizer.save_pretrained(folder / "body")
    model = SentenceTransformer(modules=[Transformer(str(folder / "body")), Pooling(32)])
    model.save_pretrained(str(folder / "model"), create_model_card=False)
    return folder / "model"


@pytest.mark.parametrize("kind", ["tiny_model", "roberta"])
def test_a_longer_window_is_read_and_kept(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(kind)
    model = load_folder(folder)
    model.max_seq_length = 128
    before = model.encode([SHORT, LONG, LATE], convert_to_tensor=True)
    assert torch.equal(before[1], before[2])
    stretch(model, 333)
    after = model.encode([SHORT, LONG, LATE], convert_to_tensor=True)
    torch.testing.assert_close(after[0], before[0])
    assert not torch.allclose(after[1], before[1]) and not torch.allclose(after[1], after[2])
    model.save_pretrained(str(tmp_path), create_model_card=False)
    again = load_folder(tmp_path)
    assert again.max_seq_length == 333
    torch.testing.assert_close(again.encode([SHORT, LONG, LATE], convert_to_tensor=True), after)
    longest = SHORT + " pump" * 1000
    assert again.tokenize([longest])["input_ids"].shape[1] == 333
    assert torch.isfinite(again.encode(longest, convert_to_tensor=True)).all()


def test_new_positions_are_trained(tiny_model: Path) -> None:
    model, data = load_folder(tiny_model), examples()
    stretch(model, 200)
    (table,) = (tensor for name, tensor in model.named_parameters() if "position_embeddings" in name)
    before = table.detach().clone()
    assert torch.equal(before[:72], before[128:])
    long = {chunk: text + " and so on" * 50 for chunk, text in data.passages.items()}
    object.__setattr__(data, "passages", long)
    train(model, data, knobs(epochs=1, max_tokens=None))
    assert (table.detach() != before).any(dim=1).sum() > 140


def test_a_model_without_a_table_of_positions_keeps_its_window(tmp_path: Path) -> None:
    words = SentenceTransformer(
        modules=[StaticEmbedding(Tokenizer(WordLevel({"a": 0}, unk_token="a")), embedding_dim=4)]
    )
    assert not can_stretch(words)


def test_a_window_that_cannot_grow_is_refused(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attune.models.window.can_stretch", lambda model: False)
    with pytest.raises(UserError, match="reads at most 128 tokens, and cannot be taught to read more; set it to 128"):
        load_embedder(BaseModelParams(name=str(tiny_model), revision=None, max_tokens=129))
