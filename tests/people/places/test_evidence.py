"""Quotes, pages and documents lead to the chunks that hold them, however the documents are cut."""

from __future__ import annotations

import random
import re
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.core.records import Chunk, content_id
from attune.people.places.document_names import NotFound
from attune.people.places.evidence import Evidence
from attune.people.places.letters import letters
from tests.support.chunks import saying

Document = tuple[str, list[int]]  # text, and where each page starts
SYLLABLES = ["ba", "ke", "li", "mo", "nu", "ra", "sé", "to", "vi", "wo", "xa", "zy", "ﬁ", "ö"]


def write_document(generator: random.Random, words: int) -> Document:
    """Sentences of made-up words, with numbers, in lines; now and then a page ends."""
    text, pages = "", [0]
    for _ in range(words):
        word = "".join(generator.choices(SYLLABLES, k=generator.randint(1, 4)))
        word = str(generator.randint(0, 3000)) if generator.random() < 0.1 else word
        text += word + generator.choice([" ", " ", " ", " ", ", ", ". ", "\n", "-", " – ", "’s ", "\n\n"])
        if generator.random() < 0.02:
            pages.append(len(text))
    return text + "end", pages


def cut(documents: dict[str, Document], generator: random.Random, size: int, overlap: int) -> list[Chunk]:
    """Cut documents as the stage does: in order, everything but blanks, each chunk with an end of the one before."""
    chunks: dict[str, Chunk] = {}
    for path, (text, pages) in documents.items():
        spaces = [found.end() for found in re.finditer(r"\s+", text)]
        cuts = [0]
        while cuts[-1] < len(text):
            wanted = cuts[-1] + generator.randint(size // 2, size)
            cuts.append(next((space for space in spaces if space >= wanted), len(text)))
        for own, end in pairwise(cuts):
            start = max(own - generator.randint(0, overlap), 0)
            part = text[start:end]
            start, end = start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())
            on = [max(number for number, at in enumerate(pages, 1) if at <= place) for place in (start, end - 1)]
            place = {"document": path, "title": "", "start": start, "end": end, "pages": on}
            chunk = Chunk(content_id(text[start:end]), "", text[start:end], place)
            if chunks.setdefault(chunk.id, chunk) is not chunk:
                chunks[chunk.id].metadata.setdefault("also_in", []).append(place)
    return list(chunks.values())


def disturb(quote: str, generator: random.Random) -> str:
    """The quote as another program copies it: other blanks, line ends, hyphens, quote characters, capitals."""
    quote = re.sub(r"\s+", lambda _: generator.choice([" ", "\n", "  ", "\t", "\u00a0", "\r\n"]), quote)
    quote = re.sub(r"(?<=[a-z]{2})(?=[a-z]{2})", lambda _: "-\n" if generator.random() < 0.05 else "", quote)
    for letter, other in (("’", "'"), ("–", generator.choice("-—")), ("ﬁ", "fi"), ("é", "e\u0301")):
        quote = quote.replace(letter, other)
    return generator.choice([quote.upper(), quote.lower(), quote.title(), quote])


def damage(quote: str, generator: random.Random, share: float) -> str:
    """The quote with some of its small letters lost, doubled or misread."""
    places = [place for place, letter in enumerate(quote) if letter.isascii() and letter.islower()]
    changed = list(quote)
    for place in generator.sample(places, int(share * len(places))):
        changed[place] = generator.choice(["", changed[place] * 2, "q"])
    return "".join(changed)


def shared(chunk: Chunk, path: str, start: int, end: int) -> int:
    """How many characters of a part of a document the chunk holds, by the offsets alone."""
    places = [place for place in (chunk.metadata, *chunk.metadata.get("also_in", [])) if place["document"] == path]
    return max((min(place["end"], end) - max(place["start"], start) for place in places), default=0)


def check(
    chunks: list[Chunk], found: set[int], documents: dict[str, Document], path: str, start: int, end: int
) -> None:
    """The chunks found hold the part; all that hold the whole of it are among them, or together they hold half of it.

    Half at least: what is missing at either end is less than a quarter of the part, or of the chunk that holds it.
    """
    text = documents[path][0]
    held: set[int] = set()
    for number in found:
        assert shared(chunks[number], path, start, end) > 0
        for place in (chunks[number].metadata, *chunks[number].metadata.get("also_in", [])):
            held |= set(range(place["start"], place["end"])) if place["document"] == path else set()
    whole = {number for number, chunk in enumerate(chunks) if shared(chunk, path, start, end) == end - start}
    assert whole <= found
    share = len(letters("".join(text[i] for i in range(start, end) if i in held))) / len(letters(text[start:end]))
    assert share == 1 if whole else share >= 0.5


CUTS = [(120, 0), (300, 60), (900, 200)]


@st.composite
def cases(draw: st.DrawFn, least: int, most: int) -> tuple[dict[str, Document], str, int, int, random.Random]:
    """Documents, and a part of one that starts and ends with a word."""
    generator = random.Random(draw(st.integers(0, 2**32)))
    documents = {f"{name}.pdf": write_document(generator, draw(st.integers(60, 400))) for name in "abc"}
    path = draw(st.sampled_from(sorted(documents)))
    spans = [found.span() for found in re.finditer(r"\S+", documents[path][0])]
    first = draw(st.integers(0, len(spans) - least))
    last = min(len(spans), first + draw(st.integers(least, most))) - 1
    return documents, path, spans[first][0], spans[last][1], generator


@settings(deadline=None, max_examples=80)
@given(cases(8, 120), st.booleans())
def test_quote_leads_to_the_chunks_that_hold_it_however_they_are_cut(
    case: tuple[dict[str, Document], str, int, int, random.Random], named: bool
) -> None:
    documents, path, start, end, generator = case
    quote = disturb(documents[path][0][start:end], generator)
    for size, overlap in CUTS:
        chunks = cut(documents, generator, size, overlap)
        check(chunks, Evidence(chunks).holding(quote, path if named else None), documents, path, start, end)


@settings(deadline=None, max_examples=80)
@given(cases(12, 120), st.booleans(), st.sampled_from([0.01, 0.04]))
def test_quote_with_wrong_letters_leads_to_them_too(
    case: tuple[dict[str, Document], str, int, int, random.Random], named: bool, share: float
) -> None:
    documents, path, start, end, generator = case
    quote = damage(disturb(documents[path][0][start:end], generator), generator, share)
    size, overlap = generator.choice(CUTS)
    chunks = cut(documents, generator, size, overlap)
    found = Evidence(chunks).holding(quote, path if named else None)
    assert any(shared(chunks[number], path, start, end) > 0.2 * min(end - start, size / 2) for number in found)
    for number in found:  # letters lost at an end move the place a little
        assert shared(chunks[number], path, start - 10, end + 10) > 0


@settings(deadline=None, max_examples=60)
@given(cases(8, 30))
def test_pages_and_quote_agree(case: tuple[dict[str, Document], str, int, int, random.Random]) -> None:
    documents, path, start, end, generator = case
    text, pages = documents[path]
    chunks = cut(documents, generator, 300, 60)
    evidence = Evidence(chunks)
    first, last = (max(number for number, at in enumerate(pages, 1) if at <= place) for place in (start, end - 1))
    quoted = evidence.holding(text[start:end], path)
    assert evidence.holding(text[start:end], path, (first, last)) == quoted
    for page in range(first, last + 1):
        assert evidence.holding(text[start:end], path, (page, page)) == quoted
    on = evidence.on_pages(path, (first, last))
    assert quoted & on
    for number, chunk in enumerate(chunks):
        place = chunk.metadata
        lies = place["document"] == path and place["pages"][0] <= last and place["pages"][1] >= first
        assert (number in on) == lies


@settings(deadline=None, max_examples=40)
@given(cases(8, 60))
def test_text_of_chunks_cut_another_way_leads_to_the_chunks_of_today(
    case: tuple[dict[str, Document], str, int, int, random.Random],
) -> None:
    documents, _, _, _, generator = case
    old, new = cut(documents, generator, 250, 40), cut(documents, generator, 700, 100)
    evidence = Evidence(new)
    for chunk in old:
        place = chunk.metadata
        if len(letters(chunk.text)) > 30:
            check(new, evidence.holding(chunk.text), documents, place["document"], place["start"], place["end"])


LEFT, RIGHT = "The lessee pays rent on the first day of each month", "and leaves a deposit of two rents at the bank."
HALVES = [saying(LEFT, pages=(1, 1)), saying(RIGHT, start=len(LEFT) + 1, pages=(2, 2))]


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("on the first day of each month and leaves a deposit", {0, 1}),  # 25 letters and 15
        ("rent on the first day of each month and leaves", {0}),  # 29 and 9: more than three quarters
        ("month and leaves a deposit of two rents", {1}),
        (f"{LEFT} {RIGHT}", {0, 1}),
    ],
)
def test_quote_across_a_seam(quote: str, expected: set[int]) -> None:
    assert Evidence(HALVES).holding(quote) == expected
    assert Evidence(HALVES).holding(quote, "a.pdf", (1, 2)) == expected


@pytest.mark.parametrize("page", [1, 2])
def test_quote_across_pages_stands_on_each_of_them(page: int) -> None:
    quote = "on the first day of each month and leaves a deposit"
    assert Evidence(HALVES).holding(quote, "a.pdf", (page, page)) == {0, 1}


def test_chunk_without_letters_holds_no_quote() -> None:
    chunks = [HALVES[0], saying("***", start=len(LEFT) + 1), saying(RIGHT, start=len(LEFT) + 5)]
    assert Evidence(chunks).holding(f"{LEFT} {RIGHT}") == {0, 2}


def test_quote_longer_than_the_chunks_leads_to_all_of_them() -> None:
    text = " ".join(f"word{number}" for number in range(100))
    spans = [found.span() for found in re.finditer(r"(?:\S+ ?){10}", text)]
    chunks = [saying(text[start:end].strip(), start=start) for start, end in spans]
    assert Evidence(chunks).holding(text[spans[2][0] - 40 : spans[6][1] + 10]) == {1, 2, 3, 4, 5, 6}


def test_every_overlapping_chunk_that_holds_the_quote_is_relevant() -> None:
    text = f"{LEFT} {RIGHT}"
    chunks = [saying(text[:80]), saying(text[20:], start=20), saying(text[70:], start=70)]
    assert Evidence(chunks).holding("on the first day of each month") == {0, 1}


def test_same_text_in_several_documents_is_one_place_where_it_is_one_chunk() -> None:
    merged = saying(LEFT)
    merged.metadata["also_in"] = [{"document": f"{n}.pdf", "start": 5, "end": 56, "pages": None} for n in range(9)]
    evidence = Evidence([merged, *(saying(RIGHT, f"{n}.pdf", 57) for n in range(9))])
    assert evidence.holding("pays rent on the first day") == {0}
    assert evidence.all_of("3.pdf") == {0, 4}
    assert evidence.holding(f"each month {RIGHT}", "3.pdf") == {4}


@pytest.mark.parametrize(("copies", "kept"), [(5, True), (6, False)])
def test_quote_in_too_many_places_points_at_none(copies: int, kept: bool) -> None:
    evidence = Evidence([saying(f"{LEFT} number {n} of many", f"{n}.pdf") for n in range(copies)])
    if kept:
        assert evidence.holding(LEFT) == set(range(copies))
    else:
        with pytest.raises(NotFound, match="stands in more than 5 places in any document; quote more"):
            evidence.holding(LEFT)
    assert evidence.holding(LEFT, "2.pdf") == {2}


def test_header_of_a_page_within_a_quote_does_not_hide_it() -> None:
    generator = random.Random(3)
    text = re.sub(r"\d", "x", write_document(generator, 300)[0])
    with_header = f"{text[:700]}\nAnnual report of the company\n{text[700:]}"
    documents = {"a.pdf": (with_header, [0])}
    chunks = cut(documents, generator, 300, 0)
    check(chunks, Evidence(chunks).holding(text[550:850]), documents, "a.pdf", 550, 879)


@pytest.mark.parametrize("quote", ["…", "12%", "a b c", "—()"])
def test_quote_of_hardly_anything_is_refused(quote: str) -> None:
    with pytest.raises(NotFound, match=r"fewer than 4 letters and digits"):
        Evidence([saying("12% of a b c —() …")]).holding(quote)


def test_pages_that_are_not_there() -> None:
    evidence = Evidence([*HALVES, saying("Text without any pages in it", "b.md")])
    assert evidence.on_pages("a.pdf", (2, 9)) == {1}
    with pytest.raises(NotFound, match=r"no chunk stands on page 3 of a\.pdf, whose last page with text is 2"):
        evidence.on_pages("a.pdf", (3, 3))
    with pytest.raises(NotFound, match=r"b\.md has no pages; leave the page empty and give a quote"):
        evidence.on_pages("b.md", (1, 1))
    with pytest.raises(NotFound, match=r"b\.md has no pages"):
        evidence.holding("Text without any pages", "b.md", (1, 1))


def test_quote_on_another_page_is_told_where_it_stands() -> None:
    with pytest.raises(NotFound, match=r"stands on page 2 of a\.pdf, not on page 1; pages are counted from 1"):
        Evidence(HALVES).holding("a deposit of two rents at the bank", "a.pdf", (1, 1))


def test_page_tells_places_apart() -> None:
    chunks = [saying(f"{LEFT} {n}", start=100 * n, pages=(n, n)) for n in range(1, 9)]
    assert Evidence(chunks).holding(LEFT, "a.pdf", (3, 4)) == {2, 3}
    with pytest.raises(NotFound, match="more than 5 places"):
        Evidence(chunks).holding(LEFT, "a.pdf")


@pytest.mark.slow
def test_many_questions_take_seconds() -> None:
    generator = random.Random(5)
    words = ["".join(generator.choices("etaoinsrdlucm", k=generator.randint(3, 9))) for _ in range(5000)]
    texts = {f"{n}.pdf": (" ".join(generator.choices(words, k=1500)), [0]) for n in range(200)}
    chunks = cut(texts, generator, 1200, 100)
    started = time.process_time()
    evidence = Evidence(chunks)
    for number in range(200):
        path = generator.choice(sorted(texts))
        start = generator.randrange(len(texts[path][0]) - 300)
        quote = damage(texts[path][0][start : start + 200], generator, 0.03)
        assert evidence.holding(quote, path if number % 2 else None)
    assert len(chunks) >= 1900
    assert time.process_time() - started < 10  # of processor time; about 2
