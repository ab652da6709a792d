"""What is held in few bytes comes back as it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attune.questions.compact import Digests, Fingerprints, Ids, Spool

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


@given(TEXTS)
def test_ids_come_back_by_their_number(texts: list[str]) -> None:
    kept = Ids()
    for text in texts:
        kept.append(text)
    assert [kept[number] for number in range(len(kept))] == texts


@given(st.lists(st.binary(min_size=32, max_size=32) | st.just(bytes(32))))
def test_digests_are_what_they_were(digests: list[bytes]) -> None:
    hexadecimal = [digest.hex() for digest in digests]
    kept = Digests()
    for digest in hexadecimal:
        kept.append(digest)
    assert list(kept) == hexadecimal and [kept[number] for number in range(len(kept))] == hexadecimal
    firsts = kept.first_numbers()
    assert [kept[number] for number in firsts] == list(dict.fromkeys(hexadecimal))


@given(st.lists(st.tuples(st.text(st.characters()), st.sampled_from(["", "a\nb", "\u2028"]))))
def test_rows_on_disk_come_back_as_often_as_one_likes(rows: list[tuple[str, str]]) -> None:
    spool = Spool(iter(rows), lambda *texts: texts)
    assert list(spool) == rows == list(spool)
