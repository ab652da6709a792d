"""A server that speaks OpenAI's interface: its address, its key, what it takes at a time, and what its errors mean."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import openai

from attune.core.errors import UserError
from attune.core.params import RuntimeParams

KEY = "OPENAI_API_KEY"
# the same answer awaits every other request, so the first one ends the run
HOPELESS = (
    openai.AuthenticationError,
    openai.PermissionDeniedError,
    openai.NotFoundError,
    openai.BadRequestError,
    openai.UnprocessableEntityError,
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
            UserError: the key cannot be sent.
        """
        self._key = os.environ.get(KEY, "").strip()
        if not self._key and base_url is None:
            raise NoKeyError(f"{KEY} is not set: `export {KEY}=...`, or {without_key}")
        if not (self._key.isascii() and self._key.isprintable()):  # the client's own complaint would show it
            raise UserError(f"{KEY} holds a line break or another character that no key has; copy the key again")
        self.name = base_url or "OpenAI"
        self._base_url, self._model, self._runtime = base_url, model, runtime

    def client_options(self) -> dict[str, Any]:
        """Return what a client of the server is made with."""
        return {
            "api_key": self._key or "none",
            "base_url": self._base_url,
            "timeout": self._runtime.request_timeout_seconds,
            "max_retries": self._runtime.max_retries,
        }

    def explain(self, error: Exception) -> str:
        """Say in one line what went wrong."""
        if isinstance(error, openai.APITimeoutError):
            return f"{self.name} did not answer within {self._runtime.request_timeout_seconds:g} s"
        if isinstance(error, openai.APIConnectionError):
            cause = self.without_key(str(error.__cause__ or error))
            return f"cannot reach {self.name} ({cause}); is the server running, is base_url right?"
        words = self.without_key(str(error))
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return f"{self.name} refuses the key in {KEY}: {words}"
        if isinstance(error, openai.NotFoundError):
            return f"{self.name} knows no model '{self._model}' or no such address: {words}"
        return f"{self.name}: {words}"

    def without_key(self, words: str) -> str:
        """Return words of the server as one short line without the key, which they may echo."""
        return " ".join((words.replace(self._key, "…") if self._key else words).split())[:300]


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
