"""A set of fingerprints is a set of texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attune.questions.fingerprints import Fingerprints

TEXTS = st.lists(st.text(st.characters(), max_size=3) | st.sampled_from(["", "a", "b"]))  # halves of characters as well


@given(TEXTS, TEXTS, TEXTS)
def test_it_holds_what_was_added_and_nothing_else(added: list[str], later: list[str], others: list[str]) -> None:
    found = Fingerprints()
    assert not found and "a" not in found
    for texts in (added, later):  # looked at in between
        for text in texts:
            found.add(text)
        assert len(found) == len(set(added) | (set(later) if texts is later else set()))
    assert all((text in found) == (text in {*added, *later}) for text in [*added, *later, *others])
