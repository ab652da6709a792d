"""Fetch what the remote has for this commit: data, replies, model, and the run-cache. What you have not saved stays.

Where no remote is set, outputs are put into their places from the cache here, such as one that CI kept: replies that
lie in it would otherwise be asked for, and paid, again.

`dvc pull` would refuse, or bring back a document that you removed. Here an output is replaced only where DVC has kept
what lies there; any other stays, and is named.

Usage: python -m scripts.pull
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attune.core.errors import UserError, listed, run
from scripts.remote import opened, remote_name


def replaceable(out: Any) -> bool:
    """Tell whether what lies at an output's path can be had again: there is nothing, or DVC has kept it."""
    return not out.exists or bool(out.cache.exists(out.get_hash().value))


def place(repo: Any) -> tuple[list[str], list[str], list[str]]:
    """Put outputs of this commit from the cache into their places.

    Returns:
        the names of those that were placed, of those that were kept since nobody else has them, and of those of which
        the cache has nothing or not all.
    """
    placed: list[str] = []
    kept: list[str] = []
    lacking: list[str] = []
    for out in repo.index.outs:
        if not out.use_cache or not out.hash_info or (out.exists and not out.changed_checksum()):
            continue
        name = Path(out.fs_path).relative_to(repo.root_dir).as_posix()
        if not replaceable(out):
            kept.append(name)
        elif out.changed_cache():
            lacking.append(name)
        else:
            repo.checkout([out.fs_path], force=True)  # nothing is lost by it, as we have just seen
            placed.append(name)
    return placed, kept, lacking


def fetch(repo: Any, name: str) -> None:
    """Fetch outputs of this commit and past runs into the cache; what the remote lacks is found afterwards.

    Raises:
        UserError: there is no such remote.
    """
    from dvc.exceptions import DownloadError

    remote = repo.cloud.get_remote(name)
    if remote.fs.protocol == "local" and not remote.fs.exists(remote.path):  # for DVC, that is one that lacks all
        raise UserError(
            f"the remote '{name}', {remote.path}, is not there; mount it, or make the folder where it is new"
        )
    try:
        repo.fetch(run_cache=True)
    except DownloadError as error:
        objects = repo.cloud.get_remote_odb(name)
        if not objects.fs.exists(objects.path):
            raise UserError(f"nothing can be read from the remote '{name}': {error}; is it there?") from None


def main() -> None:
    """Fetch, place, and say what was placed, what was kept, and what the remote lacks."""
    from dvc.repo import lock_repo

    with opened() as repo:
        name = remote_name(repo)
        if name:
            fetch(repo, name)
        with lock_repo(repo):
            placed, kept, lacking = place(repo)
    if name:
        print(f"pulled from '{name}': {listed(placed, 20) or 'nothing new'}")
    else:
        print("no remote is set: nothing to pull (docs/share.md has how to set one)")
        if placed:
            print(f"put into their places from the cache here: {listed(placed, 20)}")
        lacking = []  # nobody has said that anybody has them
    if kept:
        print(
            f"kept as they are, since DVC has not saved them: {listed(kept, 20)}; "
            "`dvc add` saves documents, `dvc checkout --force NAME` takes what this commit has"
        )
    if lacking:
        print(f"not in the remote, or damaged there: {listed(lacking, 20)}; `make share` where they were made mends it")


if __name__ == "__main__":
    run(main)
