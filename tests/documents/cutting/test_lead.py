"""What stands in front of a chunk says where it is from, and leaves the most of it to its text."""

from __future__ import annotations

import pytest

from attune.core.records import LEAD
from attune.documents.blocks import table
from attune.documents.cutting.lead import HEADER_SHARE, HEADINGS_SHARE, TITLE_SHARE, Leads
from attune.documents.cutting.tokens import Tokens
from attune.documents.document import Document
from tests.support.cut_documents import count, of, tokenizer

ROOM = 200
ROWS = table([["Valve", "Opens at"], ["V1", "3 bar"], ["V2", "4 bar"]], header=1)


def leads(room: int = ROOM, titles: bool = True, headings: bool = True, table_headers: bool = True) -> Leads:
    return Leads(Tokens(tokenizer()), room, titles, headings, table_headers)


def lead(found: Document, words: str, **knobs: bool) -> str:
    """Return what stands in front of a chunk that begins with these words."""
    start = found.text.index(words)
    block = next(block for block in found.blocks if block.start <= start < block.end)
    return leads(**knobs).lead(found, block, start)


MANUAL = of("# Boilers", "## Limits", "Never above 90.", ROWS, "## Care", "Bleed it.", title="Manual")


def test_a_place_is_told_by_title_headings_and_columns() -> None:
    assert lead(MANUAL, "Never") == "Manual › Boilers › Limits"
    assert lead(MANUAL, "| V1") == "Manual › Boilers › Limits › Valve | Opens at"
    assert lead(MANUAL, "Bleed") == "Manual › Boilers › Care"


def test_what_stands_in_the_text_itself_is_not_said_twice() -> None:
    assert lead(MANUAL, "Boilers") == "Manual"
    assert lead(MANUAL, "Care") == "Manual › Boilers"
    assert lead(MANUAL, "| Valve") == "Manual › Boilers › Limits"
    titled = of("# The Manual", "Words of it.", title="The manual")
    assert lead(titled, "Words") == "The manual"


def test_each_of_them_can_be_left_out() -> None:
    assert lead(MANUAL, "| V1", titles=False) == "Boilers › Limits › Valve | Opens at"
    assert lead(MANUAL, "| V1", headings=False) == "Manual › Valve | Opens at"
    assert lead(MANUAL, "| V1", table_headers=False) == "Manual › Boilers › Limits"
    assert lead(MANUAL, "| V1", titles=False, headings=False, table_headers=False) == ""


def test_the_innermost_headings_are_kept_where_there_is_no_room_for_all() -> None:
    path = [f"The heading of some words with number {number}" for number in range(1, 6)]
    found = of(*(f"{'#' * number} {words}" for number, words in enumerate(path, start=1)), "Text.")
    said = lead(found, "Text.")
    assert said == LEAD.join(path[3:])
    assert count(said) <= ROOM * HEADINGS_SHARE


LONG = [
    "Foxes",
    "A title of many words " * 19,
    "Donaudampfschifffahrt" * 9,
    "狐狸" * 90,
    "",
    "한국어" * 60,
    "Kühe " * 80,
]


@pytest.mark.slow
@pytest.mark.parametrize("words", LONG)
@pytest.mark.parametrize("room", [14, 40, ROOM])
def test_each_has_its_share(words: str, room: int) -> None:
    words = words.strip()
    rows = table([[words, words], *[["a", "b"]] * 3], header=1)
    found = of(f"# {words}", f"## {words}", rows, title=words)
    title = leads(room).title(found)
    assert words.startswith(title)
    assert count(title) <= room * TITLE_SHARE
    assert title == words or words.startswith(title + " ") or " " not in title
    if words:
        whole = leads(room).lead(found, found.blocks[-1], found.text.index("| a | b |"))
        assert count(whole) <= room * (TITLE_SHARE + HEADINGS_SHARE + HEADER_SHARE) + 2 < room * 0.5 + 2


def test_parts_can_be_told_apart() -> None:
    found = of("# Home › Limits", "Text.", title="A › B")
    assert lead(found, "Text.").split(LEAD) == ["A > B", "Home > Limits"]
