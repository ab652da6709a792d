"""No character of a document is on two sides, and nothing is left out without need."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from attune.core.records import HEADINGS, Chunk, Question
from attune.parts.apart import keep_apart
from attune.parts.assign import PROTECTION, Part, SplitParams, assign_chunks, keep_together
from attune.parts.questions import answers, assign_questions
from tests.support.chunks import place, placed

SPOT = st.builds(
    lambda name, start, length: (name, start, start + length), st.sampled_from("abcde"), st.integers(0, 60),
    st.integers(1, 12),
)  # fmt: skip
SPOTS = st.lists(st.lists(SPOT, min_size=1, max_size=3), min_size=2, max_size=25)
PARAMS = SplitParams(
    dev_fraction=0.2, test_fraction=0.3, test_documents=[], near_duplicate_similarity=0.8, compare_all_up_to=9, seed=0
)


def chunk_of(number: int, spots: list[tuple[str, int, int]]) -> Chunk:
    first, *more = spots
    return placed(f"c{number}", *first, *(place(*spot) for spot in more))


def characters(chunk: Chunk) -> set[tuple[str, int]]:
    return {(spot.document, at) for spot in chunk.places for at in range(spot.start, spot.end)}


@st.composite
def corpora(draw: st.DrawFn) -> tuple[list[Chunk], list[Question], dict[str, int]]:
    """Chunks with one to three places that overlap at random, questions about some of them, near-duplicates."""
    chunks = [chunk_of(number, spots) for number, spots in enumerate(draw(SPOTS))]
    names = st.sampled_from([chunk.id for chunk in chunks])
    asked = draw(
        st.lists(st.tuples(st.lists(names, min_size=1, max_size=3, unique=True), st.sampled_from(["full", *HEADINGS])))
    )
    questions = [Question(f"q{n}", "?", {"chunks": ids, "kind": kind}) for n, (ids, kind) in enumerate(asked)]
    return chunks, questions, {chunk.id: draw(st.integers(0, len(chunks))) for chunk in chunks}


def divide(chunks: list[Chunk], questions: list[Question], groups: dict[str, int], seed: int) -> Any:
    together = keep_together(assign_chunks(chunks, PARAMS.model_copy(update={"seed": seed})), groups)
    return together, keep_apart(chunks, questions, together, groups)


@settings(deadline=None)
@given(corpora(), st.integers(0, 20))
def test_no_two_parts_share_a_character_nor_a_group(corpus: Any, seed: int) -> None:
    chunks, questions, groups = corpus
    _, parts = divide(chunks, questions, groups, seed)
    asked = assign_questions(questions, parts)
    held: dict[Part, list[Chunk]] = {}
    for part in PROTECTION[1:]:
        written = {chunk for _, chunk in answers(questions, asked, parts, part)}
        held[part] = [chunk for chunk in chunks if parts[chunk.id] == part or chunk.id in written]
    for one, other in combinations(held.values(), 2):
        assert not {chunk.id for chunk in one} & {chunk.id for chunk in other}
        assert not set().union(*map(characters, one)) & set().union(*map(characters, other))
    for one, other in combinations(chunks, 2):
        if groups[one.id] == groups[other.id] and parts[one.id] != parts[other.id]:
            raise AssertionError(f"{one.id} and {other.id} are near-duplicates")


@settings(deadline=None)
@given(corpora(), st.integers(0, 20))
def test_only_what_shares_text_is_left_out_and_nothing_else_moves(corpus: Any, seed: int) -> None:
    chunks, questions, groups = corpus
    before, after = divide(chunks, questions, groups, seed)
    assert all(after[chunk] in (part, "gap") for chunk, part in before.items())
    assert all(after[chunk] == "test" for chunk, part in before.items() if part == "test")
    asked = assign_questions(questions, before)
    by_test = {chunk for question in questions if asked[question.id] == "test" for chunk in question.chunks}
    for chunk in chunks:
        if after[chunk.id] == before[chunk.id]:
            continue
        alike = [other for other in chunks if groups[other.id] == groups[chunk.id]]
        stronger = [
            other
            for other in chunks
            if PROTECTION.index(before[other.id]) > PROTECTION.index(before[chunk.id]) or other.id in by_test
        ]
        assert any(characters(one) & characters(other) for one in alike for other in stronger)


def test_the_neighbour_of_a_near_duplicate_is_left_out_with_its_own_near_duplicates() -> None:
    chunks = [
        placed("copy", "train.txt", 0, 10), placed("next", "train.txt", 8, 20), placed("far", "train.txt", 20, 30),
        placed("like next", "other.txt", 0, 12), placed("asked", "test.txt", 0, 10),
    ]  # fmt: skip
    parts: dict[str, Part] = {"copy": "test", "next": "train", "far": "train", "like next": "train", "asked": "test"}
    groups = {"copy": 0, "asked": 0, "next": 1, "like next": 1, "far": 2}
    found = keep_apart(chunks, [], parts, groups)
    assert found == parts | {"next": "gap", "like next": "gap"}


def test_what_answers_a_test_question_is_not_trained_on_wherever_it_stands() -> None:
    chunks = [placed("a", "test.txt", 0, 9), placed("b", "train.txt", 0, 9), placed("c", "train.txt", 7, 20)]
    parts: dict[str, Part] = {"a": "test", "b": "train", "c": "train"}
    groups = {"a": 0, "b": 1, "c": 2}
    asked = [Question("q", "?", {"chunks": ["a", "b"], "kind": "full"})]
    assert keep_apart(chunks, asked, parts, groups) == {"a": "test", "b": "gap", "c": "gap"}
    heading = [Question("q", "Oil", {"chunks": ["a", "b"], "kind": "heading"})]  # is never tested with
    assert keep_apart(chunks, heading, parts, groups) == parts
