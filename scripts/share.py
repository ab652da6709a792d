"""Share what was made: push data, replies, model and run-cache, read it all back, and give the model a version.

Nothing is pushed to git: what to push there is said at the end. An object that is damaged in the remote is found when
it is read back, and sent again; `dvc push` would pass it over, since there is one of its name.

Usage: python -m scripts.share [VERSION]      # without a version: only pushed, not registered
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

from attune.core.errors import UserError, listed, one_line, run
from scripts.remote import damaged, objects, opened, remote_name
from scripts.stale import stale

ARTIFACT = "finetuned-embedder"  # its name in dvc.yaml


def push(repo: Any, name: str) -> None:
    """Push all outputs of this commit and the run-cache, read them back, and send again what is not as it should be.

    Raises:
        UserError: something is in neither place, or the remote does not hold what was sent.
    """
    sent = repo.push()
    runs = repo.stage_cache.push(name)  # a record of each run; DVC would count all of them as new
    for made in repo.stage_cache.get_used_objs(runs).values():  # DVC forgets what a run made beside its cached outputs
        repo.cloud.push({one for one in made if repo.cache.repo.exists(one.value)}, remote=name)
    remote, wanted = repo.cloud.get_remote_odb(name), objects(repo)
    bad = damaged(remote, wanted)
    if bad:
        print(f"missing or damaged in '{name}', sent again: {listed(sorted(wanted[one] for one in bad), 20)}")
        cache = repo.cache.repo
        for one in bad:
            if cache.exists(one.value):
                remote.add(cache.oid_to_path(one.value), cache.fs, one.value)
        sent += len(bad)
        still = sorted(wanted[one] for one in damaged(remote, bad))
        if still:
            raise UserError(
                f"the remote '{name}' does not hold {listed(still, 20)}, nor does the cache here; `dvc repro` makes it"
            )
    print(f"pushed to '{name}': {sent} new, all {len(wanted)} objects read back")


def register(version: str) -> str:
    """Give the model of this commit a version, as an annotated git tag.

    Returns:
        the tag.

    Raises:
        UserError: the version is none, or is taken.
    """
    done = subprocess.run(  # noqa: S603
        [str(Path(sys.executable).with_name("gto")), "register", ARTIFACT, "--version", version],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise UserError(
            f"no version was registered: {one_line(done.stderr or done.stdout)}; `gto show` lists what there is"
        )
    return f"{ARTIFACT}@{version}"


def uncommitted() -> list[str]:
    """Return the files that git would commit."""
    done = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=True)  # noqa: S607
    return [line[3:] for line in done.stdout.splitlines()]


def main() -> None:
    """Check, push, register, and say what is left to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version", metavar="VERSION", nargs="?")
    version = parser.parse_args().version
    with opened() as repo:
        name = remote_name(repo)
        if name is None:
            raise UserError("no remote is set; `dvc remote add --default storage ADDRESS` sets one (docs/share.md)")
        if version and (changed := uncommitted()):
            raise UserError(f"not committed: {listed(changed, 5)}; a version is of a commit, so commit first")
        if version and (reason := stale()):
            raise UserError(f"{reason}; `dvc repro`, commit, and share again")
        push(repo, name)
    if version:
        print(f"registered {register(version)}; `git push origin {ARTIFACT}@{version}` tells the others")


if __name__ == "__main__":
    run(main)
