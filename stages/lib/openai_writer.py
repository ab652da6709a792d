"""Questions from any server that speaks OpenAI's chat interface: OpenAI, vLLM, Ollama, llama.cpp."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import openai
from openai.types.chat import ChatCompletion

from stages.lib.errors import UserError
from stages.lib.params import RuntimeParams
from stages.lib.progress import progress
from stages.lib.replies import Replies, Reply
from stages.lib.requests import Request
from stages.lib.throttle import ThrottledClient
from stages.lib.writers import Limits

KEY = "OPENAI_API_KEY"
# the same answer awaits every other request, so the first one ends the run
HOPELESS = (
    openai.AuthenticationError,
    openai.PermissionDeniedError,
    openai.NotFoundError,
    openai.BadRequestError,
    openai.UnprocessableEntityError,
)
SCHEMA = {
    "type": "object",
    "properties": {"questions": {"type": "array", "items": {"type": "string"}}},
    "required": ["questions"],
    "additionalProperties": False,
}
# ways to ask for JSON, the strictest first; a server that refuses one is asked the next way from then on
FORMATS: tuple[Any, ...] = (
    {"type": "json_schema", "json_schema": {"name": "questions", "strict": True, "schema": SCHEMA}},
    {"type": "json_object"},
    openai.omit,
)


class OpenAIWriter:
    """Asks a server, `runtime.concurrency` requests at a time; the client itself retries what may pass."""

    def __init__(
        self, model: str, base_url: str | None, temperature: float | None, max_reply_tokens: int, runtime: RuntimeParams
    ) -> None:
        """Check that there is a key.

        Raises:
            UserError: OpenAI itself is asked and the environment holds no key.
        """
        key = os.environ.get(KEY, "").strip()
        if not key and base_url is None:
            raise UserError(
                f"{KEY} is not set: `export {KEY}=...`, or set synthesize_questions.base_url to a server that needs "
                "none, or synthesize_questions.provider to 'local'"
            )
        self.settings: Mapping[str, Any] = {
            "model": model,
            "temperature": temperature,
            "max_reply_tokens": max_reply_tokens,
        }
        self._key, self._base_url, self._runtime = key or "none", base_url, runtime
        self._format = 0

    def write(self, requests: Sequence[Request], replies: Replies, limits: Limits) -> dict[str, str]:
        """Ask for all replies; see `Writer`."""
        return asyncio.run(self._write(requests, replies, limits))

    async def _write(self, requests: Sequence[Request], replies: Replies, limits: Limits) -> dict[str, str]:
        failed: dict[str, str] = {}
        waiting = iter(requests)
        workers = min(self._runtime.concurrency, len(requests))
        client = openai.AsyncOpenAI(
            api_key=self._key,
            base_url=self._base_url,
            timeout=self._runtime.request_timeout_seconds,
            max_retries=self._runtime.max_retries,
            http_client=ThrottledClient(workers),
        )
        with progress(None, "asking", "chunk", total=len(requests)) as bar:
            async with client:
                try:
                    async with asyncio.TaskGroup() as group:
                        for _ in range(workers):
                            group.create_task(self._work(client, waiting, replies, limits, failed, bar))
                except* UserError as errors:
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
                raise UserError(self._explain(error)) from None
            except openai.RateLimitError as error:
                if error.code == "insufficient_quota":
                    raise UserError(self._explain(error)) from None
                failed[request.chunk_id] = self._explain(error)
            except openai.APIConnectionError as error:
                if not len(replies) and not isinstance(error, openai.APITimeoutError):
                    raise UserError(self._explain(error)) from None
                failed[request.chunk_id] = self._explain(error)
            except (openai.APIError, ValueError) as error:
                failed[request.chunk_id] = self._explain(error)
            finally:
                limits.budget.settle(request, reply)
            bar.update(1)

    async def _ask(self, client: openai.AsyncOpenAI, request: Request) -> Reply:
        while True:
            used = self._format
            try:
                return await self._complete(client, request, FORMATS[used])
            except (openai.BadRequestError, openai.UnprocessableEntityError):
                if used + 1 == len(FORMATS):
                    raise
                self._format = max(self._format, used + 1)  # other requests may have found it out meanwhile

    async def _complete(self, client: openai.AsyncOpenAI, request: Request, response_format: Any) -> Reply:
        limit = self.settings["max_reply_tokens"]
        temperature = self.settings["temperature"]
        completion = await client.chat.completions.create(
            model=self.settings["model"],
            messages=[{"role": "user", "content": request.prompt}],
            response_format=response_format,
            temperature=openai.omit if temperature is None else temperature,
            # OpenAI's newer models refuse the old name, many other servers know only that one
            max_completion_tokens=limit if self._base_url is None else openai.omit,
            max_tokens=openai.omit if self._base_url is None else limit,
        )
        # some gateways answer 200 with an error in the body, or with a page of HTML
        if not isinstance(completion, ChatCompletion) or not completion.choices:
            raise ValueError("the server's reply holds no choices")
        choice, usage = completion.choices[0], completion.usage
        refused = getattr(choice.message, "refusal", None)
        return Reply(
            text=choice.message.content or "",
            finish_reason="refusal" if refused else choice.finish_reason or "unknown",
            prompt_tokens=usage.prompt_tokens if usage else 0,
            completion_tokens=usage.completion_tokens if usage else 0,
        )

    def _explain(self, error: Exception) -> str:
        """Say in one line what went wrong; the server's own words may echo the key, so it is cut out."""
        where = self._base_url or "OpenAI"
        if isinstance(error, openai.APITimeoutError):
            return f"{where} did not answer within {self._runtime.request_timeout_seconds:g} s"
        if isinstance(error, openai.APIConnectionError):
            return f"cannot reach {where} ({error.__cause__ or error}); is the server running, is base_url right?"
        words = " ".join(str(error).replace(self._key, "…").split())[:300]
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return f"{where} refuses the key in {KEY}: {words}"
        if isinstance(error, openai.NotFoundError):
            return f"{where} knows no model '{self.settings['model']}' or no such address: {words}"
        return f"{where}: {words}"
