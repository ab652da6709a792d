"""A server that fails in every way that servers do, at random but the same way each time."""

from __future__ import annotations

import hashlib
import json
import random
import re
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.support.chat_server import ChatServer

FAULTS = ("429 now", "429 later", "500", "503", "reset", "reset in body", "hang", "no choices", "half a body")
ODDITIES = ("fenced", "prose", "cut off", "refusal", "empty")


class FaultyServer(ThreadingHTTPServer):
    """Answers by the hash of the prompt, so that a fault-free server gives the same replies.

    A share of the requests meets a fault first; the request that follows it for the same prompt is answered.
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, faults: float, seed: int = 0, latency: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults, self.latency = faults, latency
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.asked: dict[str, int] = {}  # prompt -> requests
        self.answered: dict[str, int] = {}  # prompt -> replies sent in full
        self.met: set[str] = set()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no news."""

    def fault(self, prompt: str) -> str | None:
        with self.lock:
            self.asked[prompt] = self.asked.get(prompt, 0) + 1
            if self.asked[prompt] > 1 or self.random.random() >= self.faults:
                return None
            fault = self.random.choice(FAULTS)
            self.met.add(fault)
            return fault

    def reply(self, prompt: str) -> bytes:
        """A function of the prompt alone: mostly JSON, now and then what models send instead."""
        passage = re.search(r"<passage>\n(.*)\n</passage>", prompt, re.DOTALL)
        assert passage
        questions = ChatServer.questions(passage.group(1))
        body = json.dumps({"questions": questions})
        number = int(hashlib.sha256(prompt.encode()).hexdigest(), 16)
        oddity = ODDITIES[number // 10 % len(ODDITIES)] if number % 10 == 0 else ""
        text = {
            "fenced": f"```json\n{body}\n```",
            "prose": "Sure! Here are some questions:\n1. " + "\n2. ".join(questions),
            "cut off": body[:-15],
            "refusal": "I cannot help with that.",
            "empty": '{"questions": []}',
        }.get(oddity, body)
        finish = {"cut off": "length", "refusal": "content_filter"}.get(oddity, "stop")
        return ChatServer.completion(text, finish).get_data()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are sent apart; else the second waits 40 ms for the client's ACK
    server: FaultyServer

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        prompt = body["messages"][0]["content"]
        fault = self.server.fault(prompt)
        time.sleep(self.server.latency)
        if fault is None:
            self.send(200, self.server.reply(prompt))
            with self.server.lock:
                self.server.answered[prompt] = self.server.answered.get(prompt, 0) + 1
        elif fault.startswith("429"):
            self.send(429, b'{"error": {"message": "slow down"}}', {"retry-after": "0.05"} if "later" in fault else {})
        elif fault in ("500", "503"):
            self.send(int(fault), b"<html>oops</html>", kind="text/html")
        elif fault == "no choices":
            # 200 with an error inside is an answer to the client, which does not repeat it; the status here is a 502's
            self.send(502, json.dumps({"error": {"message": "upstream"}, "choices": None}).encode())
        else:
            if fault == "hang":
                time.sleep(1.5)
            elif fault in ("reset in body", "half a body"):
                reply = self.server.reply(prompt)
                self.send(200, reply[: len(reply) // 2], length=len(reply))
            if fault.startswith("reset"):
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.close_connection = True

    def send(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, kind: str = "application/json",
        length: int | None = None,
    ) -> None:  # fmt: skip
        self.send_response(status)
        for name, value in {"content-type": kind, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
