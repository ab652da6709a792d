"""Every writer runs in an empty folder, with a key that must turn up nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from attune.servers.server import KEY
from tests.support.asking import CANARY
from tests.support.batch_server import BatchServer


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(KEY, CANARY)


@pytest.fixture
def server(http: HTTPServer) -> BatchServer:
    http.clear()
    return BatchServer(http)
