"""The numbers in the metrics of synthesize-questions: of all replies in use, whenever they were paid for."""

from __future__ import annotations

from collections import Counter
from typing import Any

from attune.core.records import HEADINGS
from attune.questions.asking.costs import Bill
from attune.questions.asking.replies import Reply
from attune.questions.cleaning.queries import Query
from attune.questions.cleaning.rules import REASONS
from attune.questions.compact import Fingerprints
from attune.questions.params import KINDS, SynthesizeQuestionsParams


class Counts:
    """Counts replies and queries as they are gone through.

    Attributes:
        dropped: reason -> how many queries were dropped for it.
    """

    def __init__(self, params: SynthesizeQuestionsParams) -> None:
        self.dropped = Counter[str]()
        self._wanted = params.questions_per_chunk
        self._replies, self._kinds, self._chunks = Counter[str](), Counter[str](), Fingerprints()

    def count_reply(self, reply: Reply, questions: int) -> None:
        """Count a reply that holds N questions; more than were asked for are not taken."""
        counts = self._replies
        counts["replies_cut_off"] += reply.finish_reason == "length"
        counts["replies_refused"] += reply.finish_reason in ("refusal", "content_filter")
        counts["replies_without_questions"] += questions == 0
        counts["replies_with_too_few"] += 0 < questions < self._wanted
        counts["replies_with_too_many"] += questions > self._wanted
        counts["prompt_tokens"] += reply.prompt_tokens
        counts["completion_tokens"] += reply.completion_tokens
        counts["questions_written"] += min(questions, self._wanted)

    def count_query(self, query: Query) -> None:
        """Count a query that is kept."""
        self._kinds[query.kind] += 1
        self._chunks.add(query.chunk_id)

    @property
    def queries(self) -> int:
        """How many queries are kept."""
        return self._kinds.total()

    @property
    def reasons(self) -> dict[str, int]:
        """How many queries were dropped for each reason."""
        return {reason: self.dropped[reason] for reason in REASONS}

    def counts(self, bill: Bill) -> dict[str, Any]:
        """Return all counts: replies, queries, tokens, dollars.

        The tokens are those that the server told, `cost_usd` holds an estimate for the others.
        """
        cost = bill.dollars
        return {
            "chunks_with_questions": len(self._chunks),
            **self._replies,
            "questions_kept": sum(self._kinds[kind] for kind in KINDS),
            "kinds": {kind: self._kinds[kind] for kind in (*KINDS, *HEADINGS)},
            **({} if cost is None else {"cost_usd": cost}),
            **({"replies_without_tokens": bill.untold} if cost and bill.untold else {}),
            "dropped": self.reasons,
        }
