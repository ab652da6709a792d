"""Spans are exact, cover the text, overlap no more than asked for, and fit into the window with their title."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerBase

from stages.lib.beir import Chunk
from stages.lib.models import load_tokenizer
from stages.lib.params import BaseModelParams
from stages.lib.splitter import Span, Splitter

PROSE = (
    "Foxes are small to medium-sized animals. They have a flattened skull, upright ears, and a pointed snout!\n\n"
    "Where do they live? In “dens”, mostly. Twelve species belong to the group of true foxes; others are named so.\n"
)
CHINESE = "狐狸是小型至中型的動物。牠們住在洞穴裡，多半在夜間活動"
HEBREW = "שועלים הם בעלי חיים קטנים. הם חיים במאורות, ופעילים בעיקר בלילה. "


@cache
def tokenizer() -> PreTrainedTokenizerBase:
    return load_tokenizer(BaseModelParams(name="all-MiniLM-L6-v2", revision=None, max_tokens=None))


def check(text: str, title: str = "", max_tokens: int = 64, overlap_tokens: int = 16) -> list[Span]:
    """Check all that is promised of spans, and return them."""
    splitter = Splitter(tokenizer(), max_tokens, overlap_tokens)
    title = splitter.cut_title(title)
    spans = splitter.spans(title, text)
    covered = 0
    for span in spans:
        assert span.start <= span.own < span.end <= len(text)
        assert not text[covered : span.own].strip()  # nothing is left out but blanks
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        passage = Chunk("", title, text[span.start : span.end]).passage
        assert len(tokenizer()(passage).input_ids) <= max_tokens
        covered = span.end
    assert not text[covered:].strip()
    for before, after in pairwise(spans):
        assert before.start <= after.start
        assert before.end <= after.own
        shared = text[after.start : max(after.start, before.end)]
        assert len(tokenizer()(shared, add_special_tokens=False).input_ids) <= overlap_tokens
    return spans


PIECES = st.sampled_from([*PROSE.split(" "), CHINESE, HEBREW, "\n", "\n\n\n", "\t", "x" * 300, "é" * 120, "[SEP]", "한국어", "👩‍👧", "…"])
TEXTS = st.lists(PIECES, max_size=80).map(" ".join) | st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@settings(deadline=None, max_examples=150)
@given(TEXTS, st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60).map(str.strip), st.data())
def test_spans_keep_their_promises(text: str, title: str, data: st.DataObject) -> None:
    max_tokens = data.draw(st.integers(16, 80))
    check(text, title, max_tokens, data.draw(st.integers(0, max_tokens // 2)))


@pytest.mark.parametrize(
    "text",
    [
        PROSE * 50,
        PROSE.replace("\n", " ") * 50,
        CHINESE * 100,
        CHINESE.replace("。", "").replace("，", "") * 100,
        HEBREW * 50,
        "x" * 100_000,
        "word " * 5_000,
        "-" * 5_000,
        " " * 5_000 + "x",
        "a\n" * 2_000,
        "👩‍👧" * 500,
        "한국어" * 500,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hard_texts(text: str) -> None:
    check(text, "A title of some words")
    check(text, "", 16, 8)


def test_a_text_without_tokens_is_cut_by_its_length() -> None:
    spans = check("x" * 100_000, max_tokens=64)
    assert max(span.end - span.start for span in spans) <= 64 * 16


def test_short_texts_are_one_span_and_blank_texts_are_none() -> None:
    assert check("\n Foxes. \n") == [Span(2, 2, 8)]
    assert check(" \n\t ") == []
    assert check("") == []


def test_spans_are_filled_and_whole_sentences_are_repeated() -> None:
    text = PROSE * 20
    spans = check(text, max_tokens=128, overlap_tokens=32)
    passages = [text[span.start : span.end] for span in spans]
    tokens = [len(tokenizer()(passage).input_ids) for passage in passages]
    assert sum(tokens) / len(tokens) > 0.75 * 128
    assert all(passage[0] in "FTWI" for passage in passages)  # a sentence starts here
    assert all(passage[-1] in ".!?" for passage in passages)
    assert all(after.start < before.end for before, after in pairwise(spans))


def test_a_sentence_that_is_cut_goes_on_with_words_before_the_cut() -> None:
    text = " ".join(f"word{number}" for number in range(500))
    spans = check(text, max_tokens=64, overlap_tokens=16)
    for before, after in pairwise(spans):
        shared = text[after.start : before.end]
        assert text[after.start - 1] == " "
        assert 8 <= len(tokenizer()(shared, add_special_tokens=False).input_ids) <= 16


def test_no_overlap() -> None:
    assert all(span.start == span.own for span in check(PROSE * 20, overlap_tokens=0))


def test_texts_that_are_long_in_tokens_make_no_noise(caplog: pytest.LogCaptureFixture) -> None:
    check("a " * 4_000, max_tokens=2_000)
    assert not caplog.records


@pytest.mark.parametrize("title", ["Foxes", "A title of many words " * 9, "Donaudampfschifffahrt" * 9, "狐狸" * 90, "", "한국어" * 60])
def test_titles_leave_room(title: str) -> None:
    splitter = Splitter(tokenizer(), 64, 16)
    cut = splitter.cut_title(title)
    assert title.startswith(cut)
    assert splitter.count(cut) <= 64 // 4
    assert cut == title or title.startswith(cut + " ") or " " not in cut
    assert (cut == "") == (title == "")
