"""Near-duplicates are those that comparing every pair finds, however few pairs are compared."""

from __future__ import annotations

import io
import random
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import vstack
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neighbors import NearestNeighbors

from attune.text import near_duplicates as duplicates
from attune.text.near_duplicates import near_duplicate_groups
from attune.text.words import words

WORDS = "pump valve rotor Rotor filter gasket sensor lamp door wheel candle 500 泵的压力".split()
TEXTS = st.lists(
    st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=8), min_size=1, max_size=25
)
SIMILARITIES = st.sampled_from([0.05, 0.3, 0.5, 0.8, 0.95, 1.0]) | st.floats(0.01, 1)


def every_pair_compared(texts: list[str], similarity: float) -> list[int]:
    """The definition, by another library's dense distances."""
    if not any(words(text) for text in texts):
        return list(range(len(texts)))
    vectors = TfidfVectorizer(analyzer=words, sublinear_tf=True).fit_transform(texts)
    neighbours = NearestNeighbors(metric="cosine", algorithm="brute", radius=1 - similarity + 1e-9).fit(vectors)
    return [int(group) for group in connected_components(neighbours.radius_neighbors_graph(vectors), directed=False)[1]]


@given(TEXTS, st.integers(1, 7))
@settings(max_examples=50, deadline=None)
def test_vectors_on_disk_are_those_that_scikit_learn_makes_in_memory(texts: list[str], rows: int) -> None:
    with pytest.MonkeyPatch.context() as patch, io.BytesIO() as file:
        patch.setattr(duplicates, "ROWS", rows)
        blocks = [duplicates._read(file, start) for start in duplicates._write_vectors(iter(texts), file)]
    assert [block.shape[0] for block in blocks[:-1]] == [rows] * (len(blocks) - 1)
    ours = vstack(blocks, format="csr")
    assert ours.shape[0] == len(texts)
    if not any(words(text) for text in texts):
        assert not ours.nnz
        return
    theirs = TfidfVectorizer(analyzer=words, sublinear_tf=True).fit_transform(texts)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose((ours @ ours.T).toarray(), (theirs @ theirs.T).toarray(), atol=1e-12)
    # the rarest word first
    assert list(ours.count_nonzero(axis=0)) == sorted(theirs.getnnz(axis=0))


@given(TEXTS, SIMILARITIES)
@settings(deadline=None)
def test_groups_are_those_of_comparing_every_pair(texts: list[str], similarity: float) -> None:
    assert near_duplicate_groups(texts, similarity) == every_pair_compared(texts, similarity)


@given(TEXTS, SIMILARITIES, st.integers(1, 7), st.integers(1, 7))
@settings(max_examples=50, deadline=None)
def test_groups_do_not_depend_on_how_many_are_compared_at_a_time(
    texts: list[str], similarity: float, rows: int, pairs: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "ROWS", rows)
        patch.setattr(duplicates, "MOST_PAIRS", pairs)
        assert near_duplicate_groups(texts, similarity) == every_pair_compared(texts, similarity)


@pytest.mark.parametrize("similarity", [0.8, 0.95])
def test_groups_of_long_texts_with_shared_parts_and_small_changes(similarity: float) -> None:
    chance = random.Random(5)
    common = [f"common{n}" for n in range(60)]
    texts: list[str] = []
    for number in range(150):
        text = [f"rare{number}x{n}" for n in range(chance.randrange(2, 30))] + chance.choices(common, k=60)
        texts.append(" ".join(text))
        for _ in range(chance.randrange(3)):
            for _ in range(chance.randrange(6)):
                text[chance.randrange(len(text))] = chance.choice(common)
            texts.append(" ".join(text))
    found = near_duplicate_groups(texts, similarity)
    assert found == every_pair_compared(texts, similarity)
    assert 1 < len(set(found)) < len(texts)


def test_few_pairs_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(7)
    words_by_rank = [f"w{rank}" for rank in range(5000)]
    weights = [1 / (rank + 1) for rank in range(5000)]
    texts = [" ".join(chance.choices(words_by_rank, weights, k=100)) for _ in range(1000)]
    sizes: list[int] = []

    def counted(*blocks: Any) -> Iterator[Any]:
        for one, other in candidates(*blocks):
            sizes.append(len(one))
            yield one, other

    candidates = duplicates._candidates
    monkeypatch.setattr(duplicates, "_candidates", counted)
    near_duplicate_groups(texts, 0.95)
    assert 0 < sum(sizes) < 0.02 * 1000 * 999 / 2
    assert max(sizes) <= duplicates.MOST_PAIRS


def test_a_chain_of_neighbours_is_one_group() -> None:
    chain = [" ".join(f"word{n}" for n in range(start, start + 40)) for start in range(0, 12, 2)]
    assert near_duplicate_groups(chain[:1] + chain[-1:], 0.8) == [0, 1]
    assert near_duplicate_groups(chain, 0.8) == [0] * 6


def test_groups_are_numbered_by_their_first_text() -> None:
    assert near_duplicate_groups(["b b b", "a c", "b b b", "", "a c", "!"], 0.9) == [0, 1, 0, 2, 1, 3]


def test_near_duplicates_are_found_and_neighbours_in_subject_are_not() -> None:
    text = "The Atlas pump moves up to eighty litres of clean water each minute through its brass valve."
    texts = [text, text.replace("eighty", "ninety"), text.upper(), "The Atlas pump is painted green.", "Nothing alike."]
    groups = near_duplicate_groups(texts, 0.8)
    assert groups[0] == groups[1] == groups[2]
    assert len({groups[0], groups[3], groups[4]}) == 3


@given(st.lists(st.text(max_size=20), min_size=1, max_size=10))
def test_any_texts_can_be_grouped_and_equal_ones_go_together(texts: list[str]) -> None:
    groups = near_duplicate_groups([*texts, texts[0]], 1.0)
    assert len(groups) == len(texts) + 1
    if words(texts[0]):
        assert groups[0] == groups[-1]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_square_of_the_texts() -> None:
    def peak(count: int) -> int:
        # as in letters made from one form: a tenth is the same but for a name
        texts = [
            " ".join(["form"] * 3 + [f"form{n}" for n in range(30)] if number % 10 == 0 else [f"own{number % 97}"])
            + f" name{number} street{number}"
            for number in range(count)
        ]
        tracemalloc.start()
        near_duplicate_groups(texts, 0.8)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(8000) < 6 * peak(2000)
