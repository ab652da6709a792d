"""From this process to a Ray cluster: whose it is, of which version, and what its processes are given.

RAY_ADDRESS names the cluster; without it one is started on this machine alone, and ends with this process.
"""

from __future__ import annotations

import logging
import os
import re
import socket
from functools import cache
from importlib import import_module
from typing import Any

from attune.core.errors import UserError, one_line
from attune.engine.ray_engine import RayEngine
from attune.engine.same import ROOT

OLDEST = (2, 54)  # earlier versions have holes that are known
ADDRESS = "RAY_ADDRESS"
INSTALL = "`.venv/bin/pip install -r requirements-ray.txt` installs it, on every machine; or set runtime.engine: local"
WAIT = 10.0  # seconds for an answer
# what shapes a result, or the noise on the way to it, and does not come along by itself; no keys
TOLD = ("CUBLAS_WORKSPACE_CONFIG", "GOMP_SPINCOUNT", "HF_HUB_OFFLINE", "KMP_BLOCKTIME", "OMP_WAIT_POLICY")
QUIET = {"TOKENIZERS_PARALLELISM": "false", "TQDM_DISABLE": "1"}


@cache
def connect() -> RayEngine:
    """Connect to the cluster, once.

    Raises:
        UserError: Ray is missing or too old, or there is no such cluster, or none that takes this process.
    """
    # before the import, which reads them; nothing is reported to anybody, and only who has the token may send work
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    address = os.environ.get(ADDRESS, "")
    if not address:
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    ray = _ray()
    if address and address != "auto":
        _reach(address)
    alone = {} if address else {"include_dashboard": False}
    try:
        ray.init(
            address or "local",
            log_to_driver=False,  # of hundreds of processes; what matters of it is told by the engine
            logging_level=logging.CRITICAL,
            # the code of this very process, and nothing of the data that lies beside it
            runtime_env={"py_modules": [str(ROOT / "attune")], "env_vars": _environment()},
            **alone,
        )
    except Exception as error:  # whatever a library of this size can raise: all of it means the same here
        ray.shutdown()  # what has begun of it
        where = f"the Ray cluster {address} ({ADDRESS})" if address else "Ray on this machine"
        raise UserError(f"cannot start work on {where}: {one_line(error, 400)}") from None
    return RayEngine(ray)


def disconnect() -> None:
    """Leave the cluster; one that was started here ends."""
    import ray

    ray.shutdown()
    connect.cache_clear()


def _ray() -> Any:
    """Import Ray.

    Raises:
        UserError: there is none, or too old a one.
    """
    try:
        ray = import_module("ray")
    except ImportError as error:
        raise UserError(f"runtime.engine is ray, and {one_line(error)}: {INSTALL}") from None
    version = tuple(map(int, re.findall(r"\d+", ray.__version__)[:2]))
    if version < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise UserError(f"Ray is {ray.__version__}, expected {oldest} or newer: {INSTALL}")
    return ray


def _reach(address: str) -> None:
    """See that somebody is there: Ray itself would try for minutes.

    Raises:
        UserError: it is no address of a cluster, or nobody answers.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "/" in host:
        raise UserError(
            f"{ADDRESS} is {address}; expected HOST:PORT, or auto, on a machine of the cluster "
            "(docs/many-machines.md): what is under way on a connection from outside is lost when it breaks"
        )
    try:
        socket.create_connection((host, int(port)), WAIT).close()
    except (OSError, OverflowError) as error:
        raise UserError(
            f"no Ray cluster at {address} ({ADDRESS}): {one_line(error)}; "
            "start one (docs/many-machines.md), or unset it to use this machine alone"
        ) from None


def _environment() -> dict[str, str]:
    return QUIET | {name: os.environ[name] for name in TOLD if name in os.environ}
