"""Asking: every question of every chunk, and what a system finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from attune.models.device import texts_at_a_time
from attune.models.encode import embed
from attune.search.measures import Hits, find_hits
from attune.search.ranking import Line, Similarity, order_by_id, rank_lines, similarity_lines

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@dataclass(frozen=True)
class Ranking:
    """What a system found.

    Attributes:
        chunks: the id of each chunk.
        ranked: indices into `chunks`, best first, of shape (questions, depth); -1 where it found nothing.
        truncated: share of the chunks that the system read in part only; None where nobody counted, or it reads all.
        refused_chunks: how many it could not read at all, so that it finds them for no question.
    """

    chunks: Sequence[str]
    ranked: NDArray[np.int64]
    truncated: float | None = None
    refused_chunks: int = 0

    @property
    def refused_questions(self) -> int:
        """How many questions it could not read, so that it found nothing for them."""
        return int((self.ranked < 0).all(axis=1).sum()) if self.ranked.size else 0

    def hits(self, relevant: Sequence[Sequence[str]]) -> Hits:
        """Mark the finds, given the ids of the relevant chunks of each question."""
        return find_hits(self.ranked, self.chunks, relevant)

    def first(self, question: int) -> str:
        """Return the id of the chunk that was ranked first for a question; nothing where none was found."""
        index = int(self.ranked[question, 0])
        return self.chunks[index] if index >= 0 else ""

    def part(self, start: int, stop: int) -> Ranking:
        """Return what was found for some of the questions."""
        return replace(self, ranked=self.ranked[start:stop])


@dataclass(frozen=True)
class EncodedSet:
    """Questions and chunks as a model sees them.

    Attributes:
        questions: the texts of the questions.
        chunks: the ids of the chunks.
        question_vectors: of shape (questions, d).
        chunk_vectors: of shape (chunks, d).
        similarity: the model's own.
        truncated: share of the chunks that the model read in part only; None where nobody counted.
        has_gaps: whether vectors of zeros stand for those that a server did not make.
    """

    questions: Sequence[str]
    chunks: Sequence[str]
    question_vectors: Tensor
    chunk_vectors: Tensor
    similarity: Similarity
    truncated: float | None = None
    has_gaps: bool = False

    @classmethod
    def of(
        cls,
        model: SentenceTransformer,
        questions: Sequence[str],
        passages: Mapping[str, str],
        batch_size: int,
        description: str | None = None,
        known: Tensor | None = None,
    ) -> EncodedSet:
        """Encode questions, and the passages of chunks by their ids; see `encode.embed`.

        Args:
            model: the model.
            questions: the texts of the questions.
            passages: the text of each chunk, by its id.
            batch_size: texts encoded at a time.
            description: what the progress bars say; None shows none.
            known: the vectors of the passages, of shape (chunks, d), where they are known; None encodes them.

        Raises:
            UserError: the model returned a number that is not finite.
        """
        batch_size = texts_at_a_time(model, batch_size)
        what = [f"{description}: {kind}" if description else None for kind in ("chunks", "questions")]
        vectors = known
        if vectors is None:
            vectors = embed(model, list(passages.values()), "passage", batch_size, what[0])
        asked = embed(model, questions, "question", batch_size, what[1])
        return cls(questions, list(passages), asked, vectors, model.similarity)

    def part(self, start: int, stop: int) -> EncodedSet:
        """Return the set with some of its questions, and all chunks."""
        return replace(self, questions=self.questions[start:stop], question_vectors=self.question_vectors[start:stop])

    def lines(self, dimensions: int | None = None) -> Iterator[Line]:
        """Yield the line of each question (see `ranking.py`), by the first d numbers of the vectors or by all.

        Shortened vectors are compared with the model's own similarity function, too: a cosine needs nothing more. Where
        there is no vector, the scores are -inf.
        """
        asked, chunks = self.question_vectors[:, :dimensions], self.chunk_vectors[:, :dimensions]
        lines = similarity_lines(self.similarity, asked, chunks, order_by_id(self.chunks))
        return self._without_gaps(lines) if self.has_gaps else lines

    def _without_gaps(self, lines: Iterator[Line]) -> Iterator[Line]:
        missing = self._missing(self.chunk_vectors)[order_by_id(self.chunks)]
        for line, is_missing in zip(lines, self._missing(self.question_vectors), strict=True):
            yield np.where(missing | is_missing, -np.inf, line)

    def _missing(self, vectors: Tensor) -> NDArray[np.bool_]:
        """Return which of some vectors, of shape (count, d), are none."""
        return ~vectors.any(dim=1).numpy(force=True) if self.has_gaps else np.zeros(len(vectors), dtype=np.bool_)

    def ranking(self, depth: int, dimensions: int | None = None) -> Ranking:
        """Rank the chunks for each question, by the first d numbers of the vectors or by all of them."""
        ranked = rank_lines(self.lines(dimensions), order_by_id(self.chunks), depth)
        return Ranking(self.chunks, ranked, self.truncated, int(self._missing(self.chunk_vectors).sum()))


def ask(
    model: SentenceTransformer,
    questions: Sequence[str],
    passages: Mapping[str, str],
    batch_size: int,
    depth: int,
    description: str | None = None,
    known: Tensor | None = None,
) -> Ranking:
    """Ask an embedding model, with the prompts that it has; see `EncodedSet.of`."""
    return EncodedSet.of(model, questions, passages, batch_size, description, known).ranking(depth)
