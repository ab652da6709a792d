"""Fair gold: a ranking judged without punishing what is as good as a relevant chunk, or part of one.

Only one chunk is known to answer a question: the one that it was written about. Where a document repeats itself, or
neighbouring chunks share text, another chunk can answer as well, and a model that finds it is not wrong. So:

- a near-duplicate of a relevant chunk counts as that chunk. The first of them in the ranking is the find; the others
  are taken out of the ranking, as a second find of the same thing is worth nothing and no mistake either;
- a chunk that overlaps a relevant one in the document, without being relevant, is taken out as well: what they share
  may or may not hold the answer, so it is neither found nor missed.

What is taken out leaves no gap. The strict figures stand beside the fair ones: those are too hard on a model, these
can be too kind to it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attune.core.records import Chunk
from attune.search.measures import Hits
from attune.text.overlaps import Indices, overlapping


def fair_hits(
    ranked: Indices, chunks: Sequence[Chunk], relevant: Sequence[Sequence[str]], groups: Sequence[int]
) -> Hits:
    """Mark the finds in a ranking by the rules above, and count what there is to find.

    Args:
        ranked: indices into `chunks`, best first, of shape (questions, depth); -1 where nothing was found.
        chunks: all chunks.
        relevant: the ids of the relevant chunks of each question.
        groups: the number of the group of near-duplicates that each chunk belongs to, as the stage `split` found them.

    Returns:
        Whether there is a find at each rank, with misses at the end in place of what was taken out; and how many groups
        of near-duplicates hold a relevant chunk.
    """
    place = {chunk.id: index for index, chunk in enumerate(chunks)}
    group_of = np.unique(np.asarray(groups), return_inverse=True)[1]
    # pairs of a question and a relevant chunk
    asked = np.repeat(np.arange(len(relevant)), [len(ids) for ids in relevant])
    answers = np.array([place[chunk] for ids in relevant for chunk in ids], dtype=np.int64)
    # a pair (question, chunk) or (question, group) as one number, so that sets of pairs are sorted arrays
    rows = np.arange(len(ranked))[:, None] * len(chunks)
    found = np.where(ranked < 0, -1, rows + group_of[ranked])
    wanted = np.unique(asked * len(chunks) + group_of[answers])
    is_wanted = np.isin(found, wanted)
    is_first = np.zeros(found.size, dtype=np.bool_)
    is_first[np.unique(found, return_index=True)[1]] = True
    at = np.where(ranked < 0, -1, rows + ranked)
    hits = is_wanted & is_first.reshape(found.shape)
    removed = (is_wanted & ~hits) | (~is_wanted & np.isin(at, _passed_over(asked, answers, chunks)))
    condensed = np.argsort(removed, axis=1, kind="stable")  # what stays keeps its order, what is removed goes last
    counts = np.bincount(wanted // len(chunks), minlength=len(relevant))
    return Hits(np.take_along_axis(hits, condensed, axis=1), counts)


def _passed_over(asked: Indices, answers: Indices, chunks: Sequence[Chunk]) -> Indices:
    """Return the pairs of a question and a chunk that overlaps one of its relevant chunks, each as one number."""
    neighbours = overlapping(chunks, np.unique(answers))
    pairs = [q * len(chunks) + neighbours[a] for q, a in zip(asked.tolist(), answers.tolist(), strict=True)]
    return np.concatenate(pairs) if pairs else np.empty(0, dtype=np.int64)
