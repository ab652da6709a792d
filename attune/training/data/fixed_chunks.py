"""Chunks whose vectors stay as they are, for a training that moves the questions alone: an index can stay with them.

All of them are compared with every question in every step, since none has to be encoded. What a test or dev question
asks about is not among them: a training that pushes questions away from it would have seen it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from attune.core.records import Chunk, Question
from attune.search.ask import EncodedSet


@dataclass(frozen=True)
class FixedChunks:
    """Chunks and their vectors by the base model.

    Attributes:
        ids: of the chunks.
        vectors: of shape (chunks, d).
    """

    ids: tuple[str, ...]
    vectors: Tensor

    @classmethod
    def of(cls, encoded: EncodedSet) -> FixedChunks:
        """Take what the base model has encoded."""
        return cls(tuple(encoded.chunks), encoded.chunk_vectors)


def reserved_chunks(
    chunks: Sequence[Chunk],
    questions: Sequence[Question],
    relevant: Mapping[str, Sequence[str]],
    groups: Mapping[str, int],
    neighbours: Mapping[str, Collection[str]],
) -> frozenset[str]:
    """Return the ids of the chunks that training must not see, not even as wrong answers.

    They are those that answer a question of another part than train, those that are like one of these or overlap it,
    and those of documents without a training question, which may be of another part as a whole. What a training
    question asks about is never among them.

    Args:
        chunks: all chunks.
        questions: the questions of all parts.
        relevant: ids of the relevant chunks, for each id of a training question.
        groups: number of the group of near-duplicates, for each chunk id.
        neighbours: for each chunk id, the chunks of the same document whose text overlaps.
    """
    trained = {chunk for ids in relevant.values() for chunk in ids}
    documents = {place.document for chunk in chunks if chunk.id in trained for place in chunk.places}
    others = {chunk for question in questions if question.id not in relevant for chunk in question.chunks} - trained
    alike = {groups[chunk] for chunk in others & groups.keys()}
    return frozenset(
        chunk.id
        for chunk in chunks
        if chunk.id not in trained
        and (
            groups[chunk.id] in alike
            or not others.isdisjoint(neighbours.get(chunk.id, ()))
            or any(place.document not in documents for place in chunk.places)
        )
    )
