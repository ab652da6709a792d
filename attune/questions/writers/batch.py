"""Questions from a server's Batch API: the same requests and replies as live, for half the price, within a day."""

from __future__ import annotations

import time
from collections.abc import Sequence

from openai.types import Batch

from attune.core.errors import UserError
from attune.core.progress import progress
from attune.questions.asking.replies import Replies
from attune.questions.asking.requests import Request
from attune.questions.asking.under_way import RECORD, Entry, Record
from attune.questions.asking.writer import Limits
from attune.questions.writers.batch_api import MARK, BatchApi
from attune.questions.writers.batch_file import Result, files_of, request_line
from attune.questions.writers.chat import FORMATS, REFUSED, ChatWriter, is_about_format

OVER = ("completed", "expired", "cancelled", "failed")
NO_ROOM = "token_limit_exceeded"  # as many tokens wait at the server as this account may have waiting
SMALLEST = 10  # requests; a batch that finds no room even so is given up
PATIENCE = 30  # questions in a row after a batch that may stay without an answer


class BatchWriter(ChatWriter):
    """Hands requests in as files, waits for them, and takes up what an earlier run left waiting."""

    def write(self, requests: Sequence[Request], replies: Replies, limits: Limits) -> dict[str, str]:
        """Ask for all replies; see `Writer`."""
        with BatchApi(self.server, self.runtime) as api:
            work = _Work(self, api, requests, replies, limits)
            work.resume()
            work.plan()
            work.wait()
        return {chunk: reason for key, (chunk, reason) in work.failed.items() if key not in replies}


class _Work:
    """One run."""

    def __init__(
        self, writer: BatchWriter, api: BatchApi, requests: Sequence[Request], replies: Replies, limits: Limits
    ) -> None:
        self._writer, self._api, self._replies, self._limits = writer, api, replies, limits
        self._wanted = {request.key: request for request in requests}
        self._record = Record()
        self._waiting: list[Entry] = []
        self._queue: list[list[Request]] = []
        self._has_room = True
        self._format = 0
        self._unanswered = 0
        self.failed: dict[str, tuple[str, str]] = {}  # key -> chunk, reason

    def resume(self) -> None:
        """Take up the batches of earlier runs: collect those that are over, wait for those that hold our requests."""
        if self._record.is_new:
            self._record.adopt(self._search())
        elsewhere = 0
        for entry in list(self._record.entries):
            ours = self._wanted.keys() & set(entry.keys)
            if entry.server != self._writer.server.name:
                elsewhere += len(ours)
                continue
            if entry.id is None and not self._settle(entry):
                continue
            state = self._poll(entry)
            status = "out of reach" if state is None else state.status
            print(f"batch {entry.id} of {len(entry.keys)} requests, submitted by an earlier run, is {status}")
            if state is not None and status in OVER:
                self._end(entry, state)
            elif ours:
                self._waiting.append(entry)
        if elsewhere:
            print(f"warning: {elsewhere} of the requests wait at another server; they are asked, and paid, here again")

    def plan(self) -> None:
        """Divide what is in no batch into batches, if the budget allows it.

        Raises:
            UserError: it does not.
        """
        running = {key for entry in self._waiting for key in entry.keys}
        budget = self._limits.budget
        budget.commit(request for key, request in self._wanted.items() if key in running)
        asked = running | self._replies.keys() | self.failed.keys()
        new = [request for key, request in self._wanted.items() if key not in asked]
        if new and not budget.allows_all(new):
            raise UserError(
                f"{len(new)} requests do not fit into synthesize_questions.max_cost_usd even at half price "
                f"({budget.overrun(new)}): raise it, or ask about fewer chunks; nothing was submitted"
            )
        self._queue = list(files_of(new, self._writer.settings, self._writer.base_url))

    def wait(self) -> None:
        """Submit what there is room for and collect what is over, until nothing is left."""
        total = sum(map(len, self._queue)) + sum(len(entry.keys) for entry in self._waiting)
        if not total:
            return
        counts: dict[str, int] = {}  # of the requests that the server has answered, by the token of their batch
        with progress(None, "waiting for batches", "chunk", total=total) as bar:
            while True:
                self._submit()
                if not self._waiting:
                    return
                time.sleep(self._writer.runtime.batch_poll_seconds)
                for entry in list(self._waiting):
                    state = self._poll(entry)
                    if state is None:
                        continue
                    if state.request_counts:
                        counts[entry.token] = state.request_counts.completed + state.request_counts.failed
                    if state.status in OVER:
                        self._waiting.remove(entry)
                        counts[entry.token] = len(entry.keys) if self._end(entry, state) else 0
                if (done := sum(counts.values())) != bar.n:
                    bar.update(done - bar.n)

    def _search(self) -> list[Entry]:
        """Ask the server for batches with our requests: there is no record, so one may have been lost."""
        found = []
        for batch in self._api.ours():
            if batch.status == "failed":
                continue
            keys = self._api.keys(batch)
            if keys is None:
                print(f"warning: batch {batch.id} may hold some of the requests; its file cannot be read any more")
            elif keys & self._wanted.keys():
                token = (batch.metadata or {})[MARK]
                found.append(Entry(self._writer.server.name, token, sorted(keys), batch.id))
        return found

    def _settle(self, entry: Entry) -> bool:
        """Find out whether a batch was created before the run that meant to create it ended."""
        batch = self._api.find(entry.token)
        if batch is None:
            self._record.remove(entry)
            return False
        self._record.created(entry, batch.id)
        return True

    def _submit(self) -> None:
        while self._queue and (self._has_room or not self._waiting):
            if len(self.failed) > self._limits.failures:
                return
            part = self._queue.pop(0)
            entry = self._record.intend(self._writer.server.name, (request.key for request in part), self._format)
            form, writer = FORMATS[self._format], self._writer
            lines = (request_line(request, writer.settings, writer.base_url, form) for request in part)
            batch = self._api.submit("".join(lines).encode(), entry.token)
            self._record.created(entry, batch)
            self._waiting.append(entry)
            print(f"submitted batch {batch} of {len(part)} requests; the id is in {RECORD}", flush=True)

    def _poll(self, entry: Entry) -> Batch | None:
        """Return how a batch stands, or None where the server cannot be reached: a laptop may sleep meanwhile."""
        assert entry.id is not None
        state = self._api.retrieve(entry.id)
        if not isinstance(state, str):
            self._unanswered = 0
            return state
        self._unanswered += 1
        if self._unanswered == 1:
            print(f"warning: {state}; asking again every {self._writer.runtime.batch_poll_seconds:g} s", flush=True)
        if self._unanswered > PATIENCE:
            raise UserError(f"{state}; batch {entry.id} goes on there: run the same command again to wait for it")
        return None

    def _end(self, entry: Entry, state: Batch) -> bool:
        """Keep what came of a batch, and forget it: what it has not answered may be asked for anew.

        Returns:
            False where all of it is in the queue again.
        """
        if state.status == "failed":
            self._refused(entry, state)
            return False
        results = [*self._api.results(state.output_file_id), *self._api.results(state.error_file_id)]
        if results and all(_refuses_format(result) for result in results) and self._ask_another_way(entry):
            return False
        clean = self._writer.server.clean
        known = self._wanted.keys() | set(entry.keys)
        for result in results:
            if result.key not in known or result.key in self._replies:
                continue
            request = self._wanted.get(result.key)
            if result.reply is not None:
                self._replies.add_by_key(result.key, result.reply)
            elif request is not None:
                self.failed[result.key] = (request.chunk_id, clean(f"{self._writer.server.name}: {result.problem}"))
            if request is not None:
                self._limits.budget.settle(request, result.reply)
        self._record.remove(entry)
        reason = f"batch {entry.id} {state.status} before it came to this request"
        for key in entry.keys:
            if key in self._wanted and key not in self._replies and key not in self.failed:
                self.failed[key] = (self._wanted[key].chunk_id, reason)
                self._limits.budget.settle(self._wanted[key], None)
        self._has_room = True
        return True

    def _ask_another_way(self, entry: Entry) -> bool:
        """Queue the requests of a batch again, to be asked for JSON less strictly; False where no other way is left."""
        if entry.format + 1 == len(FORMATS):
            return False
        self._record.remove(entry)
        self._format = max(self._format, entry.format + 1)  # another batch may have found it out before
        unanswered = self._wanted.keys() - self._replies.keys()
        self._queue.insert(0, [self._wanted[key] for key in entry.keys if key in unanswered])
        self._has_room = True
        print(f"batch {entry.id} was refused for its response_format; its requests are submitted in another way")
        return True

    def _refused(self, entry: Entry, state: Batch) -> None:
        """Deal with a batch of which nothing was asked: its file was found wanting, or there was no room for it."""
        errors = (state.errors.data if state.errors else None) or []
        about_format = bool(errors) and all(is_about_format(str(error.message)) for error in errors)
        if about_format and self._ask_another_way(entry):
            return
        self._record.remove(entry)
        part = [self._wanted[key] for key in entry.keys if key in self._wanted]
        no_room = any(error.code == NO_ROOM for error in errors)
        if no_room and (self._waiting or len(part) > SMALLEST):
            # while others of ours wait, room will come; if none does, this one is too large for the account
            halves = [part] if self._waiting else [part[: len(part) // 2], part[len(part) // 2 :]]
            self._queue = [*halves, *self._queue]
            self._has_room = False
            print(f"batch {entry.id} found no room at the server; its {len(part)} requests are submitted again later")
            return
        words = [f"line {error.line}: {error.message}" if error.line else str(error.message) for error in errors[:3]]
        others = f"; {len(self._waiting)} others go on, and the next run collects them" if self._waiting else ""
        raise UserError(
            f"{self._writer.server.name} refused batch {entry.id}, and asked nothing of it: "
            f"{self._writer.server.clean('; '.join(words)) or 'it does not say why'}{others}"
        )


def _refuses_format(result: Result) -> bool:
    return result.status in REFUSED and is_about_format(result.problem)
