"""Which of the written questions are worth training on, and why the others are not.

Small models write many empty questions. The rule that catches most of them: a question about a chunk shares with it
a word that is rare in the corpus; "What is the purpose of the agreement?" fits a hundred chunks and teaches nothing.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Set
from functools import lru_cache

import numpy as np

from attune.core.records import Chunk
from attune.questions.cleaning.queries import Query
from attune.questions.cleaning.rules import Rules, bad_form, repetition
from attune.questions.compact import fingerprint
from attune.text.words import words


class Cleaner:
    """Applies the rules to queries as they come."""

    def __init__(self, chunks: Iterable[Chunk], find: Callable[[str], Chunk], rules: Rules) -> None:
        """Learn which words are rare.

        Args:
            chunks: all chunks.
            find: returns the chunk with an id.
            rules: the knobs.
        """
        self._rare, self._find, self._rules = _rare_words(chunks, rules.rare_fraction), find, rules

    def clean(
        self,
        queries: Iterable[Query],
        repeated: Set[int],
        dropped: Counter[str],
        foreign: Callable[[Query, Chunk, Set[str]], bool] = lambda *_: False,
    ) -> Iterator[Query]:
        """Yield the queries that break no rule; each of the others counts for the first rule it breaks.

        Args:
            queries: document by document, best chunk by chunk.
            repeated: of these queries, see `asked_of_several`.
            dropped: reason -> count, counted up as the queries are gone through.
            foreign: tells of a query, its chunk and the chunk's words whether query and chunk are in two languages.
        """

        @lru_cache(maxsize=1)  # most queries come chunk by chunk
        def about(chunk_id: str) -> tuple[Chunk, set[str]]:
            chunk = self._find(chunk_id)
            return chunk, set(words(chunk.passage))

        asked: defaultdict[str, list[str]] = defaultdict(list)  # of each chunk of a document
        last: str | None = None
        for query in queries:
            spoken = words(query.text)
            chunk, known = about(query.chunk_id)
            if chunk.document != last:
                asked.clear()
                last = chunk.document
            reason = bad_form(query, spoken, known, self._rules)
            if reason is None and not any(word in known and word in self._rare for word in spoken):
                reason = "no_rare_word"
            if reason is None and foreign(query, chunk, known):
                reason = "other_language"
            if reason is None and fingerprint(" ".join(spoken)) in repeated:
                reason = "asked_of_several_chunks"
            if reason is None:
                reason = repetition(spoken, asked[query.chunk_id], self._rules.similarity)
            if reason is None:
                asked[query.chunk_id].append(" ".join(spoken))
                yield query
            else:
                dropped[reason] += 1


def asked_of_several(queries: Iterable[Query]) -> set[int]:
    """Return the fingerprints of the words, joined, of the queries that more than one chunk is to answer."""
    numbers = array("Q")
    for query in queries:
        numbers.extend((fingerprint(" ".join(words(query.text))), fingerprint(query.chunk_id)))
    pairs = np.unique(np.frombuffer(numbers, np.uint64).reshape(-1, 2), axis=0)
    texts, chunks = np.unique(pairs[:, 0], return_counts=True)
    return set(texts[chunks > 1].tolist())


def _rare_words(chunks: Iterable[Chunk], share: float) -> set[str]:
    """Return the words that stand in at most this share of the chunks, or in one; numbers do not count."""
    count, frequency = 0, Counter[str]()
    for count, chunk in enumerate(chunks, start=1):  # noqa: B007
        frequency.update(set(words(chunk.passage)))
    most = max(share * count, 1)
    return {word for word, count in frequency.items() if count <= most and not word.isdigit()}
