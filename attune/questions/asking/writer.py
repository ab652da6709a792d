"""What writes questions: a server that speaks OpenAI's interface, or a model in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from attune.questions.asking.budget import Budget
from attune.questions.asking.replies import Replies
from attune.questions.asking.requests import Request


@dataclass(frozen=True)
class Limits:
    """When to stop asking.

    Attributes:
        failures: once more requests than this have failed.
        budget: once the next request does not fit into it.
    """

    failures: int
    budget: Budget


class Writer(Protocol):
    """Anything that turns requests into replies."""

    settings: Mapping[str, Any]  # all that shapes a reply beside the prompt; part of a request's key

    def write(self, requests: Sequence[Request], replies: Replies, limits: Limits) -> dict[str, str]:
        """Add the reply to each request to `replies` as it comes.

        Returns:
            Chunk id -> reason, for the requests that failed. Those that were not made, once there were more
            failures than `limits` allows, are not in it.

        Raises:
            UserError: nothing can be asked at all (no key, no server, no such model), or the budget is used up.
        """
        ...
