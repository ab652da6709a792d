"""Chunks are parts of their documents, and say under which headings and names of columns they stand."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from attune.core.records import LEAD, Chunk
from attune.documents.blocks import Block, Kind, table
from attune.documents.chunks import chunks_of
from attune.documents.cutting.cutter import Cutter
from attune.documents.cutting.tokens import Tokens
from attune.documents.document import Document
from tests.support.cut_documents import PROSE, document, of, params, tokenizer

KINDS: list[Kind] = ["heading", "paragraph", "list", "table", "code", "caption"]
WORDS = st.lists(st.sampled_from([*PROSE.split(" "), "\n", "| a | b |\n", "狐狸", "---", "\f"]), max_size=60)
BLOCKS = st.lists(
    st.builds(
        Block, st.sampled_from(KINDS), WORDS.map(" ".join), st.integers(0, 6), st.integers(1, 9), st.integers(0, 2)
    ),
    max_size=8,
)


def chunks(found: Document, max_tokens: int = 32, overlap_tokens: int = 8) -> list[Chunk]:
    cutter = Cutter(Tokens(tokenizer()), params(max_tokens=max_tokens, overlap_tokens=overlap_tokens, min_tokens=4))
    return list(chunks_of(found, cutter.cut(found)[0]))


@settings(deadline=None)
@given(BLOCKS)
def test_a_chunk_is_an_exact_part_of_its_document(blocks: list[Block]) -> None:
    found = document(blocks, "Foxes", pages=9)
    covered = set()
    for chunk in chunks(found):
        start, end = chunk.metadata["start"], chunk.metadata["end"]
        assert chunk.text == found.text[start:end]
        covered |= set(range(start, end))
        for mark in chunk.metadata.get("marks", []):
            (block,) = [b for b in found.blocks if b.start == start + mark["start"]]
            assert (block.end, block.kind) == (start + mark["end"], mark["kind"])
        if header := chunk.metadata.get("table_header"):
            assert header in found.text[:start]
        first, last = chunk.metadata["pages"]
        assert 1 <= first <= last <= 9
    lost = "".join(character for place, character in enumerate(found.text) if place not in covered)
    assert not any(map(str.isalnum, lost))


def test_what_is_known_of_a_chunk() -> None:
    rows = [["Valve", "Opens at"], *([f"V{number}", f"{number} bar"] for number in range(12))]
    found = of("# Boilers", "## Limits", "Never above 90.", table(rows, header=1), title="Manual")
    first, second, *_ = chunks(found, 48)
    assert first.metadata == {
        "document": "a.txt",
        "title": "Manual",
        "start": 0,
        "end": len(first.text),
        "pages": None,
        "headings": ["Boilers"],
        "marks": [{"kind": "heading", "start": 0, "end": 7}, {"kind": "heading", "start": 9, "end": 15}],
    }
    assert first.title == "Manual"
    assert second.metadata["headings"] == ["Boilers", "Limits"]
    assert second.metadata["table_header"] == "| Valve | Opens at |"
    assert second.metadata["marks"] == []
    assert second.title == LEAD.join(["Manual", "Valve | Opens at"])
    assert second.passage == f"{second.title} {second.text}"


def test_a_document_without_headings_says_nothing_of_them() -> None:
    (chunk,) = chunks(of("Foxes live in dens."))
    assert set(chunk.metadata) == {"document", "title", "start", "end", "pages"}


def test_what_has_no_words_is_no_chunk() -> None:
    assert chunks(of("--- . ---", ("code", "{ }"))) == []
