"""Runs of the batch writer against the scripted server, and what they leave."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from werkzeug import Response

from attune.questions.asking.replies import Replies
from attune.questions.asking.requests import Request
from attune.questions.asking.under_way import BATCHES
from attune.questions.asking.writer import Limits
from attune.questions.params import chat_settings
from attune.questions.writers.batch import BatchWriter
from stages.synthesize_questions import REPLIES
from tests.conftest import set_params
from tests.support.asking import limits, runtime
from tests.support.batch_server import BatchServer

NAME = "scripted"


def write(
    server: BatchServer, asked: list[Request], stop: Limits | None = None, model: str = NAME, **changes: Any
) -> dict[str, str]:
    writer = BatchWriter(chat_settings(model, 0.7, 64), server.url, runtime(batch_poll_seconds=0.01, **changes))
    with Replies(REPLIES) as replies:
        missing = [request for request in asked if request.key not in replies]
        return writer.write(missing, replies, stop or limits()) if missing else {}


def kept() -> set[str]:
    return set(Replies.read(REPLIES))


def keys(asked: list[Request]) -> set[str]:
    return {request.key for request in asked}


def once(server: BatchServer, asked: list[Request]) -> bool:
    return dict(server.asked) == dict.fromkeys(keys(asked), 1)


def entries() -> list[dict[str, Any]]:
    return list(json.loads(BATCHES.read_text())["batches"])


def use(project: Path, server: BatchServer, **knobs: Any) -> None:
    set_params(
        project / "params.yaml",
        synthesize_questions={"provider": "openai", "model": NAME, "base_url": server.url, **knobs},
        runtime={"max_retries": 1, "request_timeout_seconds": 5.0, "batch_poll_seconds": 0.01},
    )


def interrupt(server: BatchServer, asked: list[Request]) -> None:
    """Submit, and end while the batch runs."""

    def stop(event: str) -> Response | None:
        if event == "polled":
            raise_interrupt.set()
        return None

    raise_interrupt = threading.Event()
    server.at = stop

    def sleep(seconds: float) -> None:
        if raise_interrupt.is_set():
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("attune.questions.writers.batch.time.sleep", sleep)
        with pytest.raises(KeyboardInterrupt):
            write(server, asked)
    server.at = lambda event: None
