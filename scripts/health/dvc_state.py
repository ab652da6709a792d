"""DVC: what a killed run left behind, and the default remote, which is looked at without asking it."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterator
from configparser import ConfigParser, Error
from pathlib import Path
from typing import Any

from attune.core.errors import one_line
from scripts.health.finding import FINE, MIND, WRONG, Finding

PLUGINS = {"s3": "dvc_s3", "gs": "dvc_gs", "azure": "dvc_azure", "ssh": "dvc_ssh", "gdrive": "dvc_gdrive"}
FOLDER, LOCK = Path(".dvc"), Path(".dvc/tmp/rwlock")


def lock() -> Finding | None:
    """Look for what a killed run of DVC left behind; None where there is nothing."""
    try:
        held = json.loads(LOCK.read_text(encoding="utf-8") or "{}")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return Finding(WRONG, f"{LOCK} cannot be read ({one_line(error)})", f"if no run is going on, delete {LOCK}")
    numbers = {int(number) for number in _pids(held)}
    if not numbers:
        return None
    running = sorted(number for number in numbers if _runs(number))
    if running:
        return Finding(MIND, f"DVC is running here (process {running[0]})", "wait for it, or end it")
    return Finding(WRONG, f"{LOCK} is left of a run that was killed", f"delete {LOCK}")


def _pids(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "pid":
                yield inner
            else:
                yield from _pids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _pids(inner)


def _runs(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True


def remote(folder: Path = FOLDER) -> Finding:
    """Look at DVC's default remote, without asking it."""
    config = ConfigParser(interpolation=None)
    try:
        config.read([folder / "config", folder / "config.local"], encoding="utf-8")
    except Error as error:
        return Finding(
            WRONG, f"{folder / 'config'} cannot be read ({one_line(error)})", "`git diff` shows what changed"
        )
    name = config.get("core", "remote", fallback=None)
    if not name:
        return Finding(FINE, "no DVC remote: data and model stay on this machine")
    url = config.get(f"'remote \"{name}\"'", "url", fallback=None)
    if url is None:
        return Finding(WRONG, f"the DVC remote '{name}' has no address", f"`dvc remote add {name} ADDRESS`")
    scheme, separator, _ = url.partition("://")
    if separator:
        plugin = PLUGINS.get(scheme)
        if plugin and importlib.util.find_spec(plugin) is None:
            package = plugin.replace("_", "-")
            return Finding(WRONG, f"the DVC remote {url} needs the package {package}", f"`pip install {package}`")
        return Finding(FINE, f"DVC remote {url}; `dvc status --cloud` asks it")
    if not (folder / url).is_dir():  # relative to the config, as DVC takes it
        return Finding(WRONG, f"the DVC remote {url} is not there", "mount it, or make the folder")
    return Finding(FINE, f"DVC remote {url}")


def findings() -> Iterator[Finding]:
    """Look at all of it."""
    left = lock()
    if left:
        yield left
    yield remote()
