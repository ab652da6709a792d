"""Whatever happens to one call in a child process, the others return."""

from __future__ import annotations

import ctypes
import os
import time
from pathlib import Path

import pytest

from attune.documents.decode import Unreadable
from attune.documents.folder.sandbox import AHEAD, MEMORY_GIB, sandbox


def work(what: str) -> str:
    """Do what a hostile document can make its parser do; the child finds this function by its name."""
    if what == "hang":
        time.sleep(60)
    elif what == "exit":
        os._exit(3)
    elif what == "crash":
        ctypes.string_at(0)
    elif what == "eat":
        bytearray((MEMORY_GIB + 1) * 2**30)
    elif what == "refuse":
        raise Unreadable("refused")
    elif what == "fail":
        raise ZeroDivisionError(what)
    return what.upper()


def run(calls: list[str], workers: int, timeout: float) -> list[str | Unreadable]:
    with sandbox(work, [(what,) for what in calls], workers, timeout) as results:
        return list(results)


@pytest.mark.slow
def test_one_call_can_fail_in_every_way_and_the_others_return() -> None:
    calls = ["a", "hang", "refuse", "exit", "b", "eat", "crash", "c"]
    start = time.monotonic()
    results = run(calls, workers=2, timeout=1.5)
    assert time.monotonic() - start < 20
    assert [results[place] for place in (0, 4, 7)] == ["A", "B", "C"]
    reasons = {what: str(why) for what, why in zip(calls, results, strict=True) if isinstance(why, Unreadable)}
    assert reasons == {
        "hang": "took longer than 1.5 s (runtime.document_timeout_seconds)",
        "refuse": "refused",
        "exit": "crashed its reader, perhaps out of memory (exit code 3)",
        "crash": "crashed its reader, perhaps out of memory (exit code -11)",
        "eat": "took more than 4 GiB of memory",
    }


def test_a_fault_of_this_program_is_not_a_fault_of_the_document() -> None:
    with pytest.raises(ZeroDivisionError):
        run(["fail", "hang"], workers=2, timeout=60)


def test_nothing_to_do() -> None:
    assert run([], workers=0, timeout=1) == []


def test_no_more_calls_run_than_results_are_taken(tmp_path: Path) -> None:
    """Each call leaves a file; a reader that stops early ends all."""
    calls = [(str(tmp_path / str(number)),) for number in range(5 * AHEAD)]
    with sandbox(leave, calls, 1, 60, begin, (tmp_path,)) as results:
        assert not (tmp_path / "0").exists()
        next(results)
        while len(list(tmp_path.iterdir())) < AHEAD + 1:
            time.sleep(0.05)
    assert (tmp_path / "begun").read_text() == "threads of tokenizers: false"
    assert len(list(tmp_path.iterdir())) <= AHEAD + 2


def test_what_is_done_ahead_is_done_before_anybody_asks_and_may_fail(tmp_path: Path) -> None:
    calls = [(str(tmp_path / name),) for name in ("a", "missing/b", "c")]
    with sandbox(shout, calls, 1, 60, ahead=leave) as results:
        while not (tmp_path / "c").exists():
            time.sleep(0.05)
        assert list(results) == [call[0].upper() for call in calls]


def test_what_hangs_ahead_does_not_hold_the_results_up_for_ever(tmp_path: Path) -> None:
    with sandbox(work, [("a",), ("b",)], 2, 2.0, ahead=hang) as results:
        assert list(results) == ["A", "B"]


def leave(path: str) -> str:
    """Leave a file; the child finds this function by its name."""
    Path(path).touch()
    return path


def shout(path: str) -> str:
    """Return a path in capitals."""
    return path.upper()


def hang(_: str) -> None:
    """Take longer than allowed."""
    time.sleep(60)


def begin(folder: Path) -> None:
    """Leave a file once for each child."""
    (folder / "begun").write_text(f"threads of tokenizers: {os.environ['TOKENIZERS_PARALLELISM']}")
