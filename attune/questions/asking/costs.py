"""What the replies of a language model cost: told before the first request, and kept within a budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attune.questions.asking.replies import Reply
from attune.questions.asking.requests import Request
from attune.servers.prices import CHARACTERS_PER_TOKEN, Estimate, Price, dollars

TOKENS_PER_QUESTION = 25.0  # written, where fewer than `ENOUGH_REPLIES` replies tell
ENOUGH_REPLIES = 20  # to estimate the others by their tokens, not by TOKENS_PER_QUESTION and CHARACTERS_PER_TOKEN
BATCH_SHARE = 0.5  # of the price, for what is bought by a batch


class Bill:
    """Adds up what replies have cost."""

    def __init__(self, price: Price | None) -> None:
        self._price = price
        self._read, self._written = [0, 0], [0, 0]  # tokens bought live, and by batches

    def add(self, reply: Reply) -> None:
        """Count a reply."""
        self._read[bool(reply.batch)] += reply.prompt_tokens
        self._written[bool(reply.batch)] += reply.completion_tokens

    @property
    def dollars(self) -> float | None:
        """What all of them have cost in US dollars, those of batches their share; None where the price is unknown."""
        if self._price is None:
            return None
        shares = zip(self._read, self._written, (1.0, BATCH_SHARE), strict=True)
        return sum(dollars(read, written, self._price, share) or 0.0 for read, written, share in shares)


class Meter:
    """Estimates the cost of a request, from the replies to others like it once there are enough."""

    def __init__(
        self,
        answered: Iterable[tuple[int, Reply]],
        questions: int,
        limit: int,
        price: Price | None,
        batch: bool = False,
    ) -> None:
        """Learn from replies.

        Args:
            answered: characters of a prompt, and the reply to it.
            questions: how many are asked for in a request.
            limit: tokens that a reply may have.
            price: of the model, where it is known.
            batch: whether batches are to be asked.
        """
        replies = characters = read = written = 0
        for length, reply in answered:
            if reply.prompt_tokens:
                replies += 1
                characters += length
                read += reply.prompt_tokens
                written += reply.completion_tokens
        self._per_character, self._per_reply = 1 / CHARACTERS_PER_TOKEN, min(limit, questions * TOKENS_PER_QUESTION)
        if replies >= ENOUGH_REPLIES:
            self._per_character, self._per_reply = read / characters, written / replies
        self._price, self._share = price, BATCH_SHARE if batch else 1.0

    def estimate(self, lengths: Sequence[int]) -> Estimate:
        """Return what requests will take together whose prompts have these lengths in characters."""
        read, written = sum(lengths) * self._per_character, len(lengths) * self._per_reply
        return Estimate(read, written, self._price, self._share)


class Budget:
    """Says whether one more request fits into what may be spent, counting those in flight by their estimate."""

    def __init__(self, most: float | None, bill: Bill, meter: Meter) -> None:
        """Spend nothing yet.

        Args:
            most: US dollars for everything; None is no limit.
            bill: of the replies that are there already; goes on with those that come.
            meter: what a request will cost.
        """
        self._most, self._bill, self._meter = most, bill, meter
        self._in_flight: dict[str, float] = {}  # key of a request -> dollars

    def allows(self, request: Request) -> bool:
        """Tell whether a request fits, and if so, count it as in flight."""
        return self.allows_all([request])

    def allows_all(self, requests: Sequence[Request]) -> bool:
        """Tell whether requests fit together, and if so, count them as in flight."""
        spent, expected = self._bill.dollars or 0.0, self._expected(requests)
        if self._most is not None and spent + sum(self._in_flight.values()) + expected > self._most:
            return False
        self.commit(requests)
        return True

    def commit(self, requests: Iterable[Request]) -> None:
        """Count requests as in flight that have been sent already, whether they fit or not."""
        for request in requests:
            self._in_flight[request.key] = self._expected([request])

    def overrun(self, requests: Sequence[Request]) -> str:
        """Say why requests do not fit."""
        spent, on_its_way, expected = self._bill.dollars or 0.0, sum(self._in_flight.values()), self._expected(requests)
        return f"${spent:,.2f} spent, ${on_its_way:,.2f} on its way, about ${expected:,.2f} for these"

    def settle(self, request: Request, reply: Reply | None) -> None:
        """Count what a request really cost; None is one that stayed without a reply."""
        self._in_flight.pop(request.key, None)
        if reply is not None:
            self._bill.add(reply)

    def _expected(self, requests: Sequence[Request]) -> float:
        return self._meter.estimate([len(request.prompt) for request in requests]).dollars or 0.0
