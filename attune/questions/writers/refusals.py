"""Is it one input that is refused, or all of them? What one is refused for may be fine with the next.

A content filter answers 400, 403, 422 or 451, as a wrong parameter or key does. So not the status tells the two apart,
but whether another input is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from attune.core.errors import UserError
from attune.questions.cleaning.queries import readable
from attune.servers.server import is_about_input

FEW = 3  # different inputs that are refused in a row before anything was ever answered: all will be
MORE = 6  # once something was
SHOWN = 3  # reasons, and chunks for each, that are named
DOZEN = 12  # replies by which a run is judged
SHOWN_CHARACTERS = 160  # of a reply


def name_failed(failed: Mapping[str, str]) -> None:
    """Say which chunks stayed without a reply, the first few for each reason."""
    chunks: dict[str, list[str]] = {}
    for chunk, reason in failed.items():
        chunks.setdefault(reason, []).append(chunk)
    for reason, named in islice(chunks.items(), SHOWN):
        more = f" and {len(named) - SHOWN} others" if len(named) > SHOWN else ""
        print(f"without a reply: {', '.join(named[:SHOWN])}{more} ({reason})", flush=True)


class Refusals:
    """Counts what was refused since a reply came, and ends the run where nothing else is to be expected."""

    def __init__(self, proven: bool, all_may_fail: bool, concurrency: int) -> None:
        """Count nothing yet.

        Args:
            proven: whether there are replies of earlier runs.
            all_may_fail: whether all inputs of this run together are within what may fail.
            concurrency: inputs that are asked at a time; they may be neighbours in one document.
        """
        self._spared = proven and all_may_fail  # they may be just those that were refused before
        self._most = max(MORE, concurrency) if proven else FEW
        self._concurrency = concurrency
        self._in_a_row: dict[int, int] = {}  # status -> refusals since the last reply
        self._useless, self._answers = 0, 0
        self._unread: list[str] = []
        self._all_may_fail = all_may_fail

    def answered(self, text: str) -> None:
        """Note that a reply came.

        Raises:
            UserError: most of the first dozen hold nothing that can be read.
        """
        self._in_a_row.clear()
        self._most = max(MORE, self._concurrency)
        self._answers += 1
        if self._answers > DOZEN or self._all_may_fail:
            return
        if not readable(text):
            self._unread.append(text)
        if self._answers == DOZEN and len(self._unread) > DOZEN / 2:
            raise UserError(
                f"{len(self._unread)} of the first {DOZEN} replies hold no question that can be read, such as "
                f"{' '.join(self._unread[0].split())[:SHOWN_CHARACTERS]!r}; take another model, or set "
                "synthesize_questions.max_failed_fraction to 1 to go on all the same; every reply so far is kept"
            )

    def refused(self, status: int, words: str, explained: str) -> None:
        """Note that an input was refused.

        Raises:
            UserError: so will be all others.
        """
        if status != 401 and (self._spared or is_about_input(words)):
            return
        self._in_a_row[status] = self._in_a_row.get(status, 0) + 1
        if self._in_a_row[status] >= (FEW if status == 401 else self._most):
            raise UserError(explained)

    def useless(self, explained: str) -> None:
        """Note a reply that cannot be used.

        Raises:
            UserError: so will be all others.
        """
        self._useless += 1
        if self._useless >= DOZEN and not self._answers:
            raise UserError(f"none of the first {DOZEN} replies can be used: {explained}")
