"""Join what others paid for: the rows of other ledgers, such as those of another branch, that ours lack.

Usage: python -m scripts.ledger join FILE...      # files of replies or of vectors
       python -m scripts.ledger join --rev main   # those of a commit, branch or tag, out of DVC's cache
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from attune.core.errors import UserError, one_line, run
from attune.core.files import read_jsonl
from attune.questions.asking.replies import Replies
from attune.servers.vectors import Vectors
from stages.evaluate import VECTORS
from stages.synthesize_questions import REPLIES


def join(path: Path, name: str) -> None:
    """Join the rows of a file into the ledger of their kind, and say how many.

    Raises:
        UserError: there is no such file, it is no ledger, or another process writes to ours.
    """
    vectors = "vector" in next(read_jsonl(path), {})
    kind, into = (Vectors, VECTORS / path.name) if vectors else (Replies, REPLIES)
    theirs, added, known, refused = kind.read(path), 0, 0, 0
    with kind(into) as ours:
        missing = [key for key in theirs if key not in ours]
        known = len(theirs) - len(missing)
        for _, row in theirs.rows(missing):
            try:
                ours.append([row])
                added += 1
            except (ValueError, TypeError):  # such as a vector of another dimension
                refused += 1
    print(f"{name} -> {into}: {added} added, {known} were there already, {refused} do not fit")


def join_revision(revision: str) -> None:
    """Join the rows of all ledgers of a commit.

    Raises:
        UserError: there is no such commit, it has no ledger, or neither the cache nor a remote has its files.
    """
    from dvc.api import DVCFileSystem
    from dvc.exceptions import DvcException
    from scmrepo.exceptions import SCMError

    with tempfile.TemporaryDirectory() as folder:
        copies = []
        try:
            files = DVCFileSystem(repo=".", rev=revision)
            names = [REPLIES.as_posix()] if files.exists(REPLIES.as_posix()) else []
            for name in names + sorted(files.glob(f"{VECTORS.as_posix()}/*.jsonl")):
                copies.append((Path(folder) / name.lstrip("/"), f"{revision}:{name.lstrip('/')}"))
                copies[-1][0].parent.mkdir(parents=True, exist_ok=True)
                files.get(name, str(copies[-1][0]))
        except (DvcException, SCMError, OSError) as error:
            raise UserError(
                f"cannot read the ledgers of '{revision}': {one_line(error)}; is it a commit of this repository? "
                "`dvc fetch --all-commits` fetches what a remote has"
            ) from None
        if not copies:
            raise UserError(
                f"'{revision}' has neither {REPLIES} nor {VECTORS}; expected a commit in which DVC has them"
            )
        for copy, name in copies:
            join(copy, name)


def main() -> None:
    """Join each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["join"])
    parser.add_argument("files", metavar="FILE", nargs="*", type=Path)
    parser.add_argument("--rev", metavar="REV", help="a commit, branch or tag")
    arguments = parser.parse_args()
    if bool(arguments.files) == bool(arguments.rev):
        raise UserError("expected files, or --rev and a commit: `python -m scripts.ledger join --rev main`")
    for path in arguments.files:
        if not path.is_file():
            raise UserError(f"{path} is no file; expected a copy of another {REPLIES}, or of a file in {VECTORS}")
    for path in arguments.files:
        join(path, str(path))
    if arguments.rev:
        join_revision(arguments.rev)


if __name__ == "__main__":
    run(main)
