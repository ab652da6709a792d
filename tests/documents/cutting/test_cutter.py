"""Spans are exact, cover the text, overlap no more than asked for, and fit into the window with their title."""

from __future__ import annotations

import textwrap
from functools import cache
from itertools import pairwise

import pytest
from attune.documents.cutter import Cutter, Span
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from attune.core.params import BaseModelParams
from attune.core.records import Chunk
from attune.models.load import load_tokenizer

PROSE = (
    "Foxes are small to medium-sized animals. They have a flattened skull, upright ears, and a pointed snout!\n\n"
    "Where do they live? In “dens”, mostly. Twelve species belong to the group of true foxes; others are named so.\n"
)
CHINESE = "狐狸是小型至中型的動物。牠們住在洞穴裡，多半在夜間活動"
HEBREW = "שועלים הם בעלי חיים קטנים. הם חיים במאורות, ופעילים בעיקר בלילה. "


@cache
def tokenizer(kind: str = "WordPiece") -> PreTrainedTokenizerBase:
    """Return the tokenizer of the default model, or a tiny one of the kinds that other models use."""
    if kind == "WordPiece":
        return load_tokenizer(BaseModelParams(name="all-MiniLM-L6-v2", revision=None, max_tokens=None))
    if kind == "byte-level BPE":  # as in RoBERTa and ModernBERT: a character can be four tokens
        tiny = Tokenizer(models.BPE())
        tiny.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer: trainers.Trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False)
    else:  # as in T5 and XLM-RoBERTa
        tiny = Tokenizer(models.Unigram())
        tiny.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.UnigramTrainer(
            vocab_size=300, unk_token="<unk>", special_tokens=["<unk>"], show_progress=False
        )
    tiny.train_from_iterator([PROSE], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tiny)  # type: ignore[no-untyped-call]


def check(
    text: str, title: str = "", max_tokens: int = 64, overlap_tokens: int = 16, kind: str = "WordPiece"
) -> list[Span]:
    """Check all that is promised of spans, and return them."""
    tokens = tokenizer(kind)
    cutter = Cutter(tokens, max_tokens, overlap_tokens)
    title = cutter.cut_title(title)
    spans = cutter.spans(title, text)
    covered = 0
    for span in spans:
        assert span.start <= span.own < span.end <= len(text)
        assert not text[covered : span.own].strip()  # nothing is left out but blanks
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        passage = Chunk("", title, text[span.start : span.end]).passage
        assert len(tokens(passage).input_ids) <= max_tokens
        covered = span.end
    assert not text[covered:].strip()
    for before, after in pairwise(spans):
        assert before.own <= after.start  # only the span before is repeated
        assert before.end <= after.own
        shared = text[after.start : max(after.start, before.end)]
        assert len(tokens(shared, add_special_tokens=False).input_ids) <= overlap_tokens
    return spans


PIECES = st.sampled_from(
    [*PROSE.split(" "), CHINESE, HEBREW, "\n", "\n\n\n", "\t", "x" * 300, "é" * 120, "[SEP]", "한국어", "👩‍👧", "…"]
)
TEXTS = st.lists(PIECES, max_size=80).map(" ".join) | st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@settings(deadline=None, max_examples=150)
@given(TEXTS, st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60).map(str.strip), st.data())
def test_spans_keep_their_promises(text: str, title: str, data: st.DataObject) -> None:
    max_tokens = data.draw(st.integers(16, 80))
    kind = data.draw(st.sampled_from(["WordPiece", "byte-level BPE", "Unigram"]))
    check(text, title, max_tokens, data.draw(st.integers(0, max_tokens // 2)), kind)


@pytest.mark.parametrize(
    "text",
    [
        PROSE * 50,
        PROSE.replace("\n", " ") * 50,
        CHINESE * 100,
        CHINESE.replace("。", "").replace("，", "") * 100,
        HEBREW * 50,
        "x" * 20_000,
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
    spans = check("x" * 20_000, max_tokens=64)
    assert max(span.end - span.start for span in spans) <= 64 * 16


def test_short_texts_are_one_span_and_blank_texts_are_none() -> None:
    assert check("\n Foxes. \n") == [Span(2, 2, 8)]
    assert check(" \n\t ") == []
    assert check("") == []


def test_spans_are_filled_and_whole_sentences_are_repeated() -> None:
    text = PROSE * 20
    spans = check(text, max_tokens=256, overlap_tokens=32)
    passages = [text[span.start : span.end] for span in spans]
    tokens = [len(tokenizer()(passage).input_ids) for passage in passages]
    assert sum(tokens[:-1]) / len(tokens[:-1]) > 0.75 * 256
    assert all(passage[0] in "FTWI" for passage in passages)  # a sentence starts here
    assert all(passage[-1] in ".!?" for passage in passages)
    assert all(after.start < before.end for before, after in pairwise(spans[:-1]))


def test_a_short_span_goes_into_its_neighbour() -> None:
    heading, end = "How the red foxes live here", "That was all of it."
    body = " ".join(["Foxes live in dens."] * 10)
    text = f"{heading}\n\n{body}\n\n\n{end}"
    spans = check(text, max_tokens=67, overlap_tokens=0)
    assert [text[span.start : span.end] for span in spans] == [heading, body, end]
    spans = check(text, max_tokens=74, overlap_tokens=7)
    assert [text[span.start : span.end] for span in spans] == [text]


def test_a_sentence_that_is_cut_goes_on_with_words_before_the_cut() -> None:
    text = " ".join(f"word{number}" for number in range(500))
    spans = check(text, max_tokens=64, overlap_tokens=16)
    for before, after in pairwise(spans):
        shared = text[after.start : before.end]
        assert text[after.start - 1] == " "
        assert 8 <= len(tokenizer()(shared, add_special_tokens=False).input_ids) <= 16


def test_text_that_is_wrapped_by_hand_is_cut_at_its_sentences_too() -> None:
    paragraph = "A fox is small and lives in a den that it has dug by itself or taken over. It hunts at night. " * 30
    text = textwrap.fill(paragraph, 60)
    spans = check(text, max_tokens=64, overlap_tokens=16)
    assert all(text[span.start] in "AI" and text[span.end - 1] == "." for span in spans)


def test_no_overlap() -> None:
    assert all(span.start == span.own for span in check(PROSE * 20, overlap_tokens=0))


def test_texts_that_are_long_in_tokens_make_no_noise(caplog: pytest.LogCaptureFixture) -> None:
    Cutter(tokenizer(), 2_000, 16).spans("", "a " * 4_000)
    assert not caplog.records


@pytest.mark.parametrize(
    "title", ["Foxes", "A title of many words " * 9, "Donaudampfschifffahrt" * 9, "狐狸" * 90, "", "한국어" * 60]
)
def test_titles_leave_room(title: str) -> None:
    cutter = Cutter(tokenizer(), 64, 16)
    cut = cutter.cut_title(title)
    assert title.startswith(cut)
    assert cutter.count(cut) <= 64 // 4
    assert cut == title or title.startswith(cut + " ") or " " not in cut
    assert (cut == "") == (title == "")
