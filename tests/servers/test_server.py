"""The key goes to the server and nowhere else, whatever it looks like and whoever asks."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import openai
import pytest

from attune.core.errors import UserError
from attune.questions.asking.replies import Replies
from attune.questions.params import chat_settings
from attune.questions.writers.batch import BatchWriter
from attune.questions.writers.live import LiveWriter
from attune.servers.embedder import OpenAIEmbedder
from attune.servers.server import KEY, NoKeyError, Server
from tests.conftest import ROOT, set_params
from tests.support.asking import CANARY, limits, requests, runtime
from tests.support.embedding_server import EmbeddingServer

UNSENDABLE = [f"{CANARY}\n{CANARY}", f"{CANARY}\r{CANARY}", f"{CANARY}é", f"\x7f{CANARY}", f"{CANARY}\udcff"]
SETTINGS = chat_settings("scripted", 0.7, 64)
Ask = Callable[[str | None], object]


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    """Knows embeddings only: whatever else is asked breaks the connection."""
    with EmbeddingServer() as server:
        yield server


def embed(url: str | None) -> object:
    return OpenAIEmbedder("scripted", url, None, None, runtime(max_retries=0), Path("vectors")).embed(["a"], "chunks")


def write(url: str | None) -> object:
    with Replies(Path("replies.jsonl")) as replies:
        return LiveWriter(SETTINGS, url, runtime(max_retries=0)).write(requests(1), replies, limits())


def batch(url: str | None) -> object:
    with Replies(Path("replies.jsonl")) as replies:
        return BatchWriter(SETTINGS, url, runtime(max_retries=0)).write(requests(1), replies, limits())


@pytest.fixture(params=[embed, write, batch])
def ask(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.chdir(tmp_path)
    asked: Ask = request.param
    return asked


@pytest.mark.parametrize("key", UNSENDABLE)
def test_a_key_that_cannot_be_sent_is_refused_in_one_line_and_shown_nowhere(
    ask: Ask,
    server: EmbeddingServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    key: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(KEY, key)
    for url in (server.url, None):
        with pytest.raises(UserError, match=f"{KEY} holds a line break or another character") as caught:
            ask(url)
        assert "\n" not in str(caught.value)
        assert not isinstance(caught.value, NoKeyError)  # a broken key is to be mended, not passed over
        files = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
        for words in (str(caught.value), repr(caught.value.__context__), *capfd.readouterr(), caplog.text, *files):
            assert CANARY not in words
    assert server.headers == []


@pytest.mark.parametrize("key", [None, "", " \n"])
def test_openai_itself_needs_a_key(ask: Ask, monkeypatch: pytest.MonkeyPatch, key: str | None) -> None:
    monkeypatch.delenv(KEY, raising=False) if key is None else monkeypatch.setenv(KEY, key)
    with pytest.raises(NoKeyError, match=rf"^{KEY} is not set: `export {KEY}=\.\.\.`, or .*base_url .*needs none"):
        ask(None)


def test_blanks_around_a_key_are_not_sent_and_hide_no_echo(
    server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(KEY, f" \t{CANARY}\r\n")
    embed(server.url)
    assert server.headers[0]["authorization"] == f"Bearer {CANARY}"
    assert Server(server.url, "m", runtime(), "").without_key(f"{CANARY} is\nwrong") == "… is wrong"


def test_the_cause_of_a_lost_connection_is_one_line_without_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, CANARY)
    server = Server("http://127.0.0.1:9/v1", "m", runtime(), "")

    async def fail() -> None:
        async with openai.AsyncOpenAI(**(server.client_options() | {"max_retries": 0})) as client:
            await client.models.list()

    with pytest.raises(openai.APIConnectionError) as caught:
        asyncio.run(fail())
    caught.value.__cause__ = ValueError(f"Illegal header\nvalue {CANARY}")
    words = server.explain(caught.value)
    assert words.startswith("cannot reach http://127.0.0.1:9/v1 (Illegal header value …); ")


@pytest.mark.slow
def test_a_whole_stage_ends_without_a_traceback(project: Path) -> None:
    set_params(project / "params.yaml", synthesize_questions={"provider": "openai", "model": "m"})
    (project / "data" / "beir").mkdir(parents=True)
    chunk = '{"_id": "c", "title": "T", "text": "%s", "metadata": {"document": "a", "title": "T"}}\n'
    (project / "data" / "beir" / "corpus.jsonl").write_text(chunk % ("The pump of the old engine is blue today. " * 9))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), KEY: f"{CANARY}\udce9"}  # bytes that are no UTF-8
    command = [sys.executable, "-m", "stages.synthesize_questions"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith(f"error: {KEY} holds a line break or another character")
    assert "Traceback" not in done.stderr
    assert CANARY not in done.stderr
