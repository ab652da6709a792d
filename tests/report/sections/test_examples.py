"""Examples are those that moved furthest, with what stood in their place."""

from __future__ import annotations

import math

import pytest

from attune.core.records import Chunk
from attune.report.sections.examples import gained, gains, passage, regressions
from tests.support.report_parts import asked


def test_worst_and_best_are_by_what_they_cost_and_then_by_id() -> None:
    rows = [
        asked(20, 40, "far"),
        asked(1, 2, "near"),
        asked(1, None, "lost"),
        asked(2, 1, "b"),
        asked(2, 1, "a"),
        asked(3, 3, "same"),
    ]
    assert gained(rows[1]) == pytest.approx(1 / math.log2(3) - 1)
    assert [e.question for e in regressions(rows, {})] == ["question lost", "question near", "question far"]
    assert [e.question for e in gains(rows, {})] == ["question a", "question b"]
    assert [e.question for e in regressions(rows, {}, most=1)] == ["question lost"]
    assert regressions(rows, {})[0].after == "beyond rank 100"


def chunk(id: str, document: str, start: int, pages: list[int] | None = None) -> Chunk:
    return Chunk(id, "", f"text of {id}", {"document": document, "start": start, "end": start + 10, "pages": pages})


@pytest.mark.parametrize(
    ("other", "remark"),
    [
        (chunk("c2", "a.pdf", 29), "overlaps with the right chunk"),
        (chunk("c2", "a.pdf", 30), "same document"),
        (chunk("c2", "a.pdf", 11), "overlaps with the right chunk"),
        (chunk("c2", "a.pdf", 10), "same document"),
        (chunk("c2", "b.pdf", 0), ""),
    ],
)
def test_example_tells_how_the_chunks_are_related(other: Chunk, remark: str) -> None:
    corpus = {"c1": chunk("c1", "a.pdf", 20, [3, 4]), "c2": other}
    (one,) = regressions([asked(1, 7)], corpus)
    assert one.instead and (one.remark, one.instead.text) == (remark, "text of c2")
    assert (one.relevant.document, one.relevant.pages, one.before, one.after) == (
        "a.pdf",
        "pages 3–4",
        "rank 1",
        "rank 7",
    )
    assert passage("c1", {"c1": chunk("c1", "a", 0, [5, 5])}).pages == "page 5"


def test_gain_shows_what_the_base_model_had_put_first() -> None:
    (one,) = gains([asked(2, 1)], {name: chunk(name, "a", 0) for name in ("c1", "c2", "c2-base")})
    assert one.instead and one.instead.text == "text of c2-base"


def test_right_chunk_on_top_stands_in_nobodys_place() -> None:
    (one,) = regressions([asked(2, 3, first="c1")], {"c1": chunk("c1", "a", 0)})
    assert one.instead is None
