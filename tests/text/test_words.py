"""Words in any script."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attune.text.words import words


def test_words_are_case_folded() -> None:
    assert words("The Straße, the STRASSE") == ["the", "strasse", "the", "strasse"]


def test_scripts_without_spaces_count_as_pairs_of_characters() -> None:
    assert words("東京都 x") == ["東京", "京都", "x"]
    assert words("水") == ["水"]


def test_mixed_scripts_keep_their_latin_words() -> None:
    assert set(words("GPUで学習")) == {"gpu", "で学", "学習"}


def test_accents_and_digits_stay() -> None:
    assert words("café 2021 naïve") == ["café", "2021", "naïve"]


@given(st.text())
def test_no_word_holds_a_space_and_none_is_empty(text: str) -> None:
    for word in words(text):
        assert word and not any(character.isspace() for character in word)
