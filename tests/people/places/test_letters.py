"""Letters are what two programs that read the same file agree on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attune.people.places.letters import letters, origins


def test_letters_are_those_that_mean_the_same() -> None:
    assert letters("H₂O, ½ of ２０２１: “ﬁne”") == letters("h2o 1/2 of 2021 FINE")
    assert letters("की") != letters("कि")  # only the vowel differs, which Unicode calls a mark


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_letters_of_parts_add_up_and_tell_where_they_come_from(left: str, right: str) -> None:
    assert letters(left + right) == letters(left) + letters(right)
    found = origins(left)
    assert [letters(left[offset])[0] for offset in sorted(set(found.tolist()))] == [
        letters(character)[0] for character in left if letters(character)
    ]
    assert len(found) == len(letters(left))
