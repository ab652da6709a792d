"""Progress with the time left, readable on a terminal and in a log alike."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm


def progress(items: Iterable[Any] | None, description: str, unit: str, total: int | None = None) -> tqdm[Any]:
    """Return a progress bar around `items`, or one to be advanced by hand when `items` is None.

    A terminal sees it move; a log file gets a line every ten seconds.
    """
    interval = 0.2 if sys.stderr.isatty() else 10.0
    return tqdm(items, desc=description, unit=unit, total=total, mininterval=interval, maxinterval=interval, ncols=88)
