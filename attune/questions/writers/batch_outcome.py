"""What became of a batch that is over, and of the requests in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openai.types import Batch

from attune.core.errors import UserError
from attune.questions.asking.replies import Replies, Reply
from attune.questions.asking.requests import ByKey, Request
from attune.questions.asking.under_way import RunningBatch
from attune.questions.asking.writer import Limits
from attune.questions.writers.batch_api import BatchApi
from attune.questions.writers.batch_file import Result
from attune.questions.writers.manner import FIRST, REFUSED, Manner, is_about_manner
from attune.questions.writers.refusals import Refusals
from attune.servers.server import Server

NO_ROOM = "token_limit_exceeded"  # as many tokens wait at the server as this account may have waiting


@dataclass(frozen=True)
class Outcome:
    """What became of a batch.

    Attributes:
        status: in the words of the server.
        results: of its requests, in any order; some may be missing.
        refusal: what the server says where it refused all of it for the way in which it is asked.
        no_room: whether the server had no room for it.
        problem: what the server says of a batch of which it asked nothing.
    """

    status: str
    results: Sequence[Result] = ()
    refusal: str = ""
    no_room: bool = False
    problem: str = ""

    @property
    def was_asked(self) -> bool:
        """Whether the server asked any of it: else its file was found wanting, or there was no room for it."""
        return self.status != "failed"


def outcome_of(state: Batch, api: BatchApi) -> Outcome:
    """Return what became of a batch that is over, fetching what came of it."""
    if state.status != "failed":
        results = [*api.results(state.output_file_id), *api.results(state.error_file_id)]
        refused = all(result.status in REFUSED and is_about_manner(result.problem) for result in results)
        return Outcome(state.status, results, results[0].problem if results and refused else "")
    errors = (state.errors.data if state.errors else None) or []
    words = [f"line {error.line}: {error.message}" if error.line else str(error.message) for error in errors[:3]]
    return Outcome(
        state.status,
        refusal=words[0] if errors and all(is_about_manner(str(error.message)) for error in errors) else "",
        no_room=any(error.code == NO_ROOM for error in errors),
        problem="; ".join(words) or "it does not say why",
    )


def answered(state: Batch, before: int) -> int:
    """Return how many requests a server says it has answered, `before` where it gives no number: it is only shown."""
    told = [getattr(state.request_counts, name, None) for name in ("completed", "failed")]
    numbers = [number for number in told if isinstance(number, int)]
    return sum(numbers) if numbers else before


class Manners:
    """How the batches of a run ask: each in the manner that was known when it was submitted.

    Attributes:
        now: how the next one is to ask.
    """

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.now = FIRST
        self._body, self._of = (
            body,
            dict[str, Manner](),
        )  # by the token of a batch; of earlier runs, the format is known

    def submitted(self, batch: RunningBatch) -> None:
        """Note that a batch asks as is known now."""
        self._of[batch.token] = self.now

    def refused(self, batch: RunningBatch, words: str) -> bool:
        """Learn from the refusal of a batch, and tell whether there is another way to ask."""
        asked = self._of.get(batch.token, Manner(batch.format))
        other = asked.next(words, asked.worded(self._body), may_guess=False)
        if other is not None:  # another batch may have told more meanwhile
            self.now = max(self.now, other, key=lambda one: one.steps)
        return other is not None


class Wanted:
    """The requests of a run, and what has become of them so far; memory holds their keys.

    Attributes:
        requests: by their keys.
        failed: key -> reason, of those that stayed without a reply.
    """

    def __init__(self, requests: Sequence[Request], replies: Replies, limits: Limits) -> None:
        self.requests = ByKey(requests)
        self.failed: dict[str, str] = {}
        self._replies, self._budget = replies, limits.budget
        self._refusals, self._unread = Refusals(False, len(requests) <= limits.failures, 1), ""
        self._most_failed = limits.failures

    def unanswered(self, keys: Collection[str]) -> list[str]:
        """Return those of the keys whose requests have no reply, in the order of the requests."""
        among = set(keys)
        return [key for key in self.requests if key in among and key not in self._replies]

    def failures(self) -> dict[str, str]:
        """Return chunk id -> reason for the requests that failed and were not answered in another batch."""
        return {self.requests[key].chunk_id: reason for key, reason in self.failed.items() if key not in self._replies}

    def may_go_on(self) -> bool:
        """Tell whether more may be asked.

        Raises:
            UserError: most of the first dozen replies cannot be read.
        """
        if self._unread:
            raise UserError(self._unread)
        return len(self.failed) <= self._most_failed

    def collect(self, batch: RunningBatch, outcome: Outcome, server: Server) -> None:
        """Keep the replies in a batch, also those to what is no longer asked, and note what has none."""
        known = self.requests.keys() | set(batch.keys)
        for result in outcome.results:
            if result.key in known and result.key not in self._replies:
                if result.reply is not None:
                    self._replies.add_by_key(result.key, result.reply)
                    self._judge(result.reply)
                reason = "" if result.reply else server.without_key(f"{server.name}: {result.problem}")
                self._settle(result.key, result.reply or result.paid, reason)
        reason = f"batch {batch.id} {outcome.status} before it came to this request"
        for key in batch.keys:
            if key not in self._replies and key not in self.failed:
                self._settle(key, None, reason)

    def _judge(self, reply: Reply) -> None:
        """Note whether replies can be read; all of a batch are kept, whatever they are."""
        try:
            self._refusals.answered(reply.text)
        except UserError as error:
            self._unread = str(error)

    def _settle(self, key: str, reply: Reply | None, reason: str) -> None:
        if (request := self.requests.get(key)) is None:
            return
        if reason:
            self.failed[key] = reason
        self._budget.settle(request, reply)
