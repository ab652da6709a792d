"""Questions with the chunks that answer them: the one shape for test, dev, general and people's questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from attune.core.beir import read_corpus, read_qrels, read_queries
from attune.core.errors import UserError
from attune.core.records import Chunk, content_id


@dataclass(frozen=True)
class JudgedQuestions:
    """Questions with the ids of the chunks that answer each; all lists have one entry for each question."""

    ids: list[str]
    texts: list[str]
    relevant: list[list[str]]

    def __len__(self) -> int:
        return len(self.ids)

    def sample(self, most: int) -> JudgedQuestions:
        """Return a fixed sample of at most N questions, in their order: those whose ids have the lowest hashes.

        So more of them hold all that fewer did, and a question that is added moves one out at most.
        """
        lowest = sorted(range(len(self)), key=lambda place: (content_id(self.ids[place]), place))[:most]
        kept = sorted(lowest)
        return JudgedQuestions(
            [self.ids[i] for i in kept], [self.texts[i] for i in kept], [self.relevant[i] for i in kept]
        )

    def documents(self, chunks: Sequence[Chunk]) -> list[str]:
        """Return the document of each question: that of the first chunk that answers it."""
        document = {chunk.id: chunk.document for chunk in chunks}
        return [document[ids[0]] for ids in self.relevant]

    def fingerprint(self, chunks: Sequence[Chunk]) -> str:
        """Return a hash of what is asked of what: only metrics with the same one compare.

        Of the text of questions and chunks, not of their ids, which a user's own data may reuse.
        """
        text = {chunk.id: chunk.passage for chunk in chunks}
        asked = (
            [question, *sorted(text[chunk] for chunk in ids)]
            for question, ids in zip(self.texts, self.relevant, strict=True)
        )
        return content_id(*sorted(content_id(*row) for row in asked), *sorted(text.values()))


def load_test_set(corpus: Path, queries: Path, qrels: Path) -> tuple[JudgedQuestions, list[Chunk]]:
    """Load the test questions and all chunks.

    Raises:
        UserError: a file is missing or malformed, or names a question or chunk that does not exist.
    """
    chunks = read_corpus(corpus)
    texts = {question.id: question.text for question in read_queries(queries)}
    relevant = read_qrels(qrels)
    known = {chunk.id for chunk in chunks}
    for question, answers in relevant.items():
        if question not in texts or not known.issuperset(answers):
            raise UserError(f"{qrels} names question {question} or its chunk, which do not exist; run `dvc repro`")
    if not relevant:
        raise UserError(f"{qrels} holds no questions to test with")
    return JudgedQuestions(list(relevant), [texts[question] for question in relevant], list(relevant.values())), chunks
