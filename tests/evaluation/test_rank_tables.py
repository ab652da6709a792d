"""Tables of ranks, against ones made by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from attune.core.records import Chunk
from attune.evaluation.rank_tables import write_curve, write_histogram, write_ranks
from attune.search.ask import Ranking
from attune.search.judged import JudgedQuestions
from attune.search.measures import Hits, hit_rate


def hits(*ranks: int, depth: int = 100) -> Hits:
    """One relevant chunk at the given rank of each question; 0 is none."""
    marks = np.array([[rank == place for place in range(1, depth + 1)] for rank in ranks])
    return Hits(marks, np.ones(len(ranks), dtype=np.int64))


def test_rank_and_first_chunk_of_each_question(tmp_path: Path) -> None:
    chunks = [Chunk(name, "", name, {"document": f"{name}.md"}) for name in "abc"]
    test = JudgedQuestions(["q1", "q2"], ["What, now?", "Why?"], [["b", "c"], ["a"]])
    ids = [chunk.id for chunk in chunks]
    found = {"x": Ranking(ids, np.array([[2, 1], [1, 2]])), "y": Ranking(ids, np.array([[0, 1], [0, 1]]))}
    write_ranks(tmp_path / "ranks.csv", test, chunks, found)
    assert (tmp_path / "ranks.csv").read_text().splitlines() == [
        "question_id,question,document,chunk_id,rank_x,rank_y,first_x,first_y",
        'q1,"What, now?",b.md,b,1,2,c,a',
        "q2,Why?,a.md,a,,1,b,a",  # not among those looked at: empty
    ]


def test_curve_is_the_mean_at_each_k(tmp_path: Path) -> None:
    write_curve(tmp_path / "curve.csv", {"x": hits(1, 3, 0, 20), "y": hits(2, 2, 2, 2)}, hit_rate)
    rows = [line.split(",") for line in (tmp_path / "curve.csv").read_text().splitlines()]
    assert rows[0] == ["k", "x", "y"] and [row[0] for row in rows[1:]] == [str(k) for k in range(1, 21)]
    assert [[float(cell) for cell in rows[k][1:]] for k in (1, 2, 3, 20)] == [[0.25, 0], [0.25, 1], [0.5, 1], [0.75, 1]]


def test_histogram_counts_every_question_once(tmp_path: Path) -> None:
    write_histogram(tmp_path / "ranks.csv", {"x": hits(1, 4, 5, 6, 100, 0, 0), "y": hits(1, 1, 1, 1, 1, 1, 51)})
    assert (tmp_path / "ranks.csv").read_text().splitlines() == [
        *("rank,x,y", "1,1,6", "2,0,0", "3,0,0", "4-5,2,0", "6-10,1,0"),
        *("11-20,0,0", "21-50,0,0", "51-100,1,1", "below 100,2,0"),
    ]
