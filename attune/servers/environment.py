"""What the environment does to requests: proxies and certificates that nobody remembers having set."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import httpx2

from attune.core.errors import UserError, one_line

OPENAI = "https://api.openai.com/v1"  # named, for else the client obeys OPENAI_BASE_URL
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def check_address(base_url: str) -> None:
    """Refuse what is no address.

    Raises:
        UserError: says what is wrong with it.
    """
    try:
        parts = urlsplit(base_url)
        httpx2.URL(base_url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except (ValueError, httpx2.InvalidURL):
        usable = False
    if not usable or base_url != "".join(base_url.split()):
        raise UserError(f"base_url is '{base_url}', which is no address; expected one such as http://localhost:8000/v1")


def http_options(base_url: str) -> dict[str, Any]:
    """Return what an HTTP client is made with: what is asked of this machine goes through no proxy."""
    if not is_local(base_url):
        return {}
    if base_url.startswith("http:"):
        return {"trust_env": False}
    return {"mounts": dict.fromkeys(("https://", "http://", "all://"))}


def is_local(base_url: str) -> bool:
    """Tell whether an address is on this machine."""
    host = urlsplit(base_url).hostname or ""
    try:
        address = ip_address(host)
        return address.is_loopback or address.is_unspecified
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def proxy_variable(base_url: str) -> str:
    """Return the name of the variable that sends requests through a proxy; nothing where none does."""
    parts = urlsplit(base_url)
    if is_local(base_url) or proxy_bypass(parts.hostname or ""):
        return ""
    names = [name for scheme in (parts.scheme, "all") for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper())]
    return next((name for name in names if os.environ.get(name)), "")


@contextmanager
def environment_told() -> Iterator[None]:
    """Name the variable where a client cannot be made for what the environment holds.

    Raises:
        UserError: it cannot.
    """
    try:
        yield
    except (ValueError, ImportError, OSError, httpx2.InvalidURL) as error:
        about_files = isinstance(error, OSError | ssl.SSLError)
        proxies = [name for name in os.environ if name.lower().endswith("_proxy") and name.lower() != "no_proxy"]
        named = [name for name in (CERTIFICATES if about_files else sorted(proxies)) if os.environ.get(name)]
        if not named:
            raise
        raise UserError(
            f"the environment holds {' and '.join(named)}, which cannot be used ({one_line(error)}): mend or unset it"
        ) from None
