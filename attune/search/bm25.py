"""The lexical baseline: what a search engine finds that compares words and knows nothing of their meaning.

BM25 as Lucene computes it, except that the length of a chunk is not rounded to a byte (variant "Lucene (accurate)"
of Kamphuis et al. 2020, "Which BM25 Do You Mean?", section 2), with the parameters that Lucene, Elasticsearch and
OpenSearch use where nobody sets them: so the row reads "what you have if you install a search engine". Robertson and
Zaragoza (2009, "The Probabilistic Relevance Framework", section 3.3) find 1.2 < k1 < 2 and 0.5 < b < 0.8 good for many
collections. Words are not stemmed and none is left out as too common: both need to know the language.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from bm25s import BM25
from numpy.typing import NDArray

from attune.core.progress import progress
from attune.search.ranking import rank
from attune.text.words import words

K1, B = 1.2, 0.75


def rank_bm25(
    questions: Sequence[str], passages: Sequence[str], chunk_ids: Sequence[str], depth: int
) -> NDArray[np.int64]:
    """Return the chunks with the highest BM25 score for each question, best first.

    Every chunk is scored. Equal scores are ordered by chunk id, as in `ranking.rank`; so chunks that share no word
    with the question stand last, in the order of their ids. A word that a question repeats counts as often.

    Args:
        questions: the texts to ask.
        passages: the text of each chunk.
        chunk_ids: the id of each chunk.
        depth: how many chunks to return for a question.

    Returns:
        Indices into `chunk_ids`, of shape (questions, min(depth, chunks)).
    """
    numbers: dict[str, int] = {}
    # numbers instead of words: the words of 100,000 chunks as separate strings would fill gigabytes
    tokens = [
        [numbers.setdefault(word, len(numbers)) for word in words(text)]
        for text in progress(passages, "bm25: chunks", "text")
    ]
    asked = [[numbers[word] for word in words(text) if word in numbers] for text in questions]
    index = _index(tokens, numbers)
    with progress(None, "bm25: questions", "text", total=len(questions)) as bar:

        def scores(rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
            block = np.zeros((len(rows), len(columns)))
            for line, row in zip(block, rows.tolist(), strict=True):
                if asked[row]:
                    line[:] = index.get_scores_from_ids(asked[row])[columns]
                bar.update(1)
            return torch.from_numpy(block)

        # `rank` orders and cuts into blocks whatever is scored; here the "vectors" are the numbers of the texts
        return rank(scores, torch.arange(len(questions)), torch.arange(len(passages)), chunk_ids, depth)


def _index(tokens: list[list[int]], numbers: dict[str, int]) -> BM25:
    index = BM25(k1=K1, b=B, method="lucene", dtype="float64", csc_backend="scipy")
    if numbers:  # an index of no words at all cannot be built, and is never asked
        index.index((tokens, numbers), create_empty_token=False, show_progress=False)
    return index
