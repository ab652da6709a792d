"""What the replies of a language model cost, told before the first request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil

from attune.questions.asking.replies import Reply
from attune.servers.prices import Estimate, Price, dollars, money, tokens_in

TOKENS_PER_QUESTION = 25.0  # written, where fewer than `ENOUGH_REPLIES` replies tell
ENOUGH_REPLIES = 20  # to estimate the others by their tokens, not by TOKENS_PER_QUESTION and the scripts of the prompts
MOST = 2.0  # times the tokens by script: older tokenizers need that many for most languages, and none more for English
BATCH_SHARE = 0.5  # of the price, for what is bought by a batch


class Bill:
    """Adds up what replies have cost. What a server does not tell counts as what it may have been at most.

    Attributes:
        replies: how many there are.
        untold: how many of them came without their tokens.
    """

    def __init__(self, price: Price | None, limit: int) -> None:
        """Start at nothing; `limit` is how many tokens a reply may have."""
        self.replies = self.untold = 0
        self._price, self._limit = price, limit
        self._read, self._written = [0, 0], [0, 0]  # tokens bought live, and by batches

    def add(self, reply: Reply, prompt_tokens: float) -> None:
        """Count a reply; `prompt_tokens` is what its prompt has by `tokens_in`."""
        read, written = reply.prompt_tokens, reply.completion_tokens
        if not _tells_read(reply):
            read = ceil(MOST * prompt_tokens)
        if not _tells_written(reply):
            written = max(self._limit, ceil(MOST * tokens_in(reply.text)))
        self.replies += 1
        self.untold += not (_tells_read(reply) and _tells_written(reply))
        self._read[bool(reply.batch)] += read
        self._written[bool(reply.batch)] += written

    @property
    def dollars(self) -> float | None:
        """What all of them have cost in US dollars, those of batches their share; None where the price is unknown."""
        if self._price is None:
            return None
        shares = zip(self._read, self._written, (1.0, BATCH_SHARE), strict=True)
        return sum(dollars(read, written, self._price, share) or 0.0 for read, written, share in shares)

    def __str__(self) -> str:
        return f"{sum(self._read):,} tokens read and {sum(self._written):,} written, {money(self.dollars)}"


class Meter:
    """Estimates the cost of a request, from the replies to others like it once there are enough."""

    def __init__(
        self,
        answered: Iterable[tuple[float, Reply]],
        questions: int,
        limit: int,
        price: Price | None,
        batch: bool = False,
    ) -> None:
        """Learn from replies.

        Args:
            answered: tokens of a prompt by `tokens_in`, and the reply to it.
            questions: how many are asked for in a request.
            limit: tokens that a reply may have.
            price: of the model, where it is known.
            batch: whether batches are to be asked.
        """
        replies = read = written = 0
        reckoned = 0.0
        self._longest = limit
        for tokens, reply in answered:
            if _tells_read(reply) and _tells_written(reply):
                replies += 1
                reckoned += tokens
                read += reply.prompt_tokens
                written += reply.completion_tokens
                self._longest = max(self._longest, reply.completion_tokens)  # some servers take no limit
        self._per_token, self._per_reply = 1.0, min(limit, questions * TOKENS_PER_QUESTION)
        if replies >= ENOUGH_REPLIES and reckoned:
            self._per_token, self._per_reply = read / reckoned, written / replies
        self.price, self.limit, self._share = price, limit, BATCH_SHARE if batch else 1.0

    def estimate(self, prompts: Sequence[float]) -> Estimate:
        """Return what requests will take together whose prompts have these tokens by `tokens_in`."""
        return Estimate(sum(prompts) * self._per_token, len(prompts) * self._per_reply, self.price, self._share)

    def most(self, prompts: Sequence[float]) -> Estimate:
        """Return what they may take at most: each reply as long as it may be, thoughts included."""
        read = sum(prompts) * max(MOST, self._per_token)
        return Estimate(read, len(prompts) * self._longest, self.price, self._share)


def _tells_read(reply: Reply) -> bool:
    return reply.prompt_tokens > 0


def _tells_written(reply: Reply) -> bool:
    """Tell whether the tokens of a reply are known; none is a number too where a refusal has no text."""
    nothing = reply.completion_tokens == 0 and not reply.text and reply.finish_reason != "length"
    return reply.completion_tokens > 0 or (nothing and _tells_read(reply))
