"""The DVC remote of this project: what it holds, and its faults in one line.

What is read from a remote is hashed on its way in, whatever `verify` of the remote says: without it DVC takes a damaged
object for a sound one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from attune.core.errors import UserError, one_line

OF_LIBRARIES = ("botocore.", "aiobotocore.", "asyncssh.", "aiohttp.", "fsspec.", "dvc_objects.")  # raised through DVC


@contextmanager
def opened(repository: Callable[[], Any] | None = None) -> Iterator[Any]:
    """Open a DVC repository; name the faults of its remote, its network and its settings in one line.

    Args:
        repository: makes a `dvc.repo.Repo`; by default that of the folder that we are in, and then what comes from its
            remote is hashed.

    Raises:
        UserError: there is no repository, or DVC or the remote's library failed.
    """
    from dvc.config import ConfigError
    from dvc.exceptions import DvcException
    from dvc.logger import setup
    from scmrepo.exceptions import SCMError

    setup()  # what DVC has to say is said as on its command line
    try:
        with (repository or _here)() as repo:
            yield repo
    except (DvcException, ConfigError, SCMError, OSError) as error:
        raise UserError(f"{said(error)}; `dvc remote list` names the remotes, docs/share.md how to set one") from None
    except Exception as error:
        if not type(error).__module__.startswith(OF_LIBRARIES):
            raise
        mend = (
            "`ssh-add` its key, and set no keyfile" if "assphrase" in str(error) else "see docs/share.md for its kind"
        )
        raise UserError(f"the remote cannot be used: {said(error)}; {mend}") from None


def _here() -> Any:
    """Open the repository of this folder, so that all that comes from its remote is hashed."""
    from dvc.repo import Repo

    repo = Repo()
    return Repo(remote_config={"verify": True}) if remote_name(repo) else repo


def said(error: BaseException) -> str:
    """Return what an error says, and what caused it, in one line."""
    cause = error.__cause__
    return one_line(error) + (f" ({one_line(cause)})" if cause and str(cause) else "")


def remote_name(repo: Any) -> str | None:
    """Return the name of the remote that `dvc push` and `dvc pull` take, None without one."""
    name: str | None = repo.config["core"].get("remote")
    return name


def objects(repo: Any) -> dict[Any, str]:
    """Return what the outputs consist of: of each object, by its hash, the file it belongs to."""
    index = repo.index.data["repo"]
    return {entry.hash_info: "/".join(key) for key, entry in index.iteritems() if entry.hash_info}


def md5(file: BinaryIO) -> str:
    """Return the hash by which DVC calls a file, as hexadecimal digits."""
    digest = hashlib.md5(usedforsecurity=False)
    while block := file.read(1 << 20):  # files of some remotes can do no more than this
        digest.update(block)
    return digest.hexdigest()


def damaged(odb: Any, hashes: Iterable[Any]) -> list[Any]:
    """Return the hashes of objects that a store lacks, or whose bytes are others; the latter are removed from it.

    All bytes are read: the store's own check believes whatever is write-protected.
    """
    found = []
    for wanted in hashes:
        path = odb.oid_to_path(wanted.value)
        try:
            with odb.fs.open(path, "rb") as file:
                actual = md5(file)
        except FileNotFoundError:
            found.append(wanted)
            continue
        if actual != wanted.value.removesuffix(".dir"):
            odb.fs.remove(path)
            found.append(wanted)
    return found
