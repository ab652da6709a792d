"""Is a process on another machine the same as this one, as far as results go? Its code, and the versions of libraries.

A reader of another version finds another text, a torch of another version other last digits, and nobody would see it.
"""

from __future__ import annotations

import hashlib
import re
import socket
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from attune.core.errors import UserError, listed

ROOT = Path(__file__).parents[2]
LOCK = "requirements.txt"  # what the results of every stage depend on
NONE = "none"
SHOWN = 5


@dataclass(frozen=True)
class Environment:
    """What results depend on beside data and params: a hash of the code, and the versions of the locked libraries."""

    code: str
    libraries: dict[str, str]

    def check(self) -> None:
        """See that this process has the same.

        Raises:
            UserError: it has not.
        """
        wrong = [
            f"{name} {here} instead of {there}"
            for name, there in self.libraries.items()
            if (here := _version(name)) != there
        ]
        where = f"the machine {socket.gethostname()} of the Ray cluster"
        if wrong:
            raise UserError(
                f"{where} has {listed(wrong, SHOWN)}, which would change results: "
                f"install {LOCK} of this project there, or take it out of the cluster"
            )
        if code_hash() != self.code:
            raise UserError(f"{where} runs other code of this project, in {ROOT}: bring it to the same commit there")


@cache
def environment() -> Environment:
    """Return that of this process."""
    lock = ROOT / LOCK
    names = re.findall(r"^([\w.-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE) if lock.exists() else []
    return Environment(code_hash(), {name: _version(name) for name in names})


@cache
def code_hash() -> str:
    """Return what changes with the code of the package that this file is of."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "attune").rglob("*.py")):
        data = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT).as_posix()} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name).partition("+")[0]  # what follows tells of a build, such as that for a GPU
    except PackageNotFoundError:
        return NONE
