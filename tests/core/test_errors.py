"""Mistakes end a script with one line and an exit code; faults of the program keep their traceback."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from attune.core.errors import UserError, listed, missing, one_line, run


def raising(error: BaseException) -> None:
    def main() -> None:
        raise error

    run(main)


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (UserError("k is 0; expected 1 or more"), 1, "error: k is 0; expected 1 or more"),
        (
            OSError(errno.ENOSPC, "No space left on device", "data/x"),
            1,
            "error: No space left on device (data/x): what was finished is kept; make room and run the same command "
            "again",
        ),
        (
            OSError(errno.EFBIG, "File too large"),
            1,
            "error: File too large: what was finished is kept; make room and run the same command again",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "data"),
            1,
            "error: Permission denied (data): what was finished is kept; give this user the right to it and run the "
            "same command again",
        ),
        (KeyboardInterrupt(), 130, "interrupted: what was finished is kept; run the same command to go on"),
    ],
)
def test_what_a_user_can_mend_is_one_line(
    error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        raising(error)
    assert ended.value.code == code
    assert capsys.readouterr() == ("", line + "\n")


@pytest.mark.parametrize("error", [OSError(errno.EIO, "broken disk"), OSError("no number"), ValueError("a fault")])
def test_any_other_error_is_not_caught(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        raising(error)
    assert caught.value is error


def test_nothing_wrong_is_nothing_said(capsys: pytest.CaptureFixture[str]) -> None:
    run(lambda: None)
    assert capsys.readouterr() == ("", "")


def test_errors_of_libraries_are_one_line() -> None:
    assert one_line(ValueError("a\n  b\tc" + " d" * 300), 7) == "a b c d"
    assert len(one_line(ValueError("x" * 300))) == 200


def test_missing_files_name_the_commands() -> None:
    assert str(missing(Path("a.json"))) == "a.json does not exist; `dvc repro` makes it, `dvc pull` fetches it"
    assert "`dvc repro chunk` makes it" in str(missing(Path("a.json"), "chunk"))


@pytest.mark.parametrize(
    ("most", "said"), [(1, "1 and 2 more"), (2, "1, 2 and 1 more"), (3, "1, 2, 3"), (9, "1, 2, 3")]
)
def test_names_in_a_message(most: int, said: str) -> None:
    assert listed([1, 2, 3], most) == said
