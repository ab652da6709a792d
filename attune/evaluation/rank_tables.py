"""Tables of the ranks: for each question, by k, and as a histogram."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from attune.core.files import write_csv
from attune.core.records import Chunk
from attune.evaluation.systems import Found
from attune.search.judged import TestSet
from attune.search.measures import Counts, Hits, Values, first_ranks

HitsAndCounts = tuple[Hits, Counts]  # of one system, see `metrics.find_hits`
DEEPEST_K = 20
BINS = {"1": 1, "2": 2, "3": 3, "4-5": 5, "6-10": 10, "11-20": 20, "21-50": 50, "51-100": 100}  # name -> last rank


def write_ranks(
    path: Path, test: TestSet, chunks: Sequence[Chunk], found: Mapping[str, Found], hits: Mapping[str, HitsAndCounts]
) -> None:
    """Write, for each question, the rank of its first relevant chunk under each system, and what it put first.

    The rank is empty where no relevant chunk is among those looked at.
    """
    ranks = {name: first_ranks(table) for name, (table, _) in hits.items()}
    documents = test.documents(chunks)
    write_csv(
        path,
        (
            *("question_id", "question", "document", "chunk_id"),
            *(f"rank_{name}" for name in ranks),
            *(f"first_{name}" for name in ranks),
        ),
        (
            (
                *(test.ids[i], test.questions[i], documents[i], test.relevant[i][0]),
                *(int(rank[i]) or "" for rank in ranks.values()),
                *(chunks[found[name].ranked[i, 0]].id for name in ranks),
            )
            for i in range(len(test.ids))
        ),
    )


def write_curve(path: Path, hits: Mapping[str, HitsAndCounts], measure: Callable[[Hits, Counts, int], Values]) -> None:
    """Write the mean of a measure for each system at each k."""
    ks = range(1, DEEPEST_K + 1)
    write_csv(path, ("k", *hits), ((k, *(float(measure(*table, k).mean()) for table in hits.values())) for k in ks))


def write_histogram(path: Path, hits: Mapping[str, HitsAndCounts]) -> None:
    """Write how many questions have their first relevant chunk at which rank."""
    edges = [0, *BINS.values()]
    ranks = {name: first_ranks(table) for name, (table, _) in hits.items()}
    counts = {name: np.histogram(found, bins=np.array(edges) + 0.5)[0] for name, found in ranks.items()}
    rows = [(label, *(int(count[i]) for count in counts.values())) for i, label in enumerate(BINS)]
    below = [len(found) - int(counts[name].sum()) for name, found in ranks.items()]
    write_csv(path, ("rank", *hits), [*rows, (f"below {edges[-1]}", *below)])
