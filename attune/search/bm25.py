"""The lexical baseline: what a search engine finds that compares words and knows nothing of their meaning.

BM25 as Lucene computes it, except that the length of a chunk is not rounded to a byte (variant "Lucene (accurate)"
of Kamphuis et al. 2020, "Which BM25 Do You Mean?", section 2), with the parameters that Lucene, Elasticsearch and
OpenSearch use where nobody sets them: so the row reads "what you have if you install a search engine". Robertson and
Zaragoza (2009, "The Probabilistic Relevance Framework", section 3.3) find 1.2 < k1 < 2 and 0.5 < b < 0.8 good for many
collections. Words are not stemmed and none is left out as too common: both need to know the language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from bm25s import BM25
from numpy.typing import NDArray

from attune.core.progress import progress
from attune.search.ranking import Line, order_by_id, rank_lines
from attune.text.words import words

K1, B = 1.2, 0.75


class LexicalIndex:
    """Chunks as BM25 sees them.

    Words are numbers in it: the words of 100,000 chunks as separate strings would fill gigabytes.
    """

    def __init__(self, passages: Sequence[str]) -> None:
        """Count the words of each chunk, given its text."""
        self._numbers: dict[str, int] = {}
        tokens = [
            [self._numbers.setdefault(word, len(self._numbers)) for word in words(text)]
            for text in progress(passages, "bm25: chunks", "text")
        ]
        self._index = BM25(k1=K1, b=B, method="lucene", dtype="float64", csc_backend="scipy")
        if self._numbers:  # an index of no words at all cannot be built, and is never asked
            self._index.index((tokens, self._numbers), create_empty_token=False, show_progress=False)
        self._chunks = len(passages)

    def lines(self, questions: Sequence[str], order: NDArray[np.int64], name: str = "bm25") -> Iterator[Line]:
        """Yield the line of each question (see `ranking.py`): 0 for the chunks that share no word with it, else more.

        A word that a question repeats counts as often.

        Args:
            questions: the texts to ask.
            order: what `order_by_id` says of the chunks.
            name: of the system that asks, for the progress bar.
        """
        for question in progress(questions, f"{name}: questions", "text"):
            asked = [self._numbers[word] for word in words(question) if word in self._numbers]
            yield self._index.get_scores_from_ids(asked)[order] if asked else np.zeros(self._chunks)


def rank_bm25(
    questions: Sequence[str], passages: Sequence[str], chunk_ids: Sequence[str], depth: int
) -> NDArray[np.int64]:
    """Return the chunks with the highest BM25 score for each question, best first.

    Every chunk is scored. Equal scores are ordered by chunk id, as in `ranking.rank`; so chunks that share no word
    with the question stand last, in the order of their ids.

    Args:
        questions: the texts to ask.
        passages: the text of each chunk.
        chunk_ids: the id of each chunk.
        depth: how many chunks to return for a question.

    Returns:
        Indices into `chunk_ids`, of shape (questions, min(depth, chunks)).
    """
    order = order_by_id(chunk_ids)
    return rank_lines(LexicalIndex(passages).lines(questions, order), order, depth)
