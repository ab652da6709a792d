"""Near-duplicates count as the relevant chunk, overlapping neighbours are passed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.core.records import Chunk
from attune.evaluation.fair import fair_hits
from attune.search.measures import Hits, find_hits, hit_rate, means, per_question
from attune.text.near_duplicates import near_duplicate_groups
from attune.text.overlaps import overlapping
from tests.support.chunks import place, placed

# one document: c2 overlaps c1 and c3, c4 touches c3 without sharing a character; d is elsewhere
ROW = [placed("c1", "a", 0, 10), placed("c2", "a", 8, 20), placed("c3", "a", 18, 30), placed("c4", "a", 30, 40)]
ROW.append(placed("d", "b", 0, 10))
ALONE = [0, 1, 2, 3, 4]


def judge(
    names: str, relevant: Sequence[str], groups: Sequence[int], chunks: Sequence[Chunk] = ROW
) -> tuple[list[int], int]:
    ids = [chunk.id for chunk in chunks]
    hits = fair_hits(np.array([[ids.index(name) for name in names.split()]]), chunks, [relevant], groups)
    assert hits.marks.dtype == np.bool_ and hits.relevant.dtype == np.int64
    return hits.marks[0].astype(int).tolist(), int(hits.relevant[0])


def test_where_nothing_was_found_nothing_is_a_hit_and_others_are_not_touched() -> None:
    ranked = np.array([[-1, -1], [0, -1], [4, 0]])
    hits = fair_hits(ranked, ROW, [["d"], ["c1"], ["c1"]], [0, 1, 2, 3, 4])
    assert hits.marks.tolist() == [[False, False], [True, False], [False, True]]
    assert hits.relevant.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("names", "relevant", "groups", "expected"),
    [
        ("d c2 c1", ["c1"], ALONE, ([0, 1, 0], 1)),  # c2 overlaps c1: taken out, c1 moves up
        ("c2 c1 d", ["c2"], ALONE, ([1, 0, 0], 1)),
        ("c1 c3 c2 d", ["c2"], ALONE, ([1, 0, 0, 0], 1)),  # both neighbours go
        ("c4 c3", ["c3"], ALONE, ([0, 1], 1)),  # c4 only touches c3: a miss
        ("c2 c1", ["c1", "c2"], ALONE, ([1, 1], 2)),  # a neighbour that is relevant itself counts
        ("d c1", ["c1"], [0, 1, 2, 3, 0], ([1, 0], 1)),  # d is nearly c1, and found first
        ("c1 d c4", ["c1", "c4"], [0, 1, 2, 3, 0], ([1, 1, 0], 2)),  # the second find of the same goes
        ("c1 d c4", ["c1", "d"], [0, 1, 2, 3, 0], ([1, 0, 0], 1)),  # two relevant ones that say the same are one
        ("d c4 c3", ["c3"], [0, 1, 2, 3, 3], ([0, 0, 1], 1)),  # near-duplicates that are not relevant stay misses
        ("c2 c1 d", ["c1"], [5, 5, 7, 8, 9], ([1, 0, 0], 1)),  # overlapping and nearly the same: counts as found
        ("d c3", ["c1"], ALONE, ([0, 0], 1)),
    ],
)
def test_hand_made_cases(names: str, relevant: list[str], groups: list[int], expected: tuple[list[int], int]) -> None:
    assert judge(names, relevant, groups) == expected


def test_every_place_of_a_text_that_stands_at_several_counts() -> None:
    chunks = [placed("twice", "a", 0, 10, place("b", 50, 60)), placed("x", "b", 55, 70), placed("y", "a", 50, 60)]
    chunks.append(placed("z", "c", 0, 5, place("b", 69, 90), place("a", 59, 61)))
    assert judge("x y twice", ["twice"], range(4), chunks) == ([0, 1, 0], 1)
    assert judge("twice y x", ["x"], range(4), chunks) == ([0, 1, 0], 1)
    assert {key: value.tolist() for key, value in overlapping(chunks, np.array([1, 3])).items()} == {
        1: [0, 3],
        3: [1, 2],
    }


def test_chunks_that_do_not_say_where_they_stand_overlap_none() -> None:
    chunks = [Chunk("a", "", "a"), Chunk("b", "", "b", {"document": "x"}), placed("c", "x", 0, 5)]
    assert judge("a b c", ["b"], range(3), chunks) == ([0, 1, 0], 1)


def test_the_groups_of_the_split_stage_fit() -> None:
    text = "The warranty of the pump ends two years after the day on which it was delivered to the buyer"
    texts = [text, text.replace("two", "2"), "Invoices are sent on the first working day of every month"]
    chunks = [Chunk(str(i), "", body, place("a", 100 * i, 100 * i + 50)) for i, body in enumerate(texts)]
    groups = near_duplicate_groups(texts, 0.8)
    hits = fair_hits(np.array([[2, 1, 0]]), chunks, [["0"]], groups)
    assert (hits.marks.tolist(), hits.relevant.tolist()) == ([[False, True, False]], [1])


@dataclass
class Case:
    chunks: list[Chunk]
    ranked: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    relevant: list[list[str]]
    groups: list[int]

    def strict_and_fair(self) -> tuple[list[list[bool]], list[list[bool]], list[int]]:
        strict = find_hits(self.ranked, [chunk.id for chunk in self.chunks], self.relevant)
        fair = fair_hits(self.ranked, self.chunks, self.relevant, self.groups)
        return strict.marks.tolist(), fair.marks.tolist(), fair.relevant.tolist()


@st.composite
def cases(draw: st.DrawFn, groups: int = 6, gap: bool = False) -> Case:
    """Few documents and short texts, so that overlaps are common; with `gap` there are none."""
    size, asked = draw(st.integers(1, 14)), draw(st.integers(1, 5))
    spots = st.builds(
        lambda document, start, length: place(document, start, start + length),
        st.sampled_from("ab"),
        st.integers(0, 30),
        st.integers(1, 12),
    )
    chunks = []
    for number in range(size):
        spot, *also = [place("a", number, number + 1)] if gap else draw(st.lists(spots, min_size=1, max_size=3))
        chunks.append(placed(f"c{number}", str(spot["document"]), spot["start"], spot["end"], *also))  # type: ignore[arg-type]
    depth = draw(st.integers(1, size))
    orders = [draw(st.permutations(range(size)))[:depth] for _ in range(asked)]
    answers = st.lists(st.sampled_from([c.id for c in chunks]), min_size=1, max_size=4, unique=True)
    alike = list(range(size)) if gap else draw(st.lists(st.integers(0, groups), min_size=size, max_size=size))
    return Case(chunks, np.array(orders, dtype=np.int64), [draw(answers) for _ in range(asked)], alike)


def told_word_for_word(case: Case) -> tuple[list[list[bool]], list[int]]:
    """The rules again, one chunk at a time and character by character."""

    def characters(chunk: Chunk) -> set[tuple[str, int]]:
        places = [chunk.metadata, *chunk.metadata.get("also_in", [])]
        return {(p["document"], character) for p in places for character in range(p["start"], p["end"])}

    by_id = {chunk.id: number for number, chunk in enumerate(case.chunks)}
    judged, counts = [], []
    for row, relevant in zip(case.ranked.tolist(), case.relevant, strict=True):
        open_groups = {case.groups[by_id[name]] for name in relevant}
        counts.append(len(open_groups))
        wanted = set(open_groups)
        near = set().union(*(characters(case.chunks[by_id[name]]) for name in relevant))
        line: list[bool] = []
        for number in row:
            group = case.groups[number]
            if group in wanted:
                if group in open_groups:
                    open_groups.remove(group)
                    line.append(True)
            elif not near & characters(case.chunks[number]):
                line.append(False)
        judged.append(line + [False] * (len(row) - len(line)))
    return judged, counts


@pytest.mark.slow
@settings(deadline=None, max_examples=200)
@given(cases())
def test_equals_the_rules_told_word_for_word(case: Case) -> None:
    _, fair, counts = case.strict_and_fair()
    assert (fair, counts) == told_word_for_word(case)


def test_equals_the_rules_told_word_for_word_over_a_hundred_ranks() -> None:
    random = np.random.default_rng(0)
    chunks = [
        placed(f"c{n}", "ab"[n % 2], start, start + 12) for n, start in enumerate(random.integers(0, 900, 150).tolist())
    ]
    ranked = np.array([random.permutation(150)[:100] for _ in range(50)])
    relevant = [[f"c{n}" for n in random.integers(0, 150, 3)] for _ in range(50)]
    case = Case(chunks, ranked, relevant, random.integers(0, 60, 150).tolist())
    _, fair, counts = case.strict_and_fair()
    assert (fair, counts) == told_word_for_word(case)


@settings(deadline=None)
@given(cases())
def test_fair_is_never_harder_than_strict(case: Case) -> None:
    strict, fair, counts = case.strict_and_fair()
    found = np.array(counts)
    for k in range(1, case.ranked.shape[1] + 1):
        assert (hit_rate(Hits(np.array(fair), found), k) >= hit_rate(Hits(np.array(strict), found), k)).all()
    assert all(sum(line) <= count for line, count in zip(fair, counts, strict=True))
    measures = means(per_question(Hits(np.array(fair), found), [1, 3]))
    assert all(0 <= value <= 1 + 1e-12 for value in measures.values()), measures


@settings(deadline=None)
@given(cases(gap=True))
def test_without_duplicates_and_overlaps_fair_is_strict(case: Case) -> None:
    strict, fair, counts = case.strict_and_fair()
    assert fair == strict
    assert counts == [len(relevant) for relevant in case.relevant]


@settings(deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_order_of_chunks_and_numbers_of_groups_change_nothing(case: Case, random: object) -> None:
    order = list(range(len(case.chunks)))
    random.shuffle(order)  # type: ignore[attr-defined]
    moved = np.argsort(order)  # where each chunk is now
    shuffled = Case(
        [case.chunks[old] for old in order],
        moved[case.ranked],
        [relevant[::-1] * 2 for relevant in case.relevant],  # named twice, a chunk is still one
        [1000 - 7 * case.groups[old] for old in order],
    )
    assert shuffled.strict_and_fair() == case.strict_and_fair()
