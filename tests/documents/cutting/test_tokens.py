"""Tokens counted by difference are those that the tokenizer itself counts."""

from __future__ import annotations

import pickle
import time
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.documents.cutting import tokens as module
from attune.documents.cutting.tokens import CHARACTERS_PER_TOKEN, Tokens
from tests.support.cut_documents import PROSE, TOKENIZERS, count, tokenizer

WORDS = st.lists(st.sampled_from([*PROSE.split(" "), "狐狸", "é" * 30, "ไทย", "👩‍👧"]), min_size=1, max_size=30)


@settings(deadline=None)
@given(st.lists(WORDS.map(" ".join), min_size=1, max_size=5), st.sampled_from(["WordPiece", "bytes"]))
def test_parts_are_counted_by_difference(parts: list[str], kind: str) -> None:
    """Exactly, for a tokenizer that takes word by word."""
    text = " ".join(parts)
    counted = Tokens(tokenizer(kind)).encode(text, [(0, len(text))])
    start = 0
    for part in parts:
        blank = 1 if start and kind == "bytes" else 0  # a blank is a token
        alone = max(count(part, kind) + blank, -(-len(part) // CHARACTERS_PER_TOKEN))
        assert counted.between(max(start - 1, 0), start + len(part)) == pytest.approx(alone, abs=1)
        start += len(part) + 1
    assert len(counted.ends) == count(text, kind) or kind == "bytes"
    assert list(counted.ends) == sorted(counted.ends)


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_texts_are_counted_as_the_model_counts_them(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_A_TIME", 300)  # several packs
    texts = [PROSE, "", "Foxes", PROSE * 3, "狐狸 and foxes", "Foxes"]
    tokens = Tokens(tokenizer(kind))
    assert tokens.count(texts, special=True) == [max(count(t, kind, True), -(-len(t) // 16)) for t in texts]
    assert tokens.count(texts) == [max(count(t, kind), -(-len(t) // 16)) for t in texts]
    text = "\n\n".join(texts)
    places = [(0, 200), (200, 215), (215, len(text))]
    whole = tokens.encode(text, places)
    monkeypatch.setattr(module, "AT_A_TIME", 10**9)
    assert tokens.encode(text, places) == whole


def test_words_that_the_model_does_not_know_are_counted_by_their_letters() -> None:
    tokens = Tokens(tokenizer())
    thai = "สวัสดีชาวโลก"
    text = f"Foxes say {thai} and more."
    letters = sum(map(str.isalnum, thai))
    assert tokens.encode(text, [(0, len(text))]).unknown == letters
    assert tokens.encode(PROSE, [(0, len(PROSE))]).unknown == 0
    assert Tokens(tokenizer("bytes")).encode(text, [(0, len(text))]).unknown == 0


def test_what_has_no_tokens_counts_by_its_length() -> None:
    tokens = Tokens(tokenizer())
    assert tokens.count(["x" * 1600]) == [100]
    assert tokens.encode("x" * 1600, [(0, 1600)]).between(0, 800) == 50


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_another_process_can_have_it(kind: str, tmp_path: Path) -> None:
    tokens = Tokens(tokenizer(kind))
    tokens.write(tmp_path / "tokens")
    again = pickle.loads((tmp_path / "tokens").read_bytes())
    assert again.count([PROSE], special=True) == tokens.count([PROSE], special=True)
    assert again.name == tokens.name


def test_the_file_is_whole_as_soon_as_it_is_there(tmp_path: Path) -> None:
    path, tokens, seen = tmp_path / "tokens", Tokens(tokenizer()), []

    def look() -> None:
        while not path.exists():
            time.sleep(0)
        seen.append(path.read_bytes())

    thread = Thread(target=look)
    thread.start()
    tokens.write(path)
    thread.join()
    assert seen == [path.read_bytes()]


def test_tokenizers_that_count_differently_have_other_names() -> None:
    assert len({Tokens(tokenizer(kind)).name for kind in TOKENIZERS}) == len(TOKENIZERS)
