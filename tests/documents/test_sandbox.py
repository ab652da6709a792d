"""Whatever happens to one call in a child process, the others return."""

from __future__ import annotations

import ctypes
import os
import time

import pytest

from attune.documents.decode import Unreadable
from attune.documents.sandbox import MEMORY_GIB, in_sandbox


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


def test_one_call_can_fail_in_every_way_and_the_others_return() -> None:
    calls = ["a", "hang", "refuse", "exit", "b", "eat", "crash", "c"]
    start = time.monotonic()
    results = list(in_sandbox(work, [(what,) for what in calls], workers=2, timeout=1.5))
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
        list(in_sandbox(work, [("fail",), ("hang",)], workers=2, timeout=60))


def test_nothing_to_do() -> None:
    assert list(in_sandbox(work, [], workers=0, timeout=1)) == []
