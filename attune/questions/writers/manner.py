"""How a server is asked: parameters that servers know by other names or not at all are found out by its refusals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from attune.questions.writers.chat import FORMATS, is_about_format
from attune.servers.server import is_about_input

LIMITS = ("max_tokens", "max_completion_tokens")  # names of the same limit
REFUSED = (400, 404, 422)  # the status of a request that a server does not take as it is
_UNKNOWN = re.compile(
    r"uns?upport|not (?:be )?support|n't support|unknown|unrecogni[sz]ed|unexpected|not (?:be )?(?:permitted|allowed)|"
    r"\bextra\b|forbidden|invalid|deprecated|not available|only the default|\buse\b|instead|no endpoints?|"
    r"不支持|无效|未知|不允许",
    re.IGNORECASE,
)
_OF_OUTPUT = re.compile(r"fail\w* to (?:generate|validate|call)|failed_generation|did not match (?:the )?schema", re.I)
_TOO_LARGE = re.compile(
    r"too (?:large|many|long|big)|at most|less than|context|exceed|greater|maximum (?:value|of)", re.IGNORECASE
)


@dataclass(frozen=True)
class Manner:
    """How a request is worded.

    Attributes:
        format: the way to ask for JSON: a place in `FORMATS`.
        limit: the name of the limit of a reply's length; empty is the one that the server is likely to know.
        temperature: whether it is named.
        guessed: whether a step was taken of which the server said nothing.
        once: whether a step was taken for what the model wrote, so that it tells nothing of other requests.
    """

    format: int = 0
    limit: str = ""
    temperature: bool = True
    guessed: bool = False
    once: bool = False

    def worded(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the body of a request, as made by `chat_body`, in this manner."""
        return {
            self.limit if self.limit and name in LIMITS else name: value
            for name, value in body.items()
            if name != "temperature" or self.temperature
        }

    @property
    def steps(self) -> tuple[int, bool, bool]:
        """How far it is from what is tried first."""
        return self.format, bool(self.limit), not self.temperature

    def next(self, words: str, body: Mapping[str, Any], may_guess: bool) -> Manner | None:
        """Return how to ask again after a refusal; None where its words are about something else.

        Args:
            words: of the server.
            body: what it refused.
            may_guess: whether to try the next way to ask for JSON where the words say nothing of it.
        """
        used = next((name for name in LIMITS if name in body), "")
        if _complains_of(words, LIMITS) and not self.limit and not _TOO_LARGE.search(words):
            return replace(self, limit=next(name for name in LIMITS if name != used))
        # whatever it has against it: another value is as little known as whether it takes one
        if "temperature" in body and "temperature" in words.lower() and not is_about_input(words):
            return replace(self, temperature=False)
        about_format, about_output = is_about_format(words), bool(_OF_OUTPUT.search(words))
        if self.format + 1 < len(FORMATS) and (about_format or about_output or may_guess):
            guessed = self.guessed or not (about_format or about_output)
            return replace(self, format=self.format + 1, guessed=guessed, once=self.once or about_output)
        return None


FIRST = Manner()


def is_about_manner(words: str) -> bool:
    """Tell whether a server's words are about how it is asked: then in another manner it may take the request."""
    return is_about_format(words) or _complains_of(words, LIMITS) or "temperature" in words.lower()


def _complains_of(words: str, names: tuple[str, ...]) -> bool:
    return any(name in words.lower() for name in names) and bool(_UNKNOWN.search(words))
