"""Calls in child processes with a limit on their time and memory, for work on files that nobody has checked.

A parser of PDF or HTML can hang, crash or eat all memory on some file. Here that costs one call, and no other.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from attune.documents.decode import Unreadable

MEMORY_GIB = 4  # for each child process

Result = TypeVar("Result")


def in_sandbox(
    function: Callable[..., Result], calls: Sequence[tuple[Any, ...]], workers: int, timeout: float
) -> Iterator[Result | Unreadable]:
    """Yield what `function` returns for each tuple of arguments, in their order, or why it could not.

    Args:
        function: a function that raises `Unreadable` for a file that it cannot read; found by name in the children.
        calls: the arguments of each call.
        workers: how many calls run at once; 0 stands for the number of processor cores.
        timeout: seconds that one call may take.
    """
    count = min(workers or os.cpu_count() or 1, len(calls))
    # spawn: a fork of a process that runs threads, as tokenizers and torch do, can deadlock
    context = multiprocessing.get_context("spawn")
    with ProcessPool(count, initializer=_limit_memory, context=context) as pool:
        try:
            futures = [pool.schedule(function, args=arguments, timeout=timeout) for arguments in calls]
            for future in futures:
                try:
                    yield future.result()
                except Unreadable as reason:
                    yield reason
                except TimeoutError:
                    yield Unreadable(f"took longer than {timeout:g} s (runtime.document_timeout_seconds)")
                except MemoryError:
                    yield Unreadable(f"took more than {MEMORY_GIB} GiB of memory")
                except ProcessExpired as error:
                    yield Unreadable(f"crashed its reader, perhaps out of memory (exit code {error.exitcode})")
        except BaseException:  # also an interrupt, and a caller that stops early
            pool.stop()  # type: ignore[no-untyped-call]
            raise


def _limit_memory() -> None:
    # Windows has no such limit, and macOS refuses to set it
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_GIB * 2**30, resource.getrlimit(resource.RLIMIT_AS)[1]))
