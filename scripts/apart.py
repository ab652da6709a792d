"""Work in a process of its own, and the memory that it took.

A process that was started reports at least the peak of the one that started it. So whoever measures loads nothing
large beforehand.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

from attune.core.errors import UserError

UNIT = 2**20 if sys.platform == "darwin" else 2**10  # of ru_maxrss in a MiB
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def apart(work: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
    """Do some work in a fresh process, and return or raise what it does.

    Raises:
        UserError: the process was ended.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(work, *arguments, **named).result()
        except BrokenProcessPool:
            raise UserError(
                "the process of this model was ended from outside, most often since memory ran out; take a smaller one"
            ) from None


def peak_mib(who: int) -> float:
    """Return the peak memory in MiB of `resource.RUSAGE_SELF`, or of the largest of `resource.RUSAGE_CHILDREN`."""
    return resource.getrusage(who).ru_maxrss / UNIT
