"""Fetch the model of a version, and nothing else, into a new folder; its bytes are checked against the commit's record.

Usage: python -m scripts.get VERSION FOLDER [--repository ADDRESS]      # v1.0.0, or a commit, branch or tag
"""

from __future__ import annotations

import argparse
import io
import json
import re
from pathlib import Path
from typing import Any

from attune.core.errors import UserError, listed, run
from attune.core.files import atomic_folder
from scripts.remote import md5, opened
from scripts.share import ARTIFACT
from stages.finetune import MODEL

VERSION = re.compile(r"v\d+\.\d+\.\d+\S*")  # what GTO calls one


def revision(repo: Any, version: str) -> str:
    """Return the commit that a version of the model was registered for; what is no version names a commit itself.

    Raises:
        UserError: there is no such version; those that there are, are named.
    """
    from dvc.exceptions import ArtifactNotFoundError

    if not VERSION.fullmatch(version):
        return version
    try:
        return str(repo.artifacts.get_rev(ARTIFACT, version=version))
    except ArtifactNotFoundError:
        tags = sorted(
            tag.removeprefix(f"{ARTIFACT}@") for tag in repo.scm.list_tags() if tag.startswith(f"{ARTIFACT}@")
        )
        there = f"there are {listed(tags, 10)}" if tags else "none is here; `git fetch --tags` fetches others'"
        raise UserError(f"no version {version} of {ARTIFACT}; {there}") from None


def folder_hash(folder: Path) -> str:
    """Return the hash by which DVC calls a folder: that of the list of its files, as it writes it into its cache."""
    rows = []
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                rows.append({"md5": md5(file), "relpath": path.relative_to(folder).as_posix()})
    rows.sort(key=lambda row: row["relpath"])
    return md5(io.BytesIO(json.dumps(rows, sort_keys=True).encode())) + ".dir"


def fetch(repo: Any, folder: Path) -> int:
    """Copy the model of an opened commit into a folder that does not exist.

    Returns:
        the number of files.

    Raises:
        UserError: the commit has no model, or what came is not what its lock records.
    """
    path = MODEL.as_posix()
    (out,) = [one for one in repo.index.outs if repo.fs.relpath(one.fs_path, repo.root_dir) == path] or [None]
    if out is None or not out.hash_info:
        raise UserError(f"this commit has no {path}; was its dvc.lock committed?")
    with atomic_folder(folder) as temporary:
        repo.dvcfs.get(f"/{path}/", f"{temporary}/", recursive=True)
        found = folder_hash(temporary)
        if found != out.hash_info.value:
            raise UserError(
                f"the remote's {path} is damaged: {found} instead of {out.hash_info.value}; "
                "`make share` where it was trained sends it again"
            )
        return sum(1 for file in temporary.rglob("*") if file.is_file())


def main() -> None:
    """Find the commit, fetch, check, say."""
    from dvc.repo import Repo

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version", metavar="VERSION")
    parser.add_argument("folder", metavar="FOLDER", type=Path)
    parser.add_argument("--repository", default=".", help="of the project, where it is not this folder")
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} exists and is not empty; name a new folder")
    with opened(lambda: Repo.open(arguments.repository, uninitialized=True)) as repo:
        commit = revision(repo, arguments.version)
    with opened(lambda: Repo.open(arguments.repository, rev=commit)) as repo:
        files = fetch(repo, folder)
    print(f"{arguments.version} ({commit[:12]}): {files} files in {folder}, as they were registered")


if __name__ == "__main__":
    run(main)
