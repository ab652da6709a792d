"""What cannot work is told in one line, before anything is read or loaded."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from attune.core.errors import UserError
from attune.engine import connection
from attune.engine.choice import engine_of
from tests.conftest import ROOT
from tests.support.asking import runtime

SAYS = "from attune.core.errors import run; from attune.engine.connection import connect; run(connect)"


def said(*path: Path, address: str = "") -> str:
    """What a process says on standard error that cannot connect."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, [*path, ROOT])), connection.ADDRESS: address}
    done = subprocess.run([sys.executable, "-c", SAYS], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    return done.stderr


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("raise ImportError('No module named ray')", "error: runtime.engine is ray, and No module named ray: `.venv/b"),
        ("__version__ = '2.53.1'", "error: Ray is 2.53.1, expected 2.54 or newer: `.venv/bin/pip install -r requ"),
        ("__version__ = '1.99.0'", "error: Ray is 1.99.0, expected 2.54 or newer"),
    ],
)
def test_without_ray_or_with_an_old_one_a_line_says_what_to_install(tmp_path: Path, code: str, expected: str) -> None:
    (tmp_path / "ray.py").write_text(code)
    line = said(tmp_path)
    assert line.startswith(expected)
    assert "requirements-ray.txt" in line and line.count("\n") == 1


@pytest.mark.parametrize("address", ["ray://head:10001", "http://head:8265", "head", "head:", ":6379", "head:x"])
def test_an_address_of_another_kind_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(connection.ADDRESS, address)
    monkeypatch.setattr(connection, "_ray", lambda: None)  # not asked
    with pytest.raises(UserError, match=f"RAY_ADDRESS is {address}; expected HOST:PORT, or auto"):
        connection.connect()


def test_a_cluster_that_is_not_there_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv(connection.ADDRESS, address)
    monkeypatch.setattr(connection, "_ray", lambda: None)  # not asked
    with pytest.raises(UserError, match=f"no Ray cluster at {address} .*Connection refused; start one"):
        engine_of(runtime(engine="ray"))


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("ray"), reason="no ray: pip install -r requirements-ray.txt")
def test_somebody_else_at_the_address_is_told(tmp_path: Path) -> None:
    line = said(address="auto")
    assert line.startswith("error: cannot start work on the Ray cluster auto (RAY_ADDRESS): Could not find any running")
    assert line.count("\n") == 1


def test_keys_are_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    told = connection._environment()
    assert told["HF_HUB_OFFLINE"] == "1"
    assert "sk-secret" not in told.values()
