"""The Batch API of a server: hand a file in, ask how it goes, fetch what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

import openai
from openai.types import Batch

from attune.core.errors import UserError
from attune.core.params import RuntimeParams
from attune.questions.asking.under_way import BATCHES, RunningBatch
from attune.questions.writers.batch_file import ENDPOINT, Result, read_keys, read_results
from attune.servers.server import Server

MARK = "attune"  # under it, a batch's metadata holds our token
LOOK_BACK = 30 * 24 * 3600  # seconds; the files of older batches are gone
LONGEST_PAUSE = 8.0  # seconds between attempts
PATIENCE = 30  # questions in a row after a batch that may stay without an answer
PASSING = (openai.APIConnectionError, openai.InternalServerError, openai.RateLimitError, openai.ConflictError)
NO_SUCH_ADDRESS = (404, 405, 501)

Content = TypeVar("Content")


class BatchApi:
    """Says `UserError` for whatever the server refuses."""

    def __init__(self, server: Server, runtime: RuntimeParams) -> None:
        self._server, self._runtime, self._attempts = server, runtime, runtime.max_retries + 1
        self._unanswered = 0  # questions in a row
        self._client = server.client()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def submit(self, content: bytes, token: str) -> str:
        """Hand in a file of requests and return the id of the batch that asks them."""
        with self._told():
            file = self._client.files.create(file=(f"attune-{token}.jsonl", content), purpose="batch")
            return self._create(file.id, token).id

    def _create(self, file: str, token: str) -> Batch:
        """Create a batch once.

        The client's own repeating would create a second batch where the answer to the first was lost on its way, so
        the server is asked whether it has the batch before it is told again.
        """
        client = self._client.with_options(max_retries=0)
        for attempt in range(1, self._attempts + 1):
            try:
                return client.batches.create(
                    input_file_id=file, endpoint=ENDPOINT, completion_window="24h", metadata={MARK: token}
                )
            except PASSING as error:
                self._pause(attempt)
                made = self.find(token)
                if made is not None:
                    return made
                if attempt == self._attempts or error.code == "insufficient_quota":
                    raise
        raise AssertionError("unreachable")

    def find(self, token: str) -> Batch | None:
        """Return the batch with a token, or None where the server has none."""
        return next((batch for batch in self.ours() if (batch.metadata or {})[MARK] == token), None)

    def ours(self) -> Iterator[Batch]:
        """Yield the batches of this program that the server has, newest first."""
        oldest = time.time() - LOOK_BACK
        try:
            for batch in self._client.batches.list(limit=100):
                if batch.created_at and batch.created_at < oldest:
                    return
                if MARK in (batch.metadata or {}):
                    yield batch
        except openai.APIStatusError as error:
            if error.status_code not in NO_SUCH_ADDRESS:
                raise UserError(self._server.explain(error)) from None
            print(f"warning: {self._server.name} does not list its batches; one of a killed run would not be found")
        except openai.APIError as error:
            raise UserError(self._server.explain(error)) from None

    def retrieve(self, batch: RunningBatch) -> Batch | None:
        """Return how a batch stands, or None where the server cannot be reached: a laptop may sleep meanwhile."""
        assert batch.id is not None
        with self._told():
            try:
                state = self._client.batches.retrieve(batch.id)
                self._unanswered = 0
                return state
            except openai.NotFoundError:
                raise UserError(
                    f"{self._server.name} does not know batch {batch.id}, which was submitted earlier: use the key "
                    f"it was submitted with, or delete {BATCHES} to ask, and pay, again"
                ) from None
            except PASSING as error:
                problem = self._server.explain(error)
        self._unanswered += 1
        if self._unanswered == 1:
            print(f"warning: {problem}; asking again every {self._runtime.batch_poll_seconds:g} s", flush=True)
        if self._unanswered > PATIENCE:
            raise UserError(f"{problem}; batch {batch.id} goes on there: run the same command again to wait for it")
        return None

    def results(self, file: str | None) -> list[Result]:
        """Return the results in an output or error file; none where there is no such file, or no longer."""
        results = self._fetch(file, read_results) if file else []
        if results is None:
            print(f"warning: {self._server.name} has file {file} no more; its requests have to be asked again")
        return results or []

    def search(self, wanted: Set[str]) -> list[RunningBatch]:
        """Return the batches with requests of which some are wanted, by their keys."""
        found = []
        for batch in self.ours():
            if batch.status == "failed":
                continue
            keys = self._fetch(batch.input_file_id, read_keys)
            if keys is None:
                print(f"warning: batch {batch.id} may hold some of the requests; its file cannot be read any more")
            elif keys & wanted:
                found.append(RunningBatch(self._server.name, (batch.metadata or {})[MARK], sorted(keys), batch.id))
        return found

    def _fetch(self, file: str, read: Callable[[bytes], Content]) -> Content | None:
        for attempt in range(1, self._attempts + 1):
            with self._told():
                try:
                    content = self._client.files.content(file).content
                except (openai.NotFoundError, openai.BadRequestError):
                    return None
            try:
                return read(content)
            except ValueError:  # some gateways end a reply early without a word
                self._pause(attempt)
        raise UserError(
            f"{self._server.name} sent file {file} cut off, {self._attempts} times; nothing is lost: run the same "
            "command again to fetch it"
        )

    def _pause(self, attempt: int) -> None:
        if attempt < self._attempts:
            time.sleep(min(LONGEST_PAUSE, 0.25 * 2**attempt))

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except openai.NotFoundError as error:
            raise UserError(
                f"{self._server.name} has no Batch API ({self._server.without_key(str(error))}); "
                "synthesize_questions.mode: live asks request by request"
            ) from None
        except openai.APIError as error:
            raise UserError(self._server.explain(error)) from None
