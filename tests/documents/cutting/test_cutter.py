"""Spans are exact, cover the text, overlap no more than asked for, and fit into the window with what leads them."""

from __future__ import annotations

import textwrap
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.documents.blocks import Block, Kind, table
from tests.support.cut_documents import PROSE, TOKENIZERS, count, cut, document, of, texts

CHINESE = "狐狸是小型至中型的動物。牠們住在洞穴裡，多半在夜間活動"
HEBREW = "שועלים הם בעלי חיים קטנים. הם חיים במאורות, ופעילים בעיקר בלילה. "
KINDS: list[Kind] = ["heading", "paragraph", "list", "table", "code", "caption"]
PIECES = st.sampled_from(
    [
        *PROSE.split(" "),
        CHINESE,
        HEBREW,
        "\n",
        "\n\n\n",
        "\t",
        "x" * 300,
        "é" * 120,
        "[SEP]",
        "한국어",
        "👩‍👧",
        "…",
        "|",
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map(" ".join) | st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
BLOCKS = st.lists(
    st.builds(Block, st.sampled_from(KINDS), TEXTS, st.integers(0, 6), st.just(None), st.integers(0, 2)), max_size=8
)


@settings(deadline=None)
@given(BLOCKS, st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60).map(str.strip), st.data())
def test_spans_keep_their_promises(blocks: list[Block], title: str, data: st.DataObject) -> None:
    most = data.draw(st.integers(16, 80))
    cut(
        document(blocks, title),
        data.draw(st.sampled_from(TOKENIZERS)),
        max_tokens=most,
        overlap_tokens=data.draw(st.integers(0, most // 2)),
        min_tokens=data.draw(st.integers(0, most // 2)),
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        PROSE * 50,
        CHINESE * 100,
        CHINESE.replace("。", "").replace("，", "") * 100,
        HEBREW * 50,
        "x" * 20_000,
        "word " * 5_000,
        "-" * 5_000,
        "a\n" * 2_000,
        "👩‍👧" * 500,
        "한국어" * 500,
        '{"a": [1, 2], "b": null}, ' * 500,
    ],
    ids=lambda text: repr(text[:12]),
)
@pytest.mark.parametrize("kind", KINDS)
def test_hard_texts(text: str, kind: Kind) -> None:
    cut(of((kind, text), title="A title of some words"), max_tokens=64, overlap_tokens=16)
    cut(of((kind, text)), max_tokens=16, overlap_tokens=8, min_tokens=8)


def test_a_text_without_tokens_is_cut_by_its_length() -> None:
    spans = cut(of("x" * 20_000), max_tokens=64)
    assert max(span.end - span.start for span in spans) <= 64 * 16


def test_blank_texts_have_no_spans() -> None:
    assert cut(of(" \n\t ")) == []
    assert cut(of()) == []


def test_sentences_are_whole_in_spans_and_in_what_they_repeat() -> None:
    found = of(PROSE * 20)
    spans = cut(found, max_tokens=128, overlap_tokens=32)
    own = texts(found, spans, own=True)
    assert all(text[0] in "FTWI" for text in [*own, *texts(found, spans)])  # a sentence starts here
    assert all(text[-1] in ".!?" for text in own)
    assert all(span.start < span.own for span in spans[1:])
    assert sum(map(count, texts(found, spans))) / len(spans) > 0.75 * 128


def test_a_sentence_that_is_cut_goes_on_with_words_before_the_cut() -> None:
    found = of(" ".join(f"word{number}" for number in range(500)))
    for span in cut(found, max_tokens=64, overlap_tokens=16)[1:]:
        assert found.text[span.start - 1] == " "
        assert 8 <= count(found.text[span.start : span.own]) <= 16


def test_text_that_is_wrapped_by_hand_is_cut_at_its_sentences_too() -> None:
    paragraph = "A fox is small and lives in a den that it has dug by itself or taken over. It hunts at night. " * 30
    found = of(textwrap.fill(paragraph, 60))
    for text in texts(found, cut(found, max_tokens=64, overlap_tokens=16)):
        assert text[0] in "AI" and text[-1] == "."


@pytest.mark.parametrize("headings", [False, True])
@pytest.mark.parametrize("prose", [[" ".join([PROSE] * 3)], [PROSE] * 3], ids=["a paragraph", "paragraphs"])
def test_sections_stay_apart_and_headings_with_their_text(prose: list[str], headings: bool) -> None:
    """Three sections of two thirds of a chunk: none is cut to fill the chunk of another, and nothing is repeated."""
    found = of("# Dens", *prose, "# Food", *prose, "## Mice", *prose, title="Foxes")
    spans = cut(found, max_tokens=256, overlap_tokens=32, headings=headings)
    assert [text.split("\n")[0] for text in texts(found, spans)] == ["Dens", "Food", "Mice"]
    assert [span.title for span in spans] == ["Foxes", "Foxes", "Foxes › Food" if headings else "Foxes"]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(1, 4), min_size=2, max_size=6), st.booleans())
def test_no_sentence_is_cut_off_from_a_section_that_fits(lengths: list[int], headings: bool) -> None:
    """Whatever stands around it; and short sections share a chunk rather than stand alone."""
    parts = [part for n, length in enumerate(lengths) for part in (f"# Part {n}", " ".join([PROSE] * length))]
    found = of(*parts, title="Foxes")
    spans = cut(found, max_tokens=256, overlap_tokens=32, headings=headings)
    assert all(text.startswith("Part ") for text in texts(found, spans))
    sizes = [count(text) for text in texts(found, spans)]
    assert all(one + other > 200 for one, other in pairwise(sizes))


def test_a_heading_is_never_the_end_of_a_span() -> None:
    words = " ".join(f"word{number}" for number in range(30)) + "."
    for filled in range(1, 12):
        found = of(*[words] * filled, "# A heading of six words here", *[words] * 3)
        for text in texts(found, cut(found, max_tokens=128, overlap_tokens=16)):
            assert not text.endswith("here")


def test_rows_are_whole_and_know_the_names_of_their_columns() -> None:
    rows = [["Valve", "Opens at", "Seen by"], *([f"V{n}", f"{n}.5 bar", "Cohen, Ida"] for n in range(60))]
    found = of("# Valves", "All of them:", table(rows, header=1), "That was the table.", title="Boilers")
    spans = cut(found, max_tokens=128, overlap_tokens=32, headings=True)
    inside = [span for span in spans[1:] if found.text[span.own] == "|"]
    assert len(inside) > 3
    for span in inside:
        assert span.start == span.own  # no row is repeated
        assert span.title == "Boilers › Valves › Valve | Opens at | Seen by"
        for line in found.text[span.own : span.end].split("\n\n")[0].split("\n"):
            assert line.startswith("| V") and line.endswith("Ida |")
    assert found.text[spans[0].start : spans[0].end].startswith("Valves\n\nAll of them:\n\n| Valve | Opens at |")


def test_a_row_as_long_as_a_chunk_is_whole_where_it_fits_without_the_names_of_columns() -> None:
    cell = " ".join(["fox"] * 91)
    found = of(table([["Name of the animal that was seen", "What it did"], *[["Fox", cell]] * 4], header=1))
    spans = cut(found, max_tokens=100, overlap_tokens=40, titles=False)
    assert [text.count("| Fox |") for text in texts(found, spans)] in ([1] * 4, [0, 1, 1, 1, 1])
    assert all(span.title == "" for span in spans)


def test_a_short_piece_joins_its_neighbour_wherever_it_stands() -> None:
    words = ", ".join(f"word{number}" for number in range(36))
    for place in range(4):
        parts = [f"{words}."] * 3
        parts.insert(place, "Though no proof is known.")
        spans = cut(found := of(*parts), max_tokens=128, overlap_tokens=0, min_tokens=16)
        assert all(count(text) >= 16 for text in texts(found, spans))


def test_a_page_of_lines_is_cut_in_time_that_grows_with_its_length() -> None:
    found = of(*(f"Line {number}" for number in range(3000)))
    assert len(cut(found, max_tokens=256)) < 80


def test_other_documents_are_cut_the_same_whatever_was_cut_before() -> None:
    one, other = of("# Dens", PROSE * 9, title="Foxes"), of("# Dens", PROSE * 7, title="Other")
    alone = cut(other, max_tokens=64)
    cut(one, max_tokens=64)
    assert cut(other, max_tokens=64) == alone


def test_no_overlap() -> None:
    assert all(span.start == span.own for span in cut(of(PROSE * 20), overlap_tokens=0))


def test_texts_that_are_long_in_tokens_make_no_noise(caplog: pytest.LogCaptureFixture) -> None:
    for kind in TOKENIZERS:
        cut(of("a " * 4_000), kind, max_tokens=2_000)
    assert not caplog.records
