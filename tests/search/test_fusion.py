"""Fusion of BM25 and vectors, against its formulas written out question by question, without blocks or arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.search import ranking
from attune.search.ask import EncodedSet
from attune.search.bm25 import LexicalIndex, rank_bm25
from attune.search.fusion import FusionKind, fuse, rank_fused, reciprocal_ranks, scaled
from attune.search.ranking import order_by_id

WEIGHTS = [0.0, 0.3, 0.5, 0.7, 1.0]
WORDS = "ant bee cat dog eel fox".split()


def scaled_by_hand(scores: Sequence[float]) -> list[float]:
    low, high = min(scores), max(scores)
    return [(score - low) / (high - low) if high > low else 0.0 for score in scores]


def ranks_by_hand(scores: Sequence[float]) -> list[float]:
    ranks = [1 + sum(other > score for other in scores) for score in scores]
    return [1 / (60 + rank) if rank <= 100 else 0.0 for rank in ranks]


BY_HAND = {"score": scaled_by_hand, "rank": ranks_by_hand}


def fused_by_hand(dense: Sequence[float], lexical: Sequence[float], weight: float, kind: str) -> list[float]:
    by_meaning, by_words = BY_HAND[kind](dense), BY_HAND[kind](lexical)
    return [
        weight * m + ((1 - weight) * w if score > 0 else 0)
        for m, w, score in zip(by_meaning, by_words, lexical, strict=True)
    ]


@st.composite
def lines(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    """Cosines, negative ones too, and BM25 scores, of which many are 0; equal scores are common."""
    count = draw(st.integers(1, 130))
    generator = np.random.default_rng(draw(st.integers(0, 10**6)))
    levels = draw(st.sampled_from([1, 2, 5, 10**6]))
    dense = generator.integers(-levels, levels + 1, count) / levels
    lexical = np.maximum(generator.integers(-levels, levels + 1, count), 0) / levels * draw(st.sampled_from([1, 30]))
    return dense.tolist(), lexical.tolist()


@settings(deadline=None)
@given(lines(), st.sampled_from(["score", "rank"]))
def test_equals_the_formula(case: tuple[list[float], list[float]], kind: FusionKind) -> None:
    dense, lexical = case
    found = list(fuse([np.array(dense)], [np.array(lexical)], WEIGHTS, kind))
    assert len(found) == len(WEIGHTS)
    for weight, line in zip(WEIGHTS, found, strict=True):
        assert line.tolist() == pytest.approx(fused_by_hand(dense, lexical, weight, kind), abs=1e-12)
        assert line.min() >= 0 and line.max() <= 1


@settings(deadline=None)
@given(lines(), st.sampled_from([scaled, reciprocal_ranks]))
def test_what_is_made_comparable_keeps_its_order_and_knows_no_unit(
    case: tuple[list[float], list[float]], of: Any
) -> None:
    scores = np.array(case[0])
    found = of(scores)
    better = scores[:, None] > scores[None, :]
    assert (found[:, None] >= found[None, :])[better].all()
    assert len(set(found[scores == scores.max()])) == 1
    np.testing.assert_allclose(of(8 * scores + 4), found, atol=1e-12)  # another scale: nothing to choose


@st.composite
def cases(draw: st.DrawFn) -> tuple[EncodedSet, list[str]]:
    """Questions and passages of few words with vectors on a coarse grid, so that equal scores are common."""
    text = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)
    passages = draw(st.lists(text, min_size=1, max_size=30))
    questions = draw(st.lists(text | st.just("unicorn"), min_size=1, max_size=4))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 10**6)))
    ids = draw(st.permutations([f"c{number:02d}" for number in range(len(passages))]))
    asked, found = (
        torch.randint(-2, 3, (len(texts), 3), generator=generator).float() for texts in (questions, passages)
    )
    return EncodedSet(questions, ids, asked, found, lambda a, b: a @ b.T), passages


def ranked_by_hand(encoded: EncodedSet, passages: list[str], weight: float, kind: str, depth: int) -> list[list[str]]:
    found = []
    for question, vector in zip(encoded.questions, encoded.question_vectors, strict=True):
        dense = [float(vector @ other) for other in encoded.chunk_vectors]
        (lexical,) = LexicalIndex(passages).lines([question], np.arange(len(passages)))
        fused = fused_by_hand(dense, lexical.tolist(), weight, kind)
        # scores that differ by a rounding error alone are equal, whoever adds up
        best = sorted(range(len(fused)), key=lambda place: (-round(fused[place], 9), encoded.chunks[place]))
        found.append([encoded.chunks[place] for place in best[:depth]])
    return found


@settings(deadline=None, max_examples=25)
@given(cases(), st.sampled_from(["score", "rank"]), st.integers(1, 40))
def test_ranking_is_that_of_the_formula(case: tuple[EncodedSet, list[str]], kind: FusionKind, depth: int) -> None:
    encoded, passages = case
    found = rank_fused(encoded, LexicalIndex(passages), WEIGHTS, kind, depth, "x")
    for weight, one in zip(WEIGHTS, found, strict=True):
        names = [[encoded.chunks[place] for place in row] for row in one.ranked]
        assert {len(row) for row in names} == {min(depth, len(passages))}
        by_hand = ranked_by_hand(encoded, passages, weight, kind, depth)
        for row, other, question in zip(names, by_hand, range(len(names)), strict=True):
            if row != other:  # only where a rounding error parts what is equal
                dense = [float(encoded.question_vectors[question] @ v) for v in encoded.chunk_vectors]
                (lexical,) = LexicalIndex(passages).lines([encoded.questions[question]], np.arange(len(passages)))
                score = dict(zip(encoded.chunks, fused_by_hand(dense, lexical.tolist(), weight, kind), strict=True))
                assert [score[name] for name in row] == pytest.approx([score[name] for name in other], abs=1e-9)


@settings(deadline=None, max_examples=25)
@given(cases(), st.sampled_from(["score", "rank"]), st.integers(1, 60))
def test_neither_blocks_nor_the_order_of_chunks_change_anything(
    case: tuple[EncodedSet, list[str]], kind: FusionKind, block: int
) -> None:
    encoded, passages = case

    def names(encoded: EncodedSet, passages: list[str]) -> list[list[list[str]]]:
        found = rank_fused(encoded, LexicalIndex(passages), WEIGHTS, kind, 20, "x")
        return [[[encoded.chunks[place] for place in row] for row in one.ranked] for one in found]

    whole = names(encoded, passages)
    turned = EncodedSet(
        encoded.questions,
        encoded.chunks[::-1],
        encoded.question_vectors,
        encoded.chunk_vectors.flip(0),
        encoded.similarity,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "SCORES_PER_BLOCK", block)
        assert names(turned, passages[::-1]) == whole


@settings(deadline=None, max_examples=25)
@given(cases())
def test_at_the_ends_only_one_of_the_two_is_heard(case: tuple[EncodedSet, list[str]]) -> None:
    encoded, passages = case
    words, model = rank_fused(encoded, LexicalIndex(passages), [0.0, 1.0], "score", 100, "x")
    np.testing.assert_array_equal(model.ranked, encoded.ranking(100).ranked)
    np.testing.assert_array_equal(words.ranked, rank_bm25(encoded.questions, passages, encoded.chunks, 100))


@pytest.mark.parametrize("kind", ["score", "rank"])
@pytest.mark.parametrize("question", ["unicorn", "", "?!"])
def test_a_question_that_matches_no_word_is_left_to_the_model(kind: FusionKind, question: str) -> None:
    passages, ids = ["ant", "bee", "cat"], ["b", "c", "a"]
    vectors = torch.tensor([[1.0]]), torch.tensor([[-0.5], [0.2], [-0.1]])
    encoded = EncodedSet([question], ids, *vectors, lambda a, b: a @ b.T)
    for one in rank_fused(encoded, LexicalIndex(passages), [0.3, 0.7], kind, 3, "x"):
        assert one.ranked.tolist() == [[1, 2, 0]]
    (alone,) = rank_fused(encoded, LexicalIndex(passages), [0.0], kind, 3, "x")
    assert [ids[place] for place in alone.ranked[0]] == ["a", "b", "c"]  # nothing to go by: by id


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", ["score", "rank"])
def test_one_chunk_and_equal_scores_are_no_trouble(kind: FusionKind) -> None:
    one = EncodedSet(["ant"], ["only"], torch.ones(1, 2), torch.ones(1, 2), lambda a, b: a @ b.T)
    assert [r.ranked.tolist() for r in rank_fused(one, LexicalIndex(["ant"]), WEIGHTS, kind, 5, "x")] == [[[0]]] * 5
    same = EncodedSet(["ant"], ["c", "a", "b"], torch.ones(1, 2), torch.ones(3, 2), lambda a, b: a @ b.T)
    for found in rank_fused(same, LexicalIndex(["ant"] * 3), WEIGHTS, kind, 5, "x"):
        assert [same.chunks[place] for place in found.ranked[0]] == ["a", "b", "c"]


def test_a_chunk_without_a_word_of_the_question_is_not_pushed_below_zero() -> None:
    # of three matches the worst is scaled to 0 by itself; a chunk that does not match must not be worse than that
    (line,) = fuse([np.array([0.9, 0.1, 0.1])], [np.array([0.0, 2.0, 3.0])], [0.7], "score")
    assert line.tolist() == pytest.approx([0.7, 0.2, 0.3])


def test_hand_computed_reciprocal_ranks() -> None:
    (line,) = fuse([np.array([3.0, 2.0, 1.0])], [np.array([0.0, 5.0, 7.0])], [0.5], "rank")
    assert line.tolist() == pytest.approx([0.5 / 61, 0.5 / 62 + 0.5 / 62, 0.5 / 63 + 0.5 / 61])
    assert math.isclose(float(reciprocal_ranks(np.array([1.0, 1.0, 0.0]))[1]), 1 / 61)  # equal ones share a rank
    assert reciprocal_ranks(np.arange(150.0))[:50].tolist() == [0.0] * 50  # the last fifty are beyond rank 100


def test_agreement_beats_the_first_place_of_one_search() -> None:
    # X, a, Y by meaning and b, c, Y by words: Y is third for both, and stands in no list that it is not in
    places = ["X", "a", "Y", "b", "c"]
    dense, lexical = np.array([9.0, 8.0, 7.0, -1.0, -2.0]), np.array([0.0, 0.0, 7.0, 9.0, 8.0])
    (line,) = fuse([dense], [lexical], [0.5], "rank")
    by_hand = [1 / 61, 1 / 62, 1 / 63 + 1 / 63, 1 / 64 + 1 / 61, 1 / 65 + 1 / 62]
    assert (2 * line).tolist() == pytest.approx(by_hand)
    assert places[int(np.argmax(line))] == "b"  # all five were asked of both, so b is fourth by meaning


def test_a_single_match_counts_in_full() -> None:
    (line,) = fuse([np.array([0.5, 0.5, 0.5])], [np.array([0.0, 0.2, 0.0])], [0.7], "score")
    assert line.tolist() == pytest.approx([0.0, 0.3, 0.0])


@settings(deadline=None, max_examples=25)
@given(cases(), st.sampled_from(["score", "rank"]), st.integers(1, 15))
def test_whoever_asks_for_more_gets_the_same_first_ones(
    case: tuple[EncodedSet, list[str]], kind: FusionKind, depth: int
) -> None:
    encoded, passages = case
    few, many = (rank_fused(encoded, LexicalIndex(passages), [0.7], kind, d, "x")[0].ranked for d in (depth, 40))
    np.testing.assert_array_equal(few, many[:, :depth])


@settings(deadline=None, max_examples=25)
@given(cases(), st.sampled_from(["score", "rank"]))
def test_twins_have_the_same_score(case: tuple[EncodedSet, list[str]], kind: FusionKind) -> None:
    encoded, passages = case
    doubled = EncodedSet(
        encoded.questions,
        [f"{id}{twin}" for id in encoded.chunks for twin in "ab"],
        encoded.question_vectors,
        encoded.chunk_vectors.repeat_interleave(2, dim=0),
        encoded.similarity,
    )
    index = LexicalIndex([passage for passage in passages for _ in "ab"])
    order = order_by_id(doubled.chunks)
    for line in fuse(doubled.lines(), index.lines(doubled.questions, order), WEIGHTS, kind):
        by_id = dict(zip(sorted(doubled.chunks), line.tolist(), strict=True))
        assert all(by_id[f"{id}a"] == by_id[f"{id}b"] for id in encoded.chunks)


def test_the_same_vectors_shortened() -> None:
    vectors = torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([[0.1, 9.0, 0.0], [0.2, 0.0, 0.0]])
    encoded = EncodedSet(["x"], ["a", "b"], *vectors, lambda a, b: a @ b.T)
    (short,) = rank_fused(encoded, LexicalIndex(["p", "q"]), [0.7], "score", 2, "x", 1)
    assert short.ranked.tolist() == encoded.ranking(2, 1).ranked.tolist() == [[1, 0]]


@pytest.mark.parametrize("function", [scaled, reciprocal_ranks])
def test_a_chunk_without_a_vector_has_nothing_from_the_model_and_changes_nothing_for_the_others(function: Any) -> None:
    line = np.array([0.3, -0.2, 0.9, 0.1])
    with_gap = function(np.array([0.3, -np.inf, -0.2, 0.9, 0.1]))
    np.testing.assert_array_equal(np.delete(with_gap, 1), function(line))
    assert with_gap[1] == 0
    assert not function(np.full(3, -np.inf)).any()


def test_what_no_vector_finds_bm25_may() -> None:
    vectors = torch.tensor([[1.0, 0.0], [0.0, 0.0], [0.6, 0.8]])
    asked, ids = torch.tensor([[1.0, 0.0], [0.0, 0.0]]), ["a", "b", "c"]
    encoded = EncodedSet(["ant", "bee"], ids, asked, vectors, lambda a, b: a @ b.T, has_gaps=True)
    found = encoded.ranking(3)
    assert found.ranked.tolist() == [[0, 2, -1], [-1, -1, -1]]
    assert (found.refused_chunks, found.refused_questions) == (1, 1)
    (fused,) = rank_fused(encoded, LexicalIndex(["cat", "bee bee", "dog"]), [0.5], "score", 3, "hybrid")
    assert fused.ranked[1, 0] == 1
