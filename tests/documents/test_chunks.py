"""Chunks are parts of their documents; the same text is one chunk."""

from __future__ import annotations

from functools import cache

from attune.documents.cutter import Cutter
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.core.params import BaseModelParams
from attune.core.records import Chunk
from attune.documents.chunks import chunk_documents
from attune.documents.document import Document
from attune.models.load import load_tokenizer

WORDS = st.lists(
    st.sampled_from("Foxes live in dens . They hunt at night \n\n and sleep , mostly ! 狐狸".split(" ")), max_size=90
)
TEXTS = st.lists(WORDS.map(" ".join).filter(str.strip), min_size=1, max_size=4)


@cache
def cutter(max_tokens: int, overlap_tokens: int) -> Cutter:
    base = BaseModelParams(name="all-MiniLM-L6-v2", revision=None, max_tokens=None)
    return Cutter(load_tokenizer(base), max_tokens, overlap_tokens)


def chunks_of(
    *documents: Document, titles: bool = True, min_tokens: int = 0, overlap_tokens: int = 8
) -> tuple[list[Chunk], dict[str, int]]:
    return chunk_documents(documents, cutter(32, overlap_tokens), titles, min_tokens)


@settings(deadline=None, max_examples=60)
@given(TEXTS, st.integers(0, 4), WORDS.map(" ".join).filter(str.strip))
def test_another_document_changes_no_other_id(texts: list[str], place: int, more: str) -> None:
    documents = [Document(f"{number}.txt", "Foxes", text) for number, text in enumerate(texts)]
    before = {row.id for row in chunks_of(*documents)[0]}
    documents.insert(place, Document("more.txt", "Foxes", more))
    after, counts = chunks_of(*documents)
    assert before <= {row.id for row in after}
    assert len({row.id for row in after}) == len(after)
    places = [place for row in after for place in (row.metadata, *row.metadata.get("also_in", []))]
    assert len(places) == len(after) + counts["duplicate_chunks_merged"]
    text_of = {document.path: document.text for document in documents}
    for row in after:
        for found in (row.metadata, *row.metadata.get("also_in", [])):
            assert text_of[found["document"]][found["start"] : found["end"]] == row.text


def test_the_same_text_is_one_chunk_that_knows_all_its_places() -> None:
    text = "Foxes live in dens."
    documents = [
        Document("a.pdf", "Foxes", text, (0, 10)),
        Document("b.txt", "Foxes", f"  {text}"),
        Document("c.txt", "x", text),
    ]
    chunks, counts = chunks_of(*documents)
    assert [[place.document for place in row.places] for row in chunks] == [["a.pdf", "b.txt"], ["c.txt"]]
    assert chunks[0].metadata == {
        "document": "a.pdf",
        "title": "Foxes",
        "start": 0,
        "end": 19,
        "pages": [1, 2],
        "also_in": [{"document": "b.txt", "start": 2, "end": 21, "pages": None}],
    }
    assert counts["duplicate_chunks_merged"] == 1


def test_titles_can_be_left_out() -> None:
    documents = [Document("a.txt", "Foxes", "Same."), Document("b.txt", "Other", "Same.")]
    (row,), _ = chunks_of(*documents, titles=False)
    assert row.title == ""
    assert row.passage == "Same."
    assert row.metadata["title"] == "Foxes"


def test_long_titles_are_cut_in_the_passage_and_kept_in_the_metadata() -> None:
    title = "On the many habits of foxes and their neighbours in the woods of the north"
    (row,), _ = chunks_of(Document("a.txt", title, "Same."))
    assert row.title == "On the many habits of"
    assert row.metadata["title"] == title


def test_short_chunks_are_dropped_unless_they_are_all() -> None:
    long = "Foxes live in dens that they dig in the woods or take over from badgers, and in the gardens of our town."
    text = f"{long}\n\n\nThis is the end of it, almost.\n\n\n{long}"
    documents = Document("a.txt", "", "Fox."), Document("b.txt", "", text)
    rows, counts = chunks_of(*documents, min_tokens=12, overlap_tokens=0)
    assert [row.text for row in rows] == ["Fox.", long]
    assert counts == {"tokens": 63, "duplicate_chunks_merged": 1, "short_chunks_dropped": 1}
    assert len(chunks_of(*documents, overlap_tokens=0)[0]) == 3
