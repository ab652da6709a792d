"""Hashing draws words as its paper says, and finds nearly all that comparing every pair finds, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from attune.text.hashed_pairs import CERTAINTY, DRAWS, SMALL, band_keys, draws_in_a_band, found_share, pairs
from attune.text.near_duplicates import near_duplicate_groups
from tests.text.test_near_duplicates import SIMILARITIES, TEXTS, every_pair_compared

Shares = Sequence[float]


def vectors(rows: Sequence[Shares]) -> csr_array:
    """Vectors of length 1 whose squares are proportional to the shares."""
    table = np.array(rows, dtype=np.float64)
    return csr_array(np.sqrt(table / np.maximum(table.sum(axis=1, keepdims=True), 1e-300)))


@settings(max_examples=10)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=12))
def test_two_texts_draw_the_same_word_as_often_as_the_paper_says(shares: list[tuple[int, int]]) -> None:
    p, q = (np.array(side, dtype=np.float64) + 1e-12 for side in zip(*shares, strict=True))
    if p.sum() < 0.5 or q.sum() < 0.5:
        return
    p, q = p / p.sum(), q / q.sum()
    # Moulton and Jiang 2018, equation 2: each word of both, over the sum of what outweighs it in either
    expected = sum(1 / np.maximum(p / p[i], q / q[i]).sum() for i in range(len(p)) if min(p[i], q[i]) > 1e-9)
    keys = band_keys(vectors([p * (p > 1e-9), q * (q > 1e-9)]), 1)
    assert len(keys) == DRAWS
    found = float((keys[:, 0] == keys[:, 1]).mean())
    assert abs(found - expected) <= 4.5 * np.sqrt(0.25 / DRAWS)  # in one of 150,000 cases it is further off


def test_bands_follow_the_similarity() -> None:
    assert [draws_in_a_band(s) for s in (0.2, 0.6, 0.8, 0.95, 1.0)] == sorted(
        draws_in_a_band(s) for s in (0.2, 0.6, 0.8, 0.95, 1.0)
    )
    assert all(found_share(s, draws_in_a_band(s)) >= CERTAINTY for s in (0.3, 0.5, 0.8, 0.95))
    assert found_share(1.0, 5) == 1.0


@given(TEXTS, SIMILARITIES)
@settings(deadline=None)
def test_hashing_joins_none_that_comparing_every_pair_leaves_apart(texts: list[str], similarity: float) -> None:
    hashed, exact = near_duplicate_groups(texts, similarity, 0), every_pair_compared(texts, similarity)
    assert len(set(zip(hashed, exact, strict=True))) == len(set(hashed))
    firsts = [hashed.index(group) for group in dict.fromkeys(hashed)]
    assert list(dict.fromkeys(hashed)) == sorted(set(hashed)) and firsts == sorted(firsts)


@pytest.mark.parametrize(("similarity", "exchanged"), [(0.8, 8), (0.95, 1)])
def test_nearly_all_groups_of_changed_copies_are_found(similarity: float, exchanged: int) -> None:
    chance = random.Random(3)
    words = [f"w{n}" for n in range(3000)]
    texts = []
    for _ in range(150):
        said = chance.choices(words, weights=[1 / n for n in range(1, 3001)], k=60)
        for copy in range(3):
            changed = [*said]
            for place in chance.sample(range(60), exchanged * copy):
                changed[place] = chance.choice(words)
            texts.append(" ".join(changed))
    exact, hashed = (np.array(near_duplicate_groups(texts, similarity, most)) for most in (len(texts), 0))
    together = exact[:, None] == exact
    assert together.sum() > len(texts) + 100  # there is something to find
    assert ((hashed[:, None] == hashed) & together).sum() >= 0.98 * together.sum()


def test_texts_without_words_are_alone_and_many_equal_ones_together() -> None:
    texts = ["?", "the pump", "!", *["the valve is open"] * (SMALL + 9), ""]
    groups = near_duplicate_groups(texts, 0.8, 0)
    assert len(set(groups)) == 5 and len(set(groups[3:-1])) == 1


@given(st.lists(st.integers(0, 5), max_size=80), st.integers(1, 10))
def test_pairs_are_those_with_one_key(keys: list[int], times: int) -> None:
    keys = keys * times
    found = {
        (min(a, b), max(a, b))
        for one, other in pairs(np.array(keys, dtype=np.uint64))
        for a, b in zip(one, other, strict=True)
    }
    assert all(keys[a] == keys[b] != 0 and a != b for a, b in found)
    for key in set(keys) - {0}:
        places = [i for i, k in enumerate(keys) if k == key]
        if len(places) <= SMALL:
            assert {(a, b) for a in places for b in places if a < b} <= found
        else:  # all hang together
            assert {(places[0], b) for b in places[1:]} <= found
