"""A scripted server with OpenAI's embedding interface on a real socket: it counts, and can be told to fail."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from numpy.typing import NDArray

Body = dict[str, Any]


@dataclass(frozen=True)
class Response:
    """What is sent; `length` is what the header says where that is not true."""

    content: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None


def vector(text: str, dimensions: int = 8) -> NDArray[np.float32]:
    """What the server's model makes of a text: a function of the text alone, of any length."""
    seed = int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)
    return np.random.default_rng(seed).normal(scale=3, size=dimensions).astype(np.float32)


def unit_vectors(texts: Sequence[str], dimensions: int = 8) -> NDArray[np.float64]:
    """The same, of length 1."""
    rows = np.stack([vector(text, dimensions) for text in texts]).astype(np.float64)
    return np.asarray(rows / np.sqrt((rows**2).sum(axis=1, keepdims=True)))


def answer(texts: Sequence[str], dimensions: int = 8) -> Body:
    """The body of an honest answer."""
    items = [
        {"object": "embedding", "index": index, "embedding": [float(number) for number in vector(text, dimensions)]}
        for index, text in enumerate(texts)
    ]
    return {"object": "list", "model": "scripted", "data": items, "usage": {"prompt_tokens": 1, "total_tokens": 1}}


def reply(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body).encode(), status)


def refusal(words: str, status: int = 400) -> Response:
    return reply({"error": {"message": words}}, status)


class EmbeddingServer(ThreadingHTTPServer):
    """Answers every request honestly, unless `before` answers in its place or raises ConnectionError, a reset."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[Body] = []
        self.headers: list[dict[str, str]] = []
        self.asked: Counter[str] = Counter()  # text -> requests
        self.answered: Counter[str] = Counter()  # text -> honest answers
        self.in_flight = self.most_in_flight = 0
        self.before: Callable[[int, list[str]], Response | None] = lambda number, texts: None
        self.resets: set[socket.socket] = set()
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed or gave up is no news."""

    def shutdown_request(self, request: Any) -> None:
        """Say goodbye, unless the connection is to end as that of a crashed process does."""
        if request in self.resets:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def respond(self, body: Body) -> Response:
        texts = body["input"]
        with self.lock:
            self.bodies.append(body)
            self.asked.update(texts)
            number = len(self.bodies)
        instead = self.before(number, texts)
        if instead is not None:
            return instead
        with self.lock:
            self.answered.update(texts)
        return reply(answer(texts, body.get("dimensions", 8)))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits 40 ms for an acknowledgement
    server: EmbeddingServer

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with self.server.lock:
            self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.server.in_flight += 1
            self.server.most_in_flight = max(self.server.most_in_flight, self.server.in_flight)
        try:
            assert self.path == "/v1/embeddings"
            self.send(self.server.respond(body))
        except ConnectionError:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.server.resets.add(self.connection)
            self.close_connection = True
        finally:
            with self.server.lock:
                self.server.in_flight -= 1

    def send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in {"content-type": "application/json", **response.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(response.content) if response.length is None else response.length))
        self.end_headers()
        self.wfile.write(response.content)
        self.close_connection = self.close_connection or response.length is not None
