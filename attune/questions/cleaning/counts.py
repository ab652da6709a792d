"""The numbers in the metrics of synthesize-questions: of all replies in use, whenever they were paid for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from attune.core.records import HEADINGS
from attune.questions.asking.costs import spent
from attune.questions.asking.replies import Answers, Reply
from attune.questions.cleaning.kinds import Query
from attune.questions.cleaning.parse import parse_questions
from attune.questions.fingerprints import Fingerprints
from attune.questions.params import KINDS, SynthesizeQuestionsParams


class QueryCounts:
    """Counts queries on their way to the file."""

    def __init__(self) -> None:
        self._kinds, self._chunks = Counter[str](), Fingerprints()

    def counted(self, queries: Iterable[Query]) -> Iterator[Query]:
        """Yield the queries as they are."""
        for query in queries:
            self._kinds[query.kind] += 1
            self._chunks.add(query.chunk_id)
            yield query

    @property
    def chunks(self) -> int:
        """How many chunks have a query."""
        return len(self._chunks)

    @property
    def questions(self) -> int:
        """How many were written by the model."""
        return sum(self._kinds[kind] for kind in KINDS)

    @property
    def kinds(self) -> dict[str, int]:
        """How many there are of each kind."""
        return {kind: self._kinds[kind] for kind in (*KINDS, *HEADINGS)}


def count_replies(replies: Iterable[Reply], wanted: int) -> dict[str, int]:
    """Count the tokens and questions of replies, and those that are not what was asked for: `wanted` questions each."""
    counts = Counter[str]()
    for reply in replies:
        found = len(parse_questions(reply.text))
        counts["replies_cut_off"] += reply.finish_reason == "length"
        counts["replies_refused"] += reply.finish_reason in ("refusal", "content_filter")
        counts["replies_without_questions"] += found == 0
        counts["replies_with_too_few"] += 0 < found < wanted
        counts["replies_with_too_many"] += found > wanted
        counts["prompt_tokens"] += reply.prompt_tokens
        counts["completion_tokens"] += reply.completion_tokens
        counts["questions_written"] += min(found, wanted)
    return dict(counts)


def metrics(answered: Answers, queries: QueryCounts, params: SynthesizeQuestionsParams) -> dict[str, Any]:
    """Count replies, queries, tokens and dollars."""
    cost = spent((reply for _, reply in answered), params.price)
    return {
        "chunks_with_questions": queries.chunks,
        **count_replies((reply for _, reply in answered), params.questions_per_chunk),
        "questions_kept": queries.questions,
        "kinds": queries.kinds,
        **({} if cost is None else {"cost_usd": cost}),
    }
