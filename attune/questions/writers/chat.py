"""What is the same whether a chat server is asked live or by a batch: what it is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attune.core.params import RuntimeParams
from attune.questions.asking.requests import Request
from attune.servers.server import Server

SCHEMA = {
    "type": "object",
    "properties": {"questions": {"type": "array", "items": {"type": "string"}}},
    "required": ["questions"],
    "additionalProperties": False,
}
# ways to ask for JSON, the strictest first; None leaves it to the prompt
FORMATS: tuple[Mapping[str, Any] | None, ...] = (
    {"type": "json_schema", "json_schema": {"name": "questions", "strict": True, "schema": SCHEMA}},
    {"type": "json_object"},
    None,
)
WITHOUT_KEY = (
    "set synthesize_questions.base_url to a server that needs none, or synthesize_questions.provider to 'local'"
)
_OF_FORMATS = re.compile(r"response_format|json[ _-]?(?:schema|object|mode)|structured|guided|grammar", re.IGNORECASE)


class ChatWriter:
    """A server that is to be asked, for what, and how; see `Writer`.

    Attributes:
        settings: of `chat_settings`.
        base_url: the server's address; None is OpenAI.
        runtime: how to ask.
        server: the same address, with the key.
    """

    def __init__(self, settings: Mapping[str, Any], base_url: str | None, runtime: RuntimeParams) -> None:
        """Look at the key.

        Raises:
            UserError: OpenAI itself is asked and the environment holds no key, or one that cannot be sent.
        """
        self.settings, self.base_url, self.runtime = settings, base_url, runtime
        self.server = Server(base_url, settings["model"], runtime, WITHOUT_KEY)


def is_about_format(problem: str) -> bool:
    """Tell whether a server complains of the way in which it was asked for JSON."""
    return bool(_OF_FORMATS.search(problem))


def chat_body(
    request: Request, settings: Mapping[str, Any], base_url: str | None, response_format: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the JSON body that asks for a reply.

    Args:
        request: what is asked.
        settings: of `chat_settings`.
        base_url: the server's address; None is OpenAI, whose newer models know the length limit by another name.
        response_format: one of `FORMATS`.
    """
    body: dict[str, Any] = {"model": settings["model"], "messages": [{"role": "user", "content": request.prompt}]}
    if response_format is not None:
        body["response_format"] = response_format
    if settings["temperature"] is not None:
        body["temperature"] = settings["temperature"]
    # OpenAI's newer models refuse the old name, many other servers know only that one
    body["max_completion_tokens" if base_url is None else "max_tokens"] = settings["max_reply_tokens"]
    return body
