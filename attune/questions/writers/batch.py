"""Questions from a server's Batch API: the same requests and replies as live, for half the price, within a day."""

from __future__ import annotations

import time
from collections.abc import Sequence

from openai.types import Batch

from attune.core.errors import UserError
from attune.core.progress import progress
from attune.questions.asking.replies import Replies
from attune.questions.asking.requests import Picked, Request
from attune.questions.asking.under_way import BATCHES, RunningBatch, UnderWay
from attune.questions.asking.writer import Limits
from attune.questions.writers.batch_api import BatchApi
from attune.questions.writers.batch_file import files_of, request_line
from attune.questions.writers.batch_outcome import Manners, Outcome, Wanted, answered, outcome_of
from attune.questions.writers.chat import ChatWriter, chat_body
from attune.questions.writers.refusals import name_failed

OVER = ("completed", "expired", "cancelled", "failed")
SMALLEST = 10  # requests; a batch that finds no room even so is given up


class BatchWriter(ChatWriter):
    """Hands requests in as files, waits for them, and takes up what an earlier run left waiting."""

    def write(self, requests: Sequence[Request], replies: Replies, limits: Limits) -> dict[str, str]:
        """Ask for all replies; see `Writer`."""
        with BatchApi(self.server, self.runtime) as api:
            wanted = Wanted(requests, replies, limits)
            run = BatchRun(self, api, wanted, limits)
            run.resume()
            run.plan()
            run.wait()
        name_failed(failed := wanted.failures())
        return failed


class BatchRun:
    """One run: the batches that wait at the server, and the requests that wait here."""

    def __init__(self, writer: ChatWriter, api: BatchApi, wanted: Wanted, limits: Limits) -> None:
        self._writer, self._server, self._api, self._wanted, self._limits = writer, writer.server, api, wanted, limits
        self._under_way = UnderWay()
        self._waiting: list[RunningBatch] = []
        self._queue: list[list[str]] = []  # keys of each batch that is to be submitted
        self._has_room = True  # as far as is known, the server takes another batch
        self._manners = Manners(chat_body(next(iter(wanted.requests.values())), writer.settings, writer.base_url, None))

    def resume(self) -> None:
        """Take up the batches of earlier runs: collect those that are over, wait for those that hold our requests."""
        if self._under_way.is_new:  # there is no file, so one may have been lost
            self._under_way.adopt(self._api.search(self._wanted.requests.keys()))
        elsewhere = 0
        for batch in list(self._under_way.batches):
            ours = self._wanted.requests.keys() & set(batch.keys)
            if batch.server != self._server.name:
                elsewhere += len(ours)
                continue
            if batch.id is None and not self._was_created(batch):
                continue
            state = self._api.retrieve(batch)
            status = "out of reach" if state is None else state.status
            print(f"batch {batch.id} of {len(batch.keys)} requests, submitted by an earlier run, is {status}")
            if state is not None and status in OVER:
                self._end(batch, state)
            elif ours:
                self._waiting.append(batch)
        if elsewhere:
            print(f"warning: {elsewhere} of the requests wait at another server; they are asked, and paid, here again")

    def plan(self) -> None:
        """Divide what is in no batch into batches, if the budget allows it.

        Raises:
            UserError: it does not.
        """
        running = {key for batch in self._waiting for key in batch.keys}
        requests, budget = self._wanted.requests, self._limits.budget
        budget.commit(requests[key] for key in requests if key in running)
        new = Picked(requests, self._wanted.unanswered(requests.keys() - running - self._wanted.failed.keys()))
        if new and not budget.allows_all(new):
            raise UserError(
                f"{len(new)} requests do not fit into synthesize_questions.max_cost_usd even at half price "
                f"({budget.overrun(new)}); nothing was submitted: raise it, ask about fewer chunks, or with mode: live"
            )
        packs = files_of(new, self._writer.settings, self._writer.base_url)
        self._queue = [[request.key for request in pack] for pack in packs]

    def wait(self) -> None:
        """Submit what there is room for and collect what is over, until nothing is left."""
        total = sum(map(len, self._queue)) + sum(len(batch.keys) for batch in self._waiting)
        if not total:
            return
        counts: dict[str, int] = {}  # of the requests that the server has answered, by the token of their batch
        with progress(None, "waiting for batches", "chunk", total=total) as bar:
            while True:
                self._submit()
                if not self._waiting:
                    return
                time.sleep(self._writer.runtime.batch_poll_seconds)
                for batch in list(self._waiting):
                    state = self._api.retrieve(batch)
                    if state is None:
                        continue
                    counts[batch.token] = answered(state, counts.get(batch.token, 0))
                    if state.status in OVER:
                        self._waiting.remove(batch)
                        counts[batch.token] = len(batch.keys) if self._end(batch, state) else 0
                if (done := sum(counts.values())) != bar.n:
                    bar.update(done - bar.n)

    def _was_created(self, batch: RunningBatch) -> bool:
        """Find out whether a batch was created before the run that meant to create it ended."""
        created = self._api.find(batch.token)
        if created is None:
            self._under_way.remove(batch)
            return False
        self._under_way.created(batch, created.id)
        return True

    def _submit(self) -> None:
        while self._queue and (self._has_room or not self._waiting):
            if not self._wanted.may_go_on():
                return
            keys = self._queue.pop(0)
            manner, writer, requests = self._manners.now, self._writer, Picked(self._wanted.requests, keys)
            batch = self._under_way.intend(self._server.name, keys, manner.format)
            self._manners.submitted(batch)
            lines = (request_line(request, writer.settings, writer.base_url, manner) for request in requests)
            name = self._api.submit("".join(lines).encode(), batch.token)
            self._under_way.created(batch, name)
            self._waiting.append(batch)
            print(f"submitted batch {name} of {len(requests)} requests; the id is in {BATCHES}", flush=True)

    def _end(self, batch: RunningBatch, state: Batch) -> bool:
        """Keep what came of a batch, and forget it: what it has not answered may be asked for anew.

        Returns:
            False where all of it is in the queue again.
        """
        outcome = outcome_of(state, self._api)
        if outcome.refusal and self._manners.refused(batch, outcome.refusal):
            self._queue_again(batch, [self._wanted.unanswered(batch.keys)], has_room=True)
            print(f"batch {batch.id} was refused for the way it asks; its requests are submitted in another way")
            return False
        if not outcome.was_asked:
            self._find_room(batch, outcome)
            return False
        self._wanted.collect(batch, outcome, self._server)
        self._under_way.remove(batch)
        self._has_room = True
        return True

    def _find_room(self, batch: RunningBatch, outcome: Outcome) -> None:
        """Queue the requests of a batch again for which there was no room.

        Raises:
            UserError: it was refused for another reason, or is too large for the account and cannot be made smaller.
        """
        keys = self._wanted.unanswered(batch.keys)
        if outcome.no_room and (self._waiting or len(keys) > SMALLEST):
            # while others of ours wait, room will come; if none does, this one is too large for the account
            count, middle = len(keys), 0 if self._waiting else len(keys) // 2
            self._queue_again(batch, [keys[:middle], keys[middle:]], has_room=False)
            print(f"batch {batch.id} found no room at the server; its {count} requests are submitted again later")
            return
        self._under_way.remove(batch)
        others = f"; {len(self._waiting)} others go on, and the next run collects them" if self._waiting else ""
        raise UserError(
            f"{self._server.name} refused batch {batch.id}, and asked nothing of it: "
            f"{self._server.without_key(outcome.problem)}{others}"
        )

    def _queue_again(self, batch: RunningBatch, packs: list[list[str]], has_room: bool) -> None:
        self._under_way.remove(batch)
        self._queue = [*filter(None, packs), *self._queue]
        self._has_room = has_room
