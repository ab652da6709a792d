"""The lexical baseline, against BM25 written out from its formula."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.search import ranking
from attune.search.bm25 import rank_bm25


def written_out(question: str, passages: Sequence[str]) -> list[float]:
    """The score of every chunk, by Kamphuis et al. 2020 with k1 = 1.2 and b = 0.75."""
    texts = [passage.lower().split() for passage in passages]
    average = sum(map(len, texts)) / len(texts)
    scores = [0.0] * len(texts)
    for word in question.lower().split():
        holding = sum(word in text for text in texts)
        rarity = math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
        for number, text in enumerate(texts):
            if count := text.count(word):
                scores[number] += rarity * count / (count + 1.2 * (1 - 0.75 + 0.75 * len(text) / average))
    return scores


def found(questions: Sequence[str], passages: Sequence[str], ids: Sequence[str], depth: int = 100) -> list[list[str]]:
    ranked = rank_bm25(questions, passages, ids, depth)
    assert ranked.dtype == np.int64
    assert ranked.shape == (len(questions), min(depth, len(ids)))
    return [[ids[chunk] for chunk in row] for row in ranked]


TEXTS = st.lists(st.sampled_from("ant bee cat dog eel Fox über 12".split()), max_size=12).map(" ".join)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[str], list[str], list[str]]:
    passages = draw(st.lists(TEXTS, min_size=1, max_size=25))
    questions = draw(st.lists(TEXTS | st.just("unicorn"), min_size=1, max_size=4))
    ids = draw(st.permutations([f"c{number:02d}" for number in range(len(passages))]))
    return questions, passages, ids


@settings(deadline=None, max_examples=100)
@given(cases(), st.integers(1, 30))
def test_equals_the_formula(case: tuple[list[str], list[str], list[str]], depth: int) -> None:
    questions, passages, ids = case
    for question, names in zip(questions, found(questions, passages, ids, depth), strict=True):
        scores = dict(zip(ids, written_out(question, passages), strict=True))
        best = sorted(scores.values(), reverse=True)[:depth]
        assert [scores[name] for name in names] == pytest.approx(best, rel=1e-12, abs=1e-12)
        # chunks of the same words, and those that share none with the question, have the very same score
        alike = [
            sorted(passage.lower().split()) if scores[name] else [] for name, passage in zip(ids, passages, strict=True)
        ]
        for kind in alike:
            same = sorted(name for name, other in zip(ids, alike, strict=True) if other == kind)
            shown = [name for name in names if name in same]
            assert shown == same[: len(shown)]


@settings(deadline=None)
@given(cases(), st.integers(1, 60))
def test_neither_blocks_nor_the_order_of_chunks_change_anything(
    case: tuple[list[str], list[str], list[str]], block: int
) -> None:
    questions, passages, ids = case
    whole = found(questions, passages, ids)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "SCORES_PER_BLOCK", block)
        assert found(questions, passages[::-1], ids[::-1]) == whole


def test_equals_the_formula_where_many_scores_are_close() -> None:
    random = np.random.default_rng(0)
    often = random.zipf(1.3, (400, 60)) % 40  # few words, some of them common, in chunks of 1 to 60 words
    passages = [" ".join(f"w{word}" for word in row[: 1 + number % 60]) for number, row in enumerate(often)]
    ids = [f"c{number:03d}" for number in range(400)]
    questions = [" ".join(f"w{word}" for word in row) for row in random.integers(0, 40, (20, 5))]
    for question, names in zip(questions, found(questions, passages, ids, 400), strict=True):
        scores = dict(zip(ids, written_out(question, passages), strict=True))
        assert [scores[name] for name in names] == pytest.approx(sorted(scores.values(), reverse=True), abs=1e-12)


def test_a_difference_that_only_a_common_word_makes_is_seen() -> None:
    rare = " ".join(f"rare{number}" for number in range(600))
    passages = [f"the a {rare}", f"the the {rare}", *["the " * 20] * 5000]
    ids = [f"c{number:04d}" for number in range(len(passages))]
    assert found([f"the {rare}"], passages, ids, 2) == [["c0001", "c0000"]]


def test_hand_computed_case() -> None:
    # "pump" is in 1 of 2 chunks: ln(1 + 1.5 / 1.5) = ln 2; it is found in the second, of twice the other's length
    assert found(["pump"], ["valve", "pump pump"], ["a", "b"]) == [["b", "a"]]
    # the shorter of two chunks that hold the word once is better, and three times better than once
    assert found(["pump"], ["pump and valve", "pump", "pump pump pump"], ["a", "b", "c"]) == [["c", "b", "a"]]
    # a rare word outweighs a common one
    assert found(["red pump"], ["pump x", "red x", "pump y", "pump z"], ["a", "b", "c", "d"])[0][0] == "b"
    # a word that the question repeats counts as often
    assert found(["red pump pump"], ["pump x", "red x"], ["b", "a"]) == [["b", "a"]]
    assert found(["red pump"], ["pump x", "red x"], ["b", "a"]) == [["a", "b"]]


def test_chunks_without_a_word_of_the_question_come_last_by_id() -> None:
    passages, ids = ["cat", "dog", "cat", "eel", "dog cat"], ["e", "d", "c", "b", "a"]
    assert found(["cat"], passages, ids) == [["c", "e", "a", "b", "d"]]


@pytest.mark.parametrize("question", ["", "  ", "?!", "unicorn"])
def test_question_without_a_known_word_finds_the_chunks_by_id(question: str) -> None:
    assert found(["cat", question], ["dog", "cat", "eel"], ["b", "c", "a"], depth=2) == [["c", "a"], ["a", "b"]]


@pytest.mark.filterwarnings("error")  # such as a division by their mean length
@pytest.mark.parametrize("passages", [["", "--"], ["!", "?"]])
def test_chunks_without_a_word(passages: list[str]) -> None:
    assert found(["cat", ""], passages, ["b", "a"]) == [["a", "b"], ["a", "b"]]


def test_one_chunk_and_one_question() -> None:
    assert found(["cat"], ["a cat"], ["only"]) == [["only"]]


def test_same_text_twice_is_ordered_by_id() -> None:
    assert found(["the cat"], ["the cat", "a dog", "the cat"], ["z", "y", "x"]) == [["x", "z", "y"]]


def test_case_and_scripts() -> None:
    passages = ["Die Straße ist gesperrt", "東京都の天気予報", "北京的天气", "ราคาน้ำมันวันนี้", "Погода в Москве"]
    questions = ["STRASSE", "東京の天気", "北京天气怎么样", "ราคา", "погода"]
    assert [row[0] for row in found(questions, passages, list("abcde"))] == list("abcde")


def test_only_our_own_progress_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    rank_bm25(["cat"], ["cat", "dog"], ["a", "b"], 2)
    shown = capfd.readouterr()
    assert shown.out == ""
    bars = set() if os.environ.get("TQDM_DISABLE") else {"bm25"}  # CI shows none
    assert {line.split(":")[0] for line in shown.err.replace("\r", "\n").split("\n") if line} == bars
    assert "BM25S" not in shown.err
