"""The dev questions: how the model does on them while it trains, and which of its states is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from torch import Tensor

from attune.core.records import Chunk
from attune.models.encode import embed
from attune.search.ask import ask
from attune.search.judged import JudgedQuestions
from attune.search.measures import Values, hit_rate, ndcg
from attune.statistics.clusters import clusters_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

HIT_RATE, NDCG = "hit_rate@5", "ndcg@10"


@dataclass(frozen=True)
class DevSet:
    """The dev questions, and the chunks that they are asked of.

    Attributes:
        asked: the questions.
        chunks: the chunks.
        vectors: of the chunks, of shape (chunks, d), where these keep them whatever is trained; else None.
    """

    asked: JudgedQuestions
    chunks: list[Chunk]
    vectors: Tensor | None = None

    @classmethod
    def choose(
        cls, chunks: Sequence[Chunk], questions: Mapping[str, str], relevant: Mapping[str, list[str]], most: int
    ) -> DevSet:
        """Take all dev questions and at most `most` chunks: the relevant ones and a fixed sample of the others.

        Encoding a large corpus after every epoch would take longer than the epoch. Ids are hashes, so the
        lowest of them are as good as a random sample, and the same in every run.
        """
        needed = {chunk for ids in relevant.values() for chunk in ids}
        by_need = sorted(chunks, key=lambda chunk: (chunk.id not in needed, chunk.id))
        asked = JudgedQuestions(list(relevant), [questions[q] for q in relevant], list(relevant.values()))
        return cls(asked, by_need[: max(most, len(needed))])

    @property
    def clusters(self) -> Sequence[str]:
        """The cluster of each question, as the verdict has them: its document, or its chunk where those are too few."""
        documents = self.asked.documents(self.chunks)
        return clusters_of(documents, [answers[0] for answers in self.asked.relevant])[0]

    def fixed(self, model: SentenceTransformer, batch_size: int) -> DevSet:
        """Return the same set whose chunks keep the vectors that this model gives them."""
        return replace(self, vectors=embed(model, [chunk.passage for chunk in self.chunks], "passage", batch_size))

    def measure(self, model: SentenceTransformer, batch_size: int) -> dict[str, Values]:
        """Return hit_rate@5 and ndcg@10 of each question, of shape (questions,)."""
        passages = {chunk.id: chunk.passage for chunk in self.chunks}
        ranking = ask(model, self.asked.texts, passages, batch_size, depth=10, known=self.vectors)
        hits = ranking.hits(self.asked.relevant)
        return {HIT_RATE: hit_rate(hits, 5), NDCG: ndcg(hits, 10)}
