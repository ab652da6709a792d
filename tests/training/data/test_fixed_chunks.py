"""Chunks that keep their vectors: all but what another part asks about, and what is like it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attune.core.records import Chunk, Question
from attune.training.data.fixed_chunks import reserved_chunks
from attune.training.data.training_set import training_set

PLACES = st.tuples(st.sampled_from("ABC"), st.integers(0, 3))
CORPORA = st.lists(
    st.tuples(PLACES, st.integers(0, 4), st.sampled_from(["train", "other", "both", "none"])), max_size=9
)


def corpus(rows: list[tuple[tuple[str, int], int, str]]) -> tuple[list[Chunk], list[Question], dict[str, list[str]]]:
    """Chunks of ten characters that begin at multiples of eight, and questions about them by the part they are in."""
    chunks = [
        Chunk(f"c{i}", "", f"text {i}", {"document": d, "title": "", "start": 8 * at, "end": 8 * at + 10})
        for i, ((d, at), _, _) in enumerate(rows)
    ]
    asked = [
        Question(f"{part}{i}", f"{part} {i}?", {"chunks": [f"c{i}"]})
        for i, (_, _, kind) in enumerate(rows)
        for part in ("train", "other")
        if kind in (part, "both")
    ]
    return chunks, asked, {q.id: q.chunks for q in asked if q.id.startswith("train")}


@given(CORPORA)
def test_training_sees_nothing_that_another_part_asks_about(rows: list[tuple[tuple[str, int], int, str]]) -> None:
    chunks, questions, relevant = corpus(rows)
    data = training_set(chunks, questions, relevant, [group for _, group, _ in rows])
    documents = {d for (d, _), _, kind in rows if kind in ("train", "both")}
    for i, ((document, at), group, kind) in enumerate(rows):
        others = [row for row in rows if row[2] == "other"]
        like = any(group == one or (document == d and abs(8 * at - 8 * where) < 10) for (d, where), one, _ in others)
        expected = kind == "other" or (kind == "none" and (like or document not in documents))
        assert (f"c{i}" in data.reserved) == expected


def test_a_text_of_two_documents_is_left_out_with_the_one_that_is_not_trained_on() -> None:
    elsewhere = [{"document": "B", "start": 0, "end": 5}]
    chunks = [
        Chunk("a", "", "asked", {"document": "A", "start": 0, "end": 5}),
        Chunk("s", "", "small print", {"document": "A", "start": 5, "end": 9, "also_in": elsewhere}),
        Chunk("n", "", "not asked", {"document": "A", "start": 9, "end": 12}),
    ]
    questions = [Question("q", "What?", {"chunks": ["a"]}), Question("gone", "Who?", {"chunks": ["not there"]})]
    assert reserved_chunks(chunks, questions, {"q": ["a"]}, {"a": 0, "s": 1, "n": 2}, {}) == {"s"}
