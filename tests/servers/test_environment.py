"""What the environment does to requests is told, and never sends what is asked of this machine elsewhere."""

from __future__ import annotations

from pathlib import Path

import openai
import pytest

from attune.core.errors import UserError
from attune.servers.environment import OPENAI, is_local, proxy_variable
from attune.servers.server import KEY, Server
from tests.support.asking import CANARY, runtime

AWAY = "http://models.example.org/v1"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "OPENAI_BASE_URL")


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv(KEY, CANARY)


def make(url: str | None) -> openai.OpenAI:
    server = Server(url, "m", runtime(), "")
    server.throttled(2)
    return server.client()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALL_PROXY", "socks://127.0.0.1:9/"), ("all_proxy", "socks5://127.0.0.1:9/"), ("HTTPS_PROXY", "127.0.0.1:x"),
        ("HTTP_PROXY", "ftp://127.0.0.1"), ("SSL_CERT_FILE", "gone/cacert.pem"),
    ],
)  # fmt: skip
def test_a_variable_that_no_client_can_obey_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=name) as caught:
        make(None if name == "HTTPS_PROXY" else AWAY)
    assert "\n" not in str(caught.value)
    make("http://127.0.0.1:9/v1")


def test_a_certificate_file_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "a.pem"))
    with pytest.raises(UserError, match="SSL_CERT_FILE"):
        make(None)


@pytest.mark.parametrize(
    "url", ["localhost:8000/v1", "http://", "http://a:b/v1", "ftp://a/v1", " http://a/v1", "/v1", "http://[::1/v1"]
)
def test_a_malformed_address_is_refused(url: str) -> None:
    with pytest.raises(UserError, match=r"base_url is .* no address"):
        make(url)


def test_null_is_openai_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert str(make(None).base_url).rstrip("/") == OPENAI


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:1/v1", True), ("http://127.0.0.2/v1", True), ("https://[::1]:1/v1", True),
        ("http://0.0.0.0:8/v1", True), ("http://localhost.example.org/v1", False), ("http://10.0.0.1/v1", False),
    ],
)  # fmt: skip
def test_what_is_on_this_machine_goes_through_no_proxy(monkeypatch: pytest.MonkeyPatch, url: str, local: bool) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    assert is_local(url) == local
    assert bool(proxy_variable(url)) != local


def test_a_proxy_that_is_passed_by_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    assert proxy_variable(AWAY) == "http_proxy"
    monkeypatch.setenv("no_proxy", "example.org")
    assert proxy_variable(AWAY) == ""
