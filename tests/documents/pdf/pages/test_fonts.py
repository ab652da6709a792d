"""Marks of symbol fonts in plain characters."""

from __future__ import annotations

import pytest

from attune.documents.pdf.pages.fonts import plain


@pytest.mark.parametrize("mark", ["\uf0b7", "\uf0a7", "\uf0d8", "\uf076", "\x00", "\uf001", "\ue123"])
def test_a_mark_alone_at_the_start_is_one_that_people_know(mark: str) -> None:
    for symbols in (False, True):
        if symbols and mark in "\x00\uf001\ue123":
            continue
        found = plain(f"{mark} close the valve", symbols)
        assert found.endswith(" close the valve") and found[0] in "•▪➢❖"


def test_letters_in_private_use_are_those_of_latin_1() -> None:
    secret = "".join(chr(0xF000 + ord(letter)) for letter in "Réglage 12 bar")
    assert plain(secret, symbols=False) == "Réglage 12 bar"


def test_marks_of_symbol_fonts_have_their_own_meaning() -> None:
    assert plain("\uf0fc\uf0fe\uf0e8", symbols=True) == "✓☑➔"


def test_hyphens_of_a_line_end_are_hyphens() -> None:
    assert plain("exam\x02", symbols=False) == "exam-"
    assert plain("exam\xad", symbols=False) == "exam-"
