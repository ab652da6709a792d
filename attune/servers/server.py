"""A server that speaks OpenAI's interface: its address, its key, what it takes at a time, and what its errors mean."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import openai

from attune.core.errors import UserError
from attune.core.params import RuntimeParams
from attune.servers.environment import OPENAI, check_address, environment_told, http_options, proxy_variable
from attune.servers.meaning import NO_MONEY
from attune.servers.throttle import ThrottledClient
from attune.servers.words import MOST_CHARACTERS, is_page, parsed, words_of

KEY = "OPENAI_API_KEY"
PASSING = (408, 409, 425, 429)  # of the 4xx, what the same request may get over
GATEWAYS = (403, 407, 502, 503, 504)  # what a proxy answers in place of a server
_OF_CONTENT = re.compile(
    r"content[ _-]?(?:filter|policy|management|safety|moderation)|moderat|flagged|safety|unsafe|harmful|inappropriate|"
    r"sensitive|jailbreak|guardrail|prohibited|violat|usage polic|responsible ?ai|data[ _]inspection|risk|blocked|"
    r"unsupported value: (?:nan|[+-]?inf)",
    re.IGNORECASE,
)
_OF_LENGTH = re.compile(
    r"context[ _](?:length|window|size)|maximum context|max_model_len|too (?:long|large)|input (?:length|tokens)|"
    r"prompt (?:is|was|has|contains|length|tokens)|exceeds? the|tokens? limit|reduce the length",
    re.IGNORECASE,
)
Item = TypeVar("Item")


class NoKeyError(UserError):
    """The server needs a key and the environment holds none: what asks it may be skipped, and is to say so."""


class Server:
    """Where requests go."""

    def __init__(self, base_url: str | None, model: str, runtime: RuntimeParams, without_key: str) -> None:
        """Look at the key.

        Args:
            base_url: the server's address; None is OpenAI.
            model: the name by which the server knows the model.
            runtime: how to ask.
            without_key: what a person without a key can do instead, for the message.

        Raises:
            NoKeyError: OpenAI itself is to be asked and the environment holds no key.
            UserError: the key cannot be sent, or the address is none.
        """
        self._key = os.environ.get(KEY, "").strip()
        if not self._key and base_url is None:
            raise NoKeyError(f"{KEY} is not set: `export {KEY}=...`, or {without_key}")
        if not (self._key.isascii() and self._key.isprintable()):  # the client's own complaint would show it
            raise UserError(f"{KEY} holds a line break or another character that no key has; copy the key again")
        self.name = base_url or "OpenAI"
        self._base_url, self._model, self._runtime = base_url or OPENAI, model, runtime
        check_address(self._base_url)

    def client_options(self) -> dict[str, Any]:
        """Return what a client of the server is made with."""
        return {
            "api_key": self._key or "none",
            "base_url": self._base_url,
            "timeout": self._runtime.request_timeout_seconds,
            "max_retries": self._runtime.max_retries,
        }

    def throttled(self, most: int) -> tuple[openai.AsyncOpenAI, ThrottledClient]:
        """Return a client that asks up to `most` requests at a time, and what it sends them by.

        Raises:
            UserError: the environment holds what no client can be made with.
        """
        with environment_told():
            http_client = ThrottledClient(most, **http_options(self._base_url))
            return openai.AsyncOpenAI(**self.client_options(), http_client=http_client), http_client

    def client(self) -> openai.OpenAI:
        """Return a client that asks one request at a time; raises as `throttled` does."""
        with environment_told():
            http_client = openai.DefaultHttpxClient(**http_options(self._base_url))
            return openai.OpenAI(**self.client_options(), http_client=http_client)

    def explain(self, error: Exception) -> str:
        """Say in one line what went wrong."""
        if isinstance(error, openai.APITimeoutError):
            return f"{self.name} did not answer within {self._runtime.request_timeout_seconds:g} s"
        if isinstance(error, openai.APIConnectionError):
            cause = self.without_key(str(error.__cause__ or error))
            return f"cannot reach {self.name} ({cause}); is the server running, is base_url right?{self._proxy()}"
        if not isinstance(error, openai.APIStatusError):
            return f"{self.name}: {self.without_key(str(error))}"
        status, body = error.status_code, parsed(error.response.content)
        words = self.without_key(": ".join(filter(None, (f"Error code: {status}", words_of(body))))) + _redirected(
            error
        )
        if status in GATEWAYS or is_page(body):
            words += self._proxy()
        if status == 407:
            return f"a proxy stands before {self.name}: {words}"
        if is_page(body) and status < 500:
            return f"{self.name} answered with a page of HTML, as firewalls do: {words}"
        if status == 401 or (status == 403 and not is_about_input(words)):
            return f"{self.name} refuses the key in {KEY}: {words}"
        if status == 404 and not is_about_input(words):
            return f"{self.name} knows no model '{self._model}' or no such address: {words}"
        if status == 429 and error.code != "insufficient_quota":
            words += "; run the same command again later, with a lower runtime.concurrency or more runtime.max_retries"
        return f"{self.name}: {words}"

    def _proxy(self) -> str:
        name = proxy_variable(self._base_url)
        return f"; the proxy in {name} may have answered in its place" if name else ""

    def without_key(self, words: str) -> str:
        """Return words of the server as one short line without the key, which they may echo."""
        return " ".join((words.replace(self._key, "…") if self._key else words).split())[:MOST_CHARACTERS]


def has_no_money(error: openai.APIStatusError) -> bool:
    """Tell whether a server takes no request any more, for nobody pays for it."""
    return error.status_code == NO_MONEY or error.code == "insufficient_quota"


def is_hopeless(error: openai.APIStatusError) -> bool:
    """Tell whether the same request would be refused again."""
    return 400 <= error.status_code < 500 and error.status_code not in PASSING


def words_of_error(error: openai.APIStatusError) -> str:
    """Return what a server says of a request that it refused."""
    return words_of(parsed(error.response.content)) or error.message


def is_about_content(words: str) -> bool:
    """Tell whether a server's words are about what a text says: a shorter one is no better."""
    return bool(_OF_CONTENT.search(words))


def is_about_input(words: str) -> bool:
    """Tell whether a server's words are about what it was given: another input may be taken."""
    return bool(_OF_CONTENT.search(words) or _OF_LENGTH.search(words))


def _redirected(error: openai.APIStatusError) -> str:
    if not error.response.history:
        return ""
    return f"; a redirect led to {str(error.response.url)[:200]}: base_url is to name where the server is now"


def packed(
    items: Iterable[Item], size: Callable[[Item], int], most_items: int, most_bytes: int
) -> Iterator[list[Item]]:
    """Yield items in packs that a request or a file can hold, in their order; one too large for any has its own.

    Args:
        items: what is to be sent.
        size: returns the bytes that an item takes.
        most_items: how many items a pack can hold.
        most_bytes: how many bytes.
    """
    pack: list[Item] = []
    filled = 0
    for item in items:
        length = size(item)
        if pack and (len(pack) == most_items or filled + length > most_bytes):
            yield pack
            pack, filled = [], 0
        pack.append(item)
        filled += length
    if pack:
        yield pack
