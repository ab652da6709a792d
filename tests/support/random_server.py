"""A server that does at random, but the same for a seed, all that servers and gateways were seen to do.

It has a character (what it knows of the interface, whom it refuses), and for each request a mood. Whatever it answers
holds the questions of an honest server, dressed in one way or another, or it is no answer.
"""

from __future__ import annotations

import json
import random
import re
import socket
import time
import zlib
from typing import Any

from tests.support.chat_server import ChatServer
from tests.support.faulty_server import FaultyServer, Handler

HANG = 2.5  # seconds
Sent = tuple[int, bytes, dict[str, str]]  # status, body, headers

PASSING: tuple[tuple[int, Any, dict[str, str]], ...] = (
    (429, {"error": {"message": "slow down"}}, {"retry-after": "0.05"}),
    (429, {"error": {"message": "Rate limit reached. Please try again in 60ms."}}, {}),
    (429, [{"error": {"code": 429, "message": "Resource has been exhausted", "status": "RESOURCE_EXHAUSTED"}}], {}),
    (400, {"message": "ThrottlingException: Too many tokens, please wait before trying again."}, {}),
    (400, {"error": "The model is being loaded"}, {}),
    (200, {"error": {"message": "Provider returned error", "code": 502, "metadata": {"raw": "upstream"}}}, {}),
    (500, {"error": "model runner has unexpectedly stopped"}, {}),
    (503, "<html><title>503 Service Unavailable</title></html>", {}),
    (524, "<!doctype html><body>A timeout occurred</body>", {}),
    (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, {}),
)
OF_CONTENT = (
    (400, {"error": {"message": "triggering the content management policy", "code": "content_filter"}}),
    (403, "<html><title>Request blocked</title>Your request was blocked by the firewall</html>"),
    (422, {"detail": [{"loc": ["body", "messages"], "msg": "flagged by moderation"}]}),
    (451, {"error": {"message": "prohibited content"}}),
)
HOPELESS = (
    (401, {"error": {"message": "Incorrect API key"}}),
    (402, {"error": {"message": "This request requires more credits, or fewer max_tokens"}}),
    (404, {"error": "model 'scripted' not found"}),
    (403, "<html><title>403 Forbidden</title></html>"),
)
USAGES: tuple[Any, ...] = (
    None, {}, [], "many", {"prompt_tokens": None, "completion_tokens": None}, {"input_tokens": 9, "output_tokens": 4},
    {"prompt_tokens": "12", "completion_tokens": -3}, {"prompt_tokens": 1e300}, {"promptTokenCount": 3},
)  # fmt: skip


class RandomServer(FaultyServer):
    """See above.

    Attributes:
        delivered: prompt -> answers that were sent in full: more than one has been paid for twice.
        moods: what it has done.
    """

    def __init__(self, seed: int, rate: float = 0.6, latency: float = 0.0) -> None:
        """Listen.

        Args:
            seed: of all that is random.
            rate: share of requests that are not answered as an honest server does; 0 is one.
            latency: seconds that an answer takes.
        """
        character = random.Random(seed)
        self.rate, self.seed = rate, seed
        self.delivered: dict[str, int] = {}
        self.moods: set[str] = set()
        odd = rate > 0
        self.limit = character.choice(["max_tokens", "max_completion_tokens"]) if odd else "max_tokens"
        self.takes_temperature = character.random() < 0.7 or not odd
        self.format = character.choice(["json_schema", "json_object", ""]) if odd else "json_schema"
        self.complaint = character.choice([400, 422, 500])
        self.redirects = odd and character.random() < 0.2
        self.refused_share = 0.05 if odd else 0.0
        self.hopeless = character.choice(HOPELESS) if odd and character.random() < 0.1 else None
        super().__init__(faults=0.0, seed=seed, latency=latency)
        self.RequestHandlerClass = RandomHandler

    def questions(self, prompt: str) -> list[str]:
        passage = re.search(r"<passage>\n(.*)\n</passage>", prompt, re.DOTALL)
        assert passage
        return ChatServer.questions(passage.group(1))

    def objection(self, body: dict[str, Any]) -> Sent | None:
        """What it does not know, said in one way or another."""
        wanted = body.get("response_format", {}).get("type", "")
        unknown: list[str] = [
            name for name in ("max_tokens", "max_completion_tokens") if name in body and name != self.limit
        ]
        if "temperature" in body and not self.takes_temperature:
            unknown.append("temperature")
        if unknown:
            name = unknown[0]
            words: tuple[Any, Any] = (
                {"error": {"message": f"Unsupported parameter: '{name}' is not supported", "param": name}},
                {
                    "detail": [
                        {"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted"}
                    ]
                },
            )
            status = self.complaint if self.complaint < 500 else 400
            return status, json.dumps(words[self.seed % 2]).encode(), {}
        known = {"json_schema": ("json_schema", "json_object"), "json_object": ("json_object",), "": ()}[self.format]
        if wanted and wanted not in known:
            words = (
                {"error": f"'response_format.type' must not be '{wanted}'"},
                {"message": "response_format: unavailable"},
            )
            return self.complaint, json.dumps(words[self.seed % 2]).encode(), {}
        return None


class RandomHandler(Handler):
    """One connection."""

    server: RandomServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        prompt = body["messages"][0]["content"]
        with self.server.lock:
            self.server.asked[prompt] = self.server.asked.get(prompt, 0) + 1
            mood = random.Random(f"{self.server.seed} {self.server.asked[prompt]} {prompt}")
        time.sleep(self.server.latency)
        if self.server.redirects and not self.path.endswith("/again"):
            return self.send(307, b"", {"location": self.path + "/again"})
        if self.server.hopeless:
            return self.answer(*self.server.hopeless)
        of_prompt = random.Random(f"{self.server.seed} {prompt}")
        if of_prompt.random() < self.server.refused_share:
            return self.answer(*of_prompt.choice(OF_CONTENT))
        if objection := self.server.objection(body):
            return self.send(*objection)
        kind = mood.choice(["passing", "broken", "nothing", "dressed", "dressed"])
        kind = kind if mood.random() < self.server.rate else "dressed" if mood.random() < self.server.rate else "honest"
        with self.server.lock:
            self.server.moods.add(kind)
        if kind == "passing":
            self.answer(*mood.choice(PASSING))
        elif kind == "broken":
            self.break_off(mood, prompt)
        elif kind == "nothing":
            self.answer(200, *nothing(mood))
        else:
            sent = (
                honest(self.server.questions(prompt))
                if kind == "honest"
                else dressed(mood, self.server.questions(prompt))
            )
            self.deliver(mood, sent, prompt)

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        kind = "text/html" if isinstance(body, str) else "application/json"
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        self.send(status, text.encode() if isinstance(text, str) else text, headers, kind)

    def deliver(self, mood: random.Random, body: bytes, prompt: str) -> None:
        """Send an answer, now and then in drips, and count it."""
        headers = {}
        if mood.random() < 0.1 and self.server.rate:
            body, headers = zlib.compress(body), {"content-encoding": "deflate"}
        if mood.random() < 0.1 and self.server.rate:
            self.send(200, body[:9], headers, length=len(body))
            for start in range(9, len(body), 1 + len(body) // 4):
                time.sleep(0.05)
                self.wfile.write(body[start : start + 1 + len(body) // 4])
                self.wfile.flush()
        else:
            self.send(200, body, headers)
        with self.server.lock:
            self.server.delivered[prompt] = self.server.delivered.get(prompt, 0) + 1

    def break_off(self, mood: random.Random, prompt: str) -> None:
        """Send half an answer, or none."""
        fault = mood.choice(["reset", "reset in body", "half a body", "hang", "close"])
        if fault == "hang":
            time.sleep(HANG)
        elif fault in ("reset in body", "half a body"):
            body = honest(self.server.questions(prompt))
            self.send(200, body[: len(body) // 2], length=len(body))
        if fault.startswith("reset"):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close_connection = True


def completion(text: Any, finish: Any = "stop", **message: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(ChatServer.completion(text, finish).get_data())
    body["choices"][0]["message"] |= message
    return body


def honest(questions: list[str]) -> bytes:
    return json.dumps(completion(json.dumps({"questions": questions}))).encode()


def nothing(mood: random.Random) -> tuple[Any]:
    """A body that comes with 200 and holds no answer."""
    return (
        mood.choice(
            [
                completion(""),
                completion(None),
                completion(None, None, reasoning_content="What may people ask? Perhaps nothing."),
                completion("<think>What may people ask", "length"),
                completion('{"questions": ["What', "length"),
                completion(None, "content_filter"),
                completion(" \n", "MAX_TOKENS"),
                completion([], "STOP"),
                completion([{"type": "thinking", "thinking": "What?"}]),
                completion("x") | {"choices": []},
                completion("x") | {"choices": None},
                completion("x") | {"choices": [{"index": 0, "message": None, "finish_reason": "PROHIBITED_CONTENT"}]},
                completion("x") | {"choices": [{"index": 0, "finish_reason": "stop"}]},
                completion("x") | {"choices": ["odd"]},
                completion(7),
                b"null",
                b"",
                b"[]",
                b"\xff\xfe{",
                b'{"choices": [{"message": {"content": "{\\"questions\\": [',
                b"data: {}\n\ndata: [DONE]\n\n",
                b"          .",
                "<html><title>Sign in</title></html>",
            ]
        ),
    )


def dressed(mood: random.Random, questions: list[str]) -> bytes:
    """An answer with the questions, in one of the forms in which models and servers send them."""
    plain = json.dumps({"questions": questions})
    texts: list[Any] = [
        plain,
        f"```json\n{plain}\n```",
        f"Sure! Here are the questions:\n\n{plain}\n\nLet me know if you need more.",
        f"<think>\nWhat may people ask? Is it {{this}}?\n</think>\n\n{plain}",
        f"What may people ask?\n</think>{plain}",
        f"<think>\nWhat may people ask?\n{plain}",
        f"<|channel|>analysis<|message|>What?<|end|><|start|>assistant<|channel|>final<|message|>{plain}<|return|>",
        f"<|channel|>commentary<|message|>{plain}<|end|>",
        str({"questions": questions}),
        json.dumps(plain),
        json.dumps({"questions": [{"type": "full", "question": one, "answer": "It is so."} for one in questions]}),
        json.dumps({"reasoning": "What may people ask?", "questions": questions}, indent=2),
        json.dumps({"questions": [f"{one}\ud83d" for one in questions]}),
        plain.replace("does", "do\x00es").replace("What", "\x1bWhat\ud83d"),
        plain[:-1] + ",\n",
        "\n".join(f"{number}. **{one}**" for number, one in enumerate(questions, start=1)),
        "\n".join(f"- {one}" for one in questions),
        "| # | Question |\n|---|---|\n" + "\n".join(f"| {n} | {one} |" for n, one in enumerate(questions)),
        [{"type": "thinking", "thinking": [{"type": "text", "text": "What?"}]}, {"type": "text", "text": plain}],
        [{"type": "text", "text": plain[:20]}, {"type": "text", "text": plain[20:]}],
        {"type": "text", "text": plain},
    ]
    call = {"type": "function", "function": {"name": "answer", "arguments": plain}}
    body = mood.choice(
        [
            *(completion(text, mood.choice(["stop", "STOP", "eos", None, "end_turn"])) for text in texts),
            completion(None, "tool_calls", tool_calls=[call]),
            completion("", "stop", reasoning_content=plain),
            completion(plain, "stop", reasoning_content="What? \ud83d\x00", refusal=None, annotations=[], audio=None),
        ]
    )
    body |= {"usage": mood.choice(USAGES)} if mood.random() < 0.5 else {}
    if mood.random() < 0.1:
        del body["usage"]
    content = json.dumps(body, ensure_ascii=mood.random() < 0.5).encode(errors="surrogatepass")
    if b"\xed\xa0" in content:
        content = json.dumps(body).encode()
    text = body["choices"][0]["message"]["content"]
    if mood.random() < 0.15 and isinstance(text, str) and text:
        return streamed(body)
    return mood.choice([b"", b"", b"", b"   \n", b"\xef\xbb\xbf", b": PROCESSING\n\n: PROCESSING\n\n"]) + content


def streamed(body: dict[str, Any]) -> bytes:
    """The same answer as server-sent events, which nobody asked for."""
    choice = body["choices"][0]
    text = choice["message"]["content"]
    pieces = [text[start : start + 7] for start in range(0, len(text), 7)]
    deltas: list[dict[str, Any]] = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    deltas.append({"choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]})
    deltas.append({"choices": [], "usage": body.get("usage")})
    return b"".join(b"data: " + json.dumps(delta).encode() + b"\n\n" for delta in deltas) + b"data: [DONE]\n\n"
