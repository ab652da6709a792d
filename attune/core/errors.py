"""Mistakes that a user can mend are reported as one clear line, never as a traceback."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

# what a system refuses, and what its user can do about it
REMEDIES = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room",  # this user may have no more of the disk
    errno.EFBIG: "make room",  # nor this file
    errno.EACCES: "give this user the right to it",
    errno.EPERM: "give this user the right to it",
    errno.EROFS: "make it writable",
    errno.EMFILE: "allow more open files (`ulimit -n 4096`)",
}


class UserError(Exception):
    """A mistake that the user can mend.

    The text says what was found, where, what was expected and what to do about it.
    """


def one_line(error: object, most: int = 200) -> str:
    """Return the first `most` characters of what an error of a library says, or a name in a file, in one line."""
    return " ".join(str(error).split())[:most]


def listed(names: Sequence[object], most: int) -> str:
    """Return the first `most` names of a message, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(str, names[:most])) + more


def missing(path: Path, stage: str = "") -> UserError:
    """Return the error that a file or folder, which a stage writes, is not there."""
    return UserError(f"{path} does not exist; `{f'dvc repro {stage}'.rstrip()}` makes it, `dvc pull` fetches it")


def run(main: Callable[[], None]) -> None:
    """Run a script's `main` and end the process with an exit code.

    A `UserError`, a full disk or a missing right ends it with code 1 and one line on standard error, an interrupt with
    code 130; any other exception is a fault of this program and keeps its traceback.
    """
    try:
        main()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        remedy = REMEDIES.get(error.errno or 0)
        if remedy is None:
            raise
        where = f" ({error.filename})" if error.filename else ""
        what = f"error: {error.strerror}{where}: what was finished is kept"
        print(f"{what}; {remedy} and run the same command again", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("interrupted: what was finished is kept; run the same command to go on", file=sys.stderr)
        sys.exit(130)
