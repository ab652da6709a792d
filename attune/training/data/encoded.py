"""The training questions and their chunks as the base model sees them: encoded once, for all who need it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from attune.models.encode import embed
from attune.search.ranking import Similarity
from attune.training.data.training_set import TrainingSet

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@dataclass(frozen=True)
class Encoded:
    """Vectors of a training set.

    Attributes:
        questions: texts of the questions.
        chunks: ids of the chunks that answer them, in ascending order.
        question_vectors: of shape (questions, dimensions).
        chunk_vectors: of shape (chunks, dimensions).
        similarity: the model's own.
    """

    questions: list[str]
    chunks: list[str]
    question_vectors: Tensor
    chunk_vectors: Tensor
    similarity: Similarity

    @classmethod
    def of(cls, model: SentenceTransformer, data: TrainingSet, batch_size: int) -> Encoded:
        """Encode all questions of a training set, and the chunks that have some."""
        questions, chunks = list(data.relevant), sorted({chunk for ids in data.relevant.values() for chunk in ids})
        passages = [data.passages[chunk] for chunk in chunks]
        return cls(
            questions,
            chunks,
            embed(model, questions, "question", batch_size, "before training: questions"),
            embed(model, passages, "passage", batch_size, "before training: chunks"),
            model.similarity,
        )
