"""Full questions in the words of people in a hurry, and as keywords."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby

import numpy as np

from attune.core.records import Chunk, content_id
from attune.questions.cleaning.queries import Query
from attune.questions.cleaning.reading.lines import QUESTION_MARKS
from attune.questions.compact import fingerprint
from attune.questions.params import Kind, Kinds
from attune.text.words import words

BEGINS = 0.02  # a word that is first or second in more of the questions is no keyword
COMMON = 0.25  # nor is one in more of the chunks
FEWEST_KEYWORDS = 2


def in_kinds(questions: Iterable[Query], chunks: Iterable[Chunk], kinds: Kinds) -> Iterator[Query]:
    """Yield full questions in the kinds in turn, in the proportion of `kinds`.

    A question stays whole where too little would be left of it, or what another one says as well.

    Args:
        questions: those of a chunk one after the other; gone through three times.
        chunks: all chunks.
        kinds: which kinds there shall be.
    """
    common = common_words((question.text for question in questions), chunks)
    forms = array("Q")  # what is said before and after, by fingerprint: once for each question
    for question, query in _rephrased(questions, common, kinds):
        forms.extend({_said(question), _said(query)})
    said, times = np.unique(np.frombuffer(forms, np.uint64), return_counts=True)
    alone = said[times == 1]
    for question, query in _rephrased(questions, common, kinds):
        place = int(np.searchsorted(alone, form := np.uint64(_said(query))))
        yield query if place < len(alone) and alone[place] == form else question


def _rephrased(questions: Iterable[Query], common: Collection[str], kinds: Kinds) -> Iterator[tuple[Query, Query]]:
    """Yield each question and what becomes of it."""
    order = [kind for kind, share in kinds.shares.items() for _ in range(share)]
    for chunk, of_chunk in groupby(questions, key=lambda question: question.chunk_id):
        first = int(
            content_id(chunk), 16
        )  # not every chunk has a question for each kind: they begin with different ones
        for number, question in enumerate(of_chunk):
            kind = order[(first + number) % len(order)]
            text = rephrase(question.text, kind, common)
            yield question, question if text == question.text else Query(chunk, text, kind)


def common_words(questions: Iterable[str], chunks: Iterable[Chunk]) -> set[str]:
    """Return the words that carry no subject, in whatever language.

    They begin many questions ("what is", "how does") or stand in many chunks ("the", "of").
    """
    begins = _frequent((set(words(question)[:2]) for question in questions), BEGINS, 1)
    return begins | _frequent((set(words(chunk.passage)) for chunk in chunks), COMMON, 0)


def rephrase(question: str, kind: Kind, common: Collection[str]) -> str:
    """Put a full question into the form of a kind; it stays whole where too little would be left of it."""
    if kind == "full":
        return question
    spoken = [word.strip("\"'“”‘’()[]{},;:.!?") for word in question.rstrip("".join(QUESTION_MARKS)).split()]
    if kind == "keywords":
        kept = [word for word in spoken if any(part not in common for part in words(word))]
        return " ".join(kept) if len(kept) >= FEWEST_KEYWORDS else question
    return " ".join(spoken).lower().strip() or question


def _said(query: Query) -> int:
    return fingerprint(" ".join(words(query.text)))


def _frequent(texts: Iterable[Collection[str]], share: float, least: float) -> set[str]:
    """Return the words that stand in more than a share of the texts, and in more than `least` of them."""
    total, counts = 0, Counter[str]()
    for total, text in enumerate(texts, start=1):  # noqa: B007
        counts.update(text)
    return {word for word, count in counts.items() if count > max(least, share * total)}
