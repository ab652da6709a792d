"""The round-trip filter, on vectors made by hand."""

from __future__ import annotations

import pytest

from attune.core.errors import UserError
from attune.training.data.round_trip import round_trip
from tests.training.data.test_hard_negatives import encoded, training


def test_question_stays_when_the_model_or_bm25_finds_its_chunk() -> None:
    by_model, by_words, by_neither = "What heats dough?", "What bakes bread?", "Who wrote it?"
    data = training({by_model: ["c"], by_words: ["c"], by_neither: ["c"]})
    similarities = {by_model: [0, 0, 1.0, 0], by_words: [1, 0, 0.5, 0], by_neither: [1, 0.9, 0.5, 0.8]}
    found = encoded(data, similarities)
    kept = round_trip(data, found, 1)
    assert list(kept.relevant) == [by_model, by_words]
    assert (kept.passages, kept.groups) == (data.passages, data.groups)
    assert list(round_trip(data, found, 4).relevant) == list(data.relevant)


def test_filter_that_leaves_nothing_names_its_knob() -> None:
    data = training({"Who wrote it?": ["c"]})
    with pytest.raises(UserError, match=r"none of the 1 training questions .* first 1; raise finetune\.round_trip"):
        round_trip(data, encoded(data, {"q": [1.0, 0.0, 0.0, 0.0]}), 1)
