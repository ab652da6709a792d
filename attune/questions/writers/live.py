"""Questions from any server that speaks OpenAI's chat interface: OpenAI, vLLM, Ollama, llama.cpp."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import httpx2
import openai

from attune.core.errors import UserError
from attune.core.progress import progress
from attune.questions.asking.budget import Budget
from attune.questions.asking.replies import Replies, Reply
from attune.questions.asking.requests import Request
from attune.questions.asking.writer import Limits
from attune.questions.writers.chat import FORMATS, ChatWriter, chat_body
from attune.questions.writers.completion import NoAnswerError, to_reply
from attune.questions.writers.manner import FIRST, REFUSED, Manner
from attune.questions.writers.refusals import Refusals, name_failed
from attune.servers.server import has_no_money, is_about_input, is_hopeless, words_of_error
from attune.servers.throttle import run_all
from attune.servers.words import parsed

ROOM_SECONDS = 0.02  # from one look to the next whether the budget has room


class LiveWriter(ChatWriter):
    """Asks a server, `runtime.concurrency` requests at a time; the client itself retries what may pass."""

    def write(self, requests: Sequence[Request], replies: Replies, limits: Limits) -> dict[str, str]:
        """Ask for all replies; see `Writer`."""
        return asyncio.run(_Run(self, replies, limits, len(requests)).write(requests))


class _Run:
    """One run: what has failed so far, and how the server wants to be asked."""

    def __init__(self, writer: LiveWriter, replies: Replies, limits: Limits, count: int) -> None:
        self._writer, self._server = writer, writer.server
        self._replies, self._limits = replies, limits
        self._workers = min(writer.runtime.concurrency, count)
        self._failed: dict[str, str] = {}
        self._refusals = Refusals(len(replies) > 0, count <= limits.failures, self._workers)
        self._manner = FIRST
        self._may_guess = True  # what a server means that refuses a request without saying why
        self._guessed = 0  # requests that it took only as guessed

    async def write(self, requests: Sequence[Request]) -> dict[str, str]:
        waiting = iter(requests)
        client, self._http = self._server.throttled(self._workers)
        with progress(None, "asking", "chunk", total=len(requests)) as bar:
            async with client:
                await run_all(self._http, [self._work(client, waiting, bar) for _ in range(self._workers)])
        name_failed(self._failed)
        return self._failed

    async def _work(self, client: openai.AsyncOpenAI, waiting: Iterator[Request], bar: Any) -> None:
        for request in waiting:
            if len(self._failed) > self._limits.failures:
                return
            await _room(self._limits.budget, request)
            paid, unread = None, False
            try:
                paid = await self._ask(client, request)
                self._replies.add(request, paid)
                self._refusals.answered(paid.text)
            except NoAnswerError as error:
                paid = error.reply
                self._fail(request, error)
            except (openai.APIError, ValueError) as error:
                unread = isinstance(error, ValueError)
                self._fail(request, error)
            finally:
                # what did not arrive, or not as can be read, may have been written all the same, each time it was tried
                self._limits.budget.settle(request, paid, unread + self._http.take_unanswered())
            bar.update(1)

    def _fail(self, request: Request, error: Exception) -> None:
        """Note that a chunk stays without a reply.

        Raises:
            UserError: so will all others.
        """
        explained = self._server.explain(error)
        self._failed[request.chunk_id] = explained
        if isinstance(error, openai.APIStatusError):
            if has_no_money(error):
                raise UserError(explained)
            if is_hopeless(error):
                self._refusals.refused(error.status_code, words_of_error(error), explained)
        elif isinstance(error, openai.APIConnectionError):
            if not len(self._replies) and not isinstance(error, openai.APITimeoutError):
                raise UserError(explained)
        else:
            self._refusals.useless(explained)

    async def _ask(self, client: openai.AsyncOpenAI, request: Request) -> Reply:
        """Ask as the server wants it; where it refuses, in another way, as far as its words tell."""
        manner = self._manner
        while True:
            writer = self._writer
            body = manner.worded(chat_body(request, writer.settings, writer.base_url, FORMATS[manner.format]))
            try:
                # by name, the client would look through each body for what is to be renamed: a quarter of all time
                answer = await client.post("/chat/completions", body=body, cast_to=httpx2.Response)
                self._learn(manner)
                return to_reply(parsed(answer.content))
            except openai.APIStatusError as error:
                words = words_of_error(error)
                may_guess = self._may_guess and error.status_code in (400, 422) and not is_about_input(words)
                other = manner.next(words, body, may_guess) if error.status_code in REFUSED else None
                if other is None:
                    self._may_guess = self._may_guess and not manner.guessed  # it did not help
                    raise
                manner = other

    def _learn(self, manner: Manner) -> None:
        """Keep to a manner in which the server took a request; to one that was guessed, when it helped twice."""
        if manner.once:
            return
        self._guessed += manner.guessed and not self._manner.guessed
        if manner.guessed and self._guessed < 2:
            return
        if not manner.temperature and self._manner.temperature:
            print(f"warning: {self._server.name} takes no temperature; it is left to the server", flush=True)
        self._manner = max(self._manner, manner, key=lambda one: one.steps)


async def _room(budget: Budget, request: Request) -> None:
    """Wait until a request fits into the budget: those in flight mostly cost less than they might.

    Raises:
        UserError: it does not fit, and nothing is in flight any more, so nothing that was paid for is given up.
    """
    while not budget.allows(request):
        if not budget.waits:
            raise UserError(
                f"the budget synthesize_questions.max_cost_usd is used up ({budget.overrun([request])}); every reply "
                "so far is kept: raise it and run the same command again to go on"
            )
        await asyncio.sleep(ROOM_SECONDS)
