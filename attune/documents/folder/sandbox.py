"""Calls in child processes with a limit on their time and memory, for work on files that nobody has checked.

A parser of PDF or HTML can hang, crash or eat all memory on some file. Here that costs one call, and no other.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from attune.documents.decode import Unreadable

MEMORY_GIB = 4  # for each child process
GARBAGE = 100_000  # new objects before cycles are looked for; parsers make millions, and hardly a cycle
AHEAD = 8  # calls for each process, done or waiting; more results at a time would fill the memory

Result = TypeVar("Result")


@contextmanager
def sandbox(
    function: Callable[..., Result],
    calls: Sequence[tuple[Any, ...]],
    workers: int,
    timeout: float,
    start: Callable[..., None] | None = None,
    arguments: tuple[Any, ...] = (),
    ahead: Callable[..., object] | None = None,
) -> Iterator[Iterator[Result | Unreadable]]:
    """Give what `function` returns for each tuple of arguments, in their order, or why it could not.

    The calls run from the first result that is asked for; all end with the block.

    Args:
        function: a function that raises `Unreadable` for a file that it cannot read; found by name in the children.
        calls: the arguments of each call.
        workers: how many calls run at once; 0 stands for the number of processor cores.
        timeout: seconds that one call may take.
        start: called in each child before anything else there.
        arguments: with which `start` is called.
        ahead: called with the arguments of the first calls until a result is asked for; what comes of it is not told.
    """
    count = min(workers or os.cpu_count() or 1, max(len(calls), 1))
    with children(count, start, arguments) as pool:
        try:
            first = calls[: AHEAD * count] if ahead else []
            begun = [pool.schedule(ahead, args=call, timeout=timeout) for call in first if ahead]
            running: deque[ProcessFuture[Any]] = deque()

            def results() -> Iterator[Result | Unreadable]:
                for future in begun:
                    if not future.running():
                        future.cancel()  # type: ignore[no-untyped-call]
                waiting = deque(calls)
                while waiting or running:
                    while waiting and len(running) < AHEAD * count:
                        running.append(pool.schedule(function, args=waiting.popleft(), timeout=timeout))
                    yield result_of(running.popleft(), timeout)

            yield results()
            if running or not all(future.done() for future in begun):
                pool.stop()  # type: ignore[no-untyped-call]
        except BaseException:  # also an interrupt
            pool.stop()  # type: ignore[no-untyped-call]
            raise


def children(count: int, start: Callable[..., None] | None, arguments: tuple[Any, ...]) -> ProcessPool:
    """Return N child processes with a limit on their memory, to schedule calls in; see `sandbox`."""
    # spawn: a fork of a process that runs threads, as tokenizers and torch do, can deadlock
    context = multiprocessing.get_context("spawn")
    return ProcessPool(count, initializer=_begin, initargs=(start, arguments), context=context)


def result_of(future: ProcessFuture[Any], timeout: float) -> Any:
    """Return what came of a call that may take so many seconds, or why nothing did."""
    try:
        return future.result()
    except Unreadable as reason:
        return reason
    except TimeoutError:
        return Unreadable(f"took longer than {timeout:g} s (runtime.document_timeout_seconds)")
    except MemoryError:
        return Unreadable(f"took more than {MEMORY_GIB} GiB of memory")
    except ProcessExpired as error:
        return Unreadable(f"crashed its reader, perhaps out of memory (exit code {error.exitcode})")


def _begin(start: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    _limit_memory()
    # one thread for each process: they are as many as there are cores
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    if start is not None:
        start(*arguments)
    gc.freeze()
    gc.set_threshold(GARBAGE, 20, 20)


def _limit_memory() -> None:
    # Windows has no such limit, and macOS refuses to set it
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_GIB * 2**30, resource.getrlimit(resource.RLIMIT_AS)[1]))
