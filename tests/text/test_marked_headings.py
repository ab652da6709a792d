"""Headings come from where a document marks them; lines are guessed at only where it marks none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attune.text.heading_lines import heading_lines
from attune.text.marked_headings import headings, without_headings

TEXT = "The pump moves oil through the engine, and whoever hears it whistle should look at the filter first."
PARTS = [("heading", "3.1 Oil pressure"), ("", TEXT), ("caption", "Figure 2: Flow of oil"), ("", TEXT)]


def joined(parts: list[tuple[str, str]]) -> tuple[str, list[dict[str, object]]]:
    text, marks = "", []
    for kind, part in parts:
        text += "\n\n" if text else ""
        if kind:
            marks.append({"kind": kind, "start": len(text), "end": len(text) + len(part)})
        text += part
    return text, marks


def test_marked_headings_and_captions_are_found_with_the_text_below_them() -> None:
    assert list(headings(*joined(PARTS))) == [
        ("Oil pressure", "heading", len(TEXT)),
        ("Flow of oil", "caption", len(TEXT)),
    ]


def test_a_heading_without_text_below_or_of_one_word_is_none() -> None:
    assert list(headings(*joined([("heading", "Oil pressure"), ("", "Short.")]))) == []
    assert list(headings(*joined([("heading", "Introduction"), ("", TEXT)]))) == []


def test_lines_are_guessed_at_only_where_nothing_is_marked() -> None:
    text = f"## Oil pressure\n\n{TEXT}"
    assert list(headings(text, [])) == []
    assert list(headings(text, None)) == list(heading_lines(text)) == [("Oil pressure", "heading", len(TEXT))]


def test_headings_of_two_lines_and_captions_of_their_own_kind() -> None:
    found = headings(
        *joined([("heading", "The pressure\nof the oil"), ("", TEXT), ("caption", "*Oil* by month."), ("", TEXT)])
    )
    assert [words for words, *_ in found] == ["The pressure of the oil", "Oil* by month."]


def test_what_is_asked_for_is_taken_out_and_nothing_else() -> None:
    text, marks = joined(PARTS)
    assert without_headings(text, marks, {"Oil pressure"}) == "\n\n".join([TEXT, "Figure 2: Flow of oil", TEXT])
    assert without_headings(text, marks, {"Oil pressure", "Flow of oil"}) == f"{TEXT}\n\n{TEXT}"
    assert without_headings(text, marks, set()) == text
    assert without_headings(text, None, {"Oil pressure"}) == text.removeprefix("3.1 Oil pressure\n\n")


@given(
    st.lists(st.tuples(st.sampled_from(["heading", "caption", ""]), st.sampled_from(["Oil pressure", "A fox", TEXT])))
)
def test_no_heading_that_is_found_stays_when_it_is_asked_for(parts: list[tuple[str, str]]) -> None:
    text, marks = joined(parts)
    asked = {words for words, *_ in headings(text, marks)}
    left = without_headings(text, marks, asked)
    kept = [part for kind, part in parts if not (kind and part in asked)]
    assert "".join(left.split()) == "".join("".join(kept).split())
