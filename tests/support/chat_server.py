"""A scripted server that speaks OpenAI's chat interface on a real socket."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response


class ChatServer:
    """A server that writes, for each passage, two questions with words of it; it counts and can be told to fail."""

    def __init__(self, server: HTTPServer) -> None:
        self.prompts: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.before: Callable[[int], Response | None] = lambda number: None  # what to answer instead
        self.url = server.url_for("/v1")
        server.expect_request("/v1/chat/completions", method="POST").respond_with_handler(self._answer)

    @staticmethod
    def questions(passage: str) -> list[str]:
        words = sorted(set(re.findall(r"[A-Za-z]{4,}", passage)), key=lambda word: (-len(word), word))
        return [
            f"What does {words[0]} have to do with {words[1]}?",
            f"How are {words[2]} and {words[-1]} related here?",
        ]

    @staticmethod
    def completion(text: str | None, finish_reason: str = "stop", **changes: Any) -> Response:
        message = {"role": "assistant", "content": text}
        body = {
            "id": "c",
            "object": "chat.completion",
            "created": 0,
            "model": "scripted",
            "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        }
        return Response(json.dumps(body | changes), content_type="application/json")

    def _answer(self, request: Request) -> Response:
        body = json.loads(request.data)
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        self.prompts.append(body["messages"][0]["content"])
        if instead := self.before(len(self.prompts)):
            return instead
        passage = re.search(r"<passage>\n(.*)\n</passage>", self.prompts[-1], re.DOTALL)
        if passage is None:  # whoever only looks whether it answers
            return self.completion("yes")
        return self.completion("\n".join(self.questions(passage.group(1))))
