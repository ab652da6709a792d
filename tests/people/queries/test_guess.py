"""Which chunk of a document is taken for the answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from attune.people.queries.guess import DENSE_WEIGHT, Open, choose, encode, guess
from attune.search.bm25 import LexicalIndex
from attune.search.fusion import scaled
from tests.support.chunks import saying

TEXTS = [
    "The tenant pays the rent on the first day of each month.",
    "Either side may end the agreement with three months' notice.",
    "All keys are returned to the landlord on the last day.",
    "Cats are welcome, and so are small dogs.",
]
CHUNKS = [saying(text, "lease.pdf", 100 * number) for number, text in enumerate(TEXTS)]
ALL = frozenset(range(4))


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> SentenceTransformer:
    return SentenceTransformer(str(tiny_model))


def test_words_alone_decide_where_the_model_has_no_say(model: SentenceTransformer) -> None:
    opens = [Open("when is the rent paid", ALL), Open("cats", ALL), Open("keys of the landlord", ALL - {0})]
    assert choose(opens, CHUNKS, encode(opens, CHUNKS, model, 4), 0.0) == [0, 3, 2]


def test_only_what_may_answer_is_taken(model: SentenceTransformer) -> None:
    opens = [
        Open("cats and dogs", frozenset({0, 1})),
        Open("cats and dogs", frozenset({2, 3})),
        Open("rent", frozenset({1, 2})),
    ]
    found = guess(opens, CHUNKS, lambda: model, 4)
    assert all(number in each.chunks for number, each in zip(found, opens, strict=True))
    assert found[1] == 3


def test_scores_are_scaled_among_what_may_answer(model: SentenceTransformer) -> None:
    opens = [Open(query, among) for query in ("rent of the month", "notice") for among in (ALL, frozenset({0, 2, 3}))]
    encoded = encode(opens, CHUNKS, model, 4)
    order = {name: place for place, name in enumerate(encoded.chunks)}
    similar = model.similarity(encoded.question_vectors, encoded.chunk_vectors).numpy()
    words = list(LexicalIndex([TEXTS[[c.id for c in CHUNKS].index(name)] for name in encoded.chunks]).lines(
        encoded.questions, np.arange(4)))  # fmt: skip
    expected = []
    for each in opens:
        row = encoded.questions.index(each.query)
        columns = sorted(order[CHUNKS[number].id] for number in each.chunks)
        by_words = np.where(words[row][columns] > 0, scaled(words[row][columns]), 0)
        best = (DENSE_WEIGHT * scaled(similar[row][columns]) + (1 - DENSE_WEIGHT) * by_words).argmax()
        expected.append([c.id for c in CHUNKS].index(encoded.chunks[columns[best]]))
    assert choose(opens, CHUNKS, encoded, DENSE_WEIGHT) == expected


def test_only_chunks_that_may_answer_are_encoded(model: SentenceTransformer) -> None:
    opens = [Open("rent", frozenset({0, 1})), Open("rent", frozenset({1, 3}))]
    encoded = encode(opens, CHUNKS, model, 4)
    assert encoded.questions == ["rent"] and sorted(encoded.chunks) == sorted(CHUNKS[n].id for n in (0, 1, 3))


def test_equal_ones_are_told_by_their_ids(model: SentenceTransformer) -> None:
    twins = [saying("The same text.", f"{name}.txt") for name in "abc"]
    lowest = min(range(3), key=lambda number: twins[number].id)
    assert guess([Open("text", frozenset(range(3)))], twins, lambda: model, 4) == [lowest]


def test_nothing_to_guess_loads_no_model() -> None:
    def load() -> SentenceTransformer:
        raise AssertionError("the model is not needed")

    assert guess([], CHUNKS, load, 4) == []
