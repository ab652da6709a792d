"""Tables of the ranks: for each question, by k, and as a histogram."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from attune.core.files import write_csv
from attune.core.records import Chunk
from attune.evaluation.results import RANK_BINS
from attune.evaluation.systems import CURVE_DEPTH, WEIGHTS
from attune.search.ask import Ranking
from attune.search.judged import JudgedQuestions
from attune.search.measures import Hits, Values, ndcg

DEEPEST_K = 20


def write_ranks(
    path: Path,
    test: JudgedQuestions,
    chunks: Sequence[Chunk],
    found: Mapping[str, Ranking],
) -> None:
    """Write, for each question, the rank of its first relevant chunk under each system, and what it put first.

    The rank is empty where no relevant chunk is among those looked at, and so is the first where nothing was found.
    """
    ranks = {name: ranking.hits(test.relevant).first_ranks for name, ranking in found.items()}
    documents = test.documents(chunks)
    write_csv(
        path,
        (
            *("question_id", "question", "document", "chunk_id"),
            *(f"rank_{name}" for name in found),
            *(f"first_{name}" for name in found),
        ),
        (
            (
                *(test.ids[i], test.texts[i], documents[i], test.relevant[i][0]),
                *(int(rank[i]) or "" for rank in ranks.values()),
                *(ranking.first(i) for ranking in found.values()),
            )
            for i in range(len(test))
        ),
    )


def write_curve(path: Path, hits: Mapping[str, Hits], measure: Callable[[Hits, int], Values]) -> None:
    """Write the mean of a measure for each system at each k."""
    ks = range(1, DEEPEST_K + 1)
    write_csv(path, ("k", *hits), ((k, *(float(measure(table, k).mean()) for table in hits.values())) for k in ks))


def write_weights(
    path: Path, sets: Mapping[str, tuple[Sequence[Sequence[str]], Mapping[str, Sequence[Ranking]]]]
) -> None:
    """Write nDCG@10 of the hybrids by the weight of the model.

    Args:
        path: where to.
        sets: what stands in front of a system's name -> the relevant chunks of each question of a set, and what each
            system found for them with each of `WEIGHTS`.
    """
    columns = {
        f"{prefix}{name}": [float(ndcg(ranking.hits(relevant), CURVE_DEPTH).mean()) for ranking in rankings]
        for prefix, (relevant, found) in sets.items()
        for name, rankings in found.items()
    }
    write_csv(path, ("weight", *columns), zip(WEIGHTS, *columns.values(), strict=True))


def write_histogram(path: Path, hits: Mapping[str, Hits]) -> None:
    """Write how many questions have their first relevant chunk at which rank."""
    edges = [0, *RANK_BINS]
    labels = [f"{after + 1}" if after + 1 == last else f"{after + 1}-{last}" for after, last in pairwise(edges)]
    ranks = {name: table.first_ranks for name, table in hits.items()}
    counts = {name: np.histogram(found, bins=np.array(edges) + 0.5)[0] for name, found in ranks.items()}
    rows = [(label, *(int(count[i]) for count in counts.values())) for i, label in enumerate(labels)]
    below = [len(found) - int(counts[name].sum()) for name, found in ranks.items()]
    write_csv(path, ("rank", *hits), [*rows, (f"below {edges[-1]}", *below)])
