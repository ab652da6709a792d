"""Learning from a teacher: the base model's own similarities, or a cross-encoder."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from sentence_transformers import CrossEncoder
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

from attune.core.errors import UserError
from attune.models.load import load_folder
from attune.training.data.teachers import base_teacher, cross_encoder_teacher
from attune.training.loop.trainer import train
from attune.training.prepare import encode
from tests.support.training import examples, knobs


@pytest.fixture(scope="module")
def cross_encoder(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder with random weights."""
    folder = tmp_path_factory.mktemp("cross")
    torch.manual_seed(1)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    config = BertConfig(  # type: ignore[call-arg]
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=128, num_labels=1, initializer_range=0.5,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_base_teacher_says_what_the_model_finds(tiny_model: Path) -> None:
    model, data = load_folder(tiny_model), examples()
    teacher = base_teacher(encode(model, data, 4), 0.05)
    questions, chunks = ["What is blue?", "a colour has pump 0?"], ["c07", "c00", "c03"]
    expected = model.similarity(
        model.encode_query(questions, convert_to_tensor=True),
        model.encode_document([data.passages[chunk] for chunk in chunks], convert_to_tensor=True),
    )
    torch.testing.assert_close(teacher(questions, chunks), 20 * expected)


@pytest.mark.slow
def test_with_the_base_model_as_its_only_teacher_a_model_finds_the_same(tiny_model: Path) -> None:
    moved = []
    for weight in (1.0, 0.0):
        model, data = load_folder(tiny_model), examples()
        before = encode(model, data, 4)
        train(model, data, knobs(teacher_weight=weight, dropout=False), teacher=base_teacher(before, 0.05))
        after = encode(model, data, 4)
        found = [model.similarity(side.question_vectors, side.chunk_vectors) for side in (before, after)]
        moved.append((found[0] - found[1]).abs().mean().item())
    assert moved[0] < 0.1 * moved[1]


@pytest.mark.slow
def test_cross_encoder_scores_each_question_with_each_chunk(cross_encoder: Path, tiny_model: Path) -> None:
    data = examples()
    teacher = cross_encoder_teacher(str(cross_encoder), None, data)
    questions, chunks = ["What is blue?", "a colour has pump 0?"], ["c07", "c00", "c03"]
    found = teacher(questions, chunks)
    reader = CrossEncoder(str(cross_encoder))
    for row, question in enumerate(questions):
        for column, chunk in enumerate(chunks):
            alone = reader.predict([(question, data.passages[chunk])], activation_fn=torch.nn.Identity())[0]
            assert found[row, column].item() == pytest.approx(float(alone), abs=1e-4)
    assert found.std() > 0.01
    model = load_folder(tiny_model)
    losses = train(model, data, knobs(epochs=8, teacher_weight=1.0, dropout=False), teacher=teacher)
    assert losses[-1][1] < 0.7 * losses[0][1]


def test_a_model_that_is_no_cross_encoder_is_refused(tmp_path: Path, cross_encoder: Path) -> None:
    with pytest.raises(UserError, match=r"cannot load the cross-encoder|is neither a folder"):
        cross_encoder_teacher(str(tmp_path), None, examples())
    config = BertConfig.from_pretrained(cross_encoder)
    config.num_labels = 3
    BertForSequenceClassification(config).save_pretrained(tmp_path / "three")
    AutoTokenizer.from_pretrained(cross_encoder).save_pretrained(tmp_path / "three")
    with pytest.raises(UserError, match="gives 3 numbers for a pair"):
        cross_encoder_teacher(str(tmp_path / "three"), None, examples())
