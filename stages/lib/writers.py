"""What writes questions: a server that speaks OpenAI's interface, or a model in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from stages.lib.replies import Replies
from stages.lib.requests import Request


class Writer(Protocol):
    """Anything that turns requests into replies."""

    settings: Mapping[str, Any]  # all that shapes a reply beside the prompt; part of a request's key

    def write(self, requests: Sequence[Request], replies: Replies) -> dict[str, str]:
        """Add the reply to each request to `replies` as it comes.

        Returns:
            Chunk id -> reason, for the requests that stayed without a reply.

        Raises:
            UserError: nothing can be asked at all: no key, no server, no such model.
        """
        ...
