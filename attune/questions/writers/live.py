"""Questions from any server that speaks OpenAI's chat interface: OpenAI, vLLM, Ollama, llama.cpp."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import openai

from attune.core.errors import UserError
from attune.core.progress import progress
from attune.questions.asking.replies import Replies, Reply
from attune.questions.asking.requests import Request
from attune.questions.asking.writer import Limits
from attune.questions.writers.chat import FORMATS, ChatWriter, chat_body
from attune.questions.writers.completion import to_reply
from attune.servers.server import HOPELESS
from attune.servers.throttle import ThrottledClient
from attune.servers.words import parsed


class LiveWriter(ChatWriter):
    """Asks a server, `runtime.concurrency` requests at a time; the client itself retries what may pass."""

    _format = 0  # the way to ask for JSON: a place in `FORMATS`

    def write(self, requests: Sequence[Request], replies: Replies, limits: Limits) -> dict[str, str]:
        """Ask for all replies; see `Writer`."""
        return asyncio.run(self._write(requests, replies, limits))

    async def _write(self, requests: Sequence[Request], replies: Replies, limits: Limits) -> dict[str, str]:
        failed: dict[str, str] = {}
        waiting = iter(requests)
        workers = min(self.runtime.concurrency, len(requests))
        client = openai.AsyncOpenAI(**self.server.client_options(), http_client=ThrottledClient(workers))
        with progress(None, "asking", "chunk", total=len(requests)) as bar:
            async with client:
                try:
                    async with asyncio.TaskGroup() as group:
                        for _ in range(workers):
                            group.create_task(self._work(client, waiting, replies, limits, failed, bar))
                except* (UserError, OSError) as errors:
                    raise errors.exceptions[0] from None
        return failed

    async def _work(
        self,
        client: openai.AsyncOpenAI,
        waiting: Iterator[Request],
        replies: Replies,
        limits: Limits,
        failed: dict[str, str],
        bar: Any,
    ) -> None:
        for request in waiting:
            if len(failed) > limits.failures:
                return
            if not limits.budget.allows(request):
                raise UserError(
                    "the budget synthesize_questions.max_cost_usd is used up; every reply so far is kept: raise it and "
                    "run the same command again to go on"
                )
            reply = None
            try:
                reply = await self._ask(client, request)
                replies.add(request, reply)
            except HOPELESS as error:
                raise UserError(self.server.explain(error)) from None
            except openai.RateLimitError as error:
                if error.code == "insufficient_quota":
                    raise UserError(self.server.explain(error)) from None
                failed[request.chunk_id] = self.server.explain(error)
            except openai.APIConnectionError as error:
                if not len(replies) and not isinstance(error, openai.APITimeoutError):
                    raise UserError(self.server.explain(error)) from None
                failed[request.chunk_id] = self.server.explain(error)
            except (openai.APIError, ValueError) as error:
                reply = getattr(error, "reply", None)  # what holds no answer is paid for all the same
                failed[request.chunk_id] = self.server.explain(error)
            finally:
                limits.budget.settle(request, reply)
            bar.update(1)

    async def _ask(self, client: openai.AsyncOpenAI, request: Request) -> Reply:
        while True:
            used = self._format  # a server that refuses a way to ask for JSON is asked the next way from then on
            body = chat_body(request, self.settings, self.base_url, FORMATS[used])
            try:
                answer = await client.chat.completions.with_raw_response.create(**body)
                return to_reply(parsed(answer.content))
            except (openai.BadRequestError, openai.UnprocessableEntityError):
                if used + 1 == len(FORMATS):
                    raise
                self._format = max(self._format, used + 1)  # other requests may have found it out meanwhile
