"""A text falls into pieces where a reader would pause, and the joints between them weigh what they should."""

from __future__ import annotations

from attune.documents.blocks import Block, table
from attune.documents.cutting.seams import (
    BLOCK,
    CLAUSE,
    HEAD,
    LEAD_IN,
    LINE,
    NOWHERE,
    PER_LEVEL,
    SECTION,
    SENTENCE,
    WORD,
    Piece,
    pieces,
)
from attune.documents.cutting.tokens import Tokens
from attune.documents.document import Document
from tests.support.cut_documents import of, tokenizer


def seams(found: Document, most: int = 32) -> list[tuple[str, int]]:
    """Return the pieces of a document as texts, each with what it costs to cut before it."""
    counted = Tokens(tokenizer()).encode(found.text, [(0, len(found.text))])
    parts: list[Piece] = pieces(found.text, found.blocks, counted, most)
    return [(found.text[part.start : part.end], part.cost) for part in parts]


def test_headings_are_the_best_places_and_what_follows_them_the_worst() -> None:
    found = of("# One", "Text of it.", "### Two", "More text.", "# Three of it", "## Four of it", "The end.")
    assert seams(found) == [
        ("One", 0),
        ("Text of it.", HEAD),
        ("Two", SECTION + 2 * PER_LEVEL),
        ("More text.", HEAD),
        ("Three of it", SECTION),
        ("Four of it", HEAD),
        ("The end.", HEAD),
    ]


def test_sentences_lines_and_items() -> None:
    found = of("It is so. They say “yes!” Or e.g. no.", ("list", "- one of them\n- two"), ("code", "if a:\n    b()"))
    assert seams(found) == [
        ("It is so.", 0),
        ("They say “yes!”", SENTENCE),
        ("Or e.g. no.", SENTENCE),
        ("- one of them", BLOCK),
        ("- two", LINE),
        ("if a:", BLOCK),
        ("b()", LINE),
    ]


def test_what_is_announced_stays_with_it() -> None:
    rows = table([["Valve", "Opens"], ["V1", "3"]], header=1)
    found = of("Open them as follows:", ("list", "- slowly now\n- one by one"), ("caption", "Table 1. Valves"), rows)
    assert [cost for _, cost in seams(found)] == [0, LEAD_IN, LINE, BLOCK, LEAD_IN, HEAD]


def test_a_line_that_ends_no_sentence_stays_with_what_follows() -> None:
    found = of("That was all of it.", "What the Crew Does", "It opens the valves. It goes home.", "Why?", "It is late.")
    assert [cost for _, cost in seams(found, 9)] == [0, BLOCK, LEAD_IN, SENTENCE, BLOCK, BLOCK]


def test_a_line_break_within_a_sentence_is_no_joint() -> None:
    assert [text for text, _ in seams(of("A fox lives\nin a den. It\nhunts at night"))] == [
        "A fox lives\nin a den.",
        "It\nhunts at night",
    ]


def test_what_is_too_long_is_cut_at_finer_joints() -> None:
    words = "one two three four"
    assert seams(of(f"{words}, {words}; {words}."), 6) == [
        (f"{words},", 0),
        (f"{words};", CLAUSE),
        (f"{words}.", CLAUSE),
    ]
    assert seams(of("one two three"), 2) == [("one", 0), ("two", WORD), ("three", WORD)]
    assert {cost for _, cost in seams(of("x" * 200), 4)[1:]} == {NOWHERE}


def test_a_row_is_cut_between_its_cells_before_its_sentences() -> None:
    cell = "It is so. They say yes."
    found = of(table([[cell, cell]]))
    assert seams(found, 10) == [(f"| {cell} |", 0), (f"{cell} |", CLAUSE)]
    assert len(seams(found, 30)) == 1


def test_tiny_pieces_are_joined_but_for_headings() -> None:
    found = of(*(["ab"] * 40), "# Next", *(["ab"] * 40))
    texts = [text for text, _ in seams(found, 160)]
    assert [text.split()[0] for text in texts] == ["ab"] * 4 + ["Next"] + ["ab"] * 4
    assert max(len(text.split()) for text in texts) == 10


def test_blanks_belong_to_no_piece() -> None:
    for text, _ in seams(
        of(("code", "    a = 1\n\n        b = 2"), ("list", "  - one\n    - two"), Block("table", " "))
    ):
        assert text == text.strip()
