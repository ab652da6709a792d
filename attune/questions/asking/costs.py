"""What the replies of a language model cost: told before the first request, and kept within a budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from attune.questions.asking.replies import Reply
from attune.questions.asking.requests import Request
from attune.servers.prices import CHARACTERS_PER_TOKEN, Price, dollars, money

TOKENS_PER_QUESTION = 25.0
ENOUGH_REPLIES = 20  # so many tell more than this constant and CHARACTERS_PER_TOKEN
BATCH_SHARE = 0.5  # of the price, for what is bought by a batch


@dataclass(frozen=True)
class Estimate:
    """The tokens that the missing replies will take, and their price where it is known."""

    prompt_tokens: float
    completion_tokens: float
    price: Price | None
    share: float = 1.0  # of the price that is paid

    @property
    def dollars(self) -> float | None:
        """What the tokens cost; None where the price is unknown."""
        return dollars(self.prompt_tokens, self.completion_tokens, self.price, self.share)

    def __str__(self) -> str:
        tokens = f"about {self.prompt_tokens:,.0f} tokens to read and {self.completion_tokens:,.0f} to write"
        return f"{tokens}, {money(self.dollars)}"


class Meter:
    """Estimates the cost of a request, from the replies to others like it once there are enough."""

    def __init__(
        self,
        answered: Iterable[tuple[Request, Reply]],
        questions: int,
        limit: int,
        price: Price | None,
        batch: bool = False,
    ) -> None:
        replies = characters = read = written = 0
        for request, reply in answered:
            if reply.prompt_tokens:
                replies += 1
                characters += len(request.prompt)
                read += reply.prompt_tokens
                written += reply.completion_tokens
        self._per_character, self._per_reply = 1 / CHARACTERS_PER_TOKEN, min(limit, questions * TOKENS_PER_QUESTION)
        if replies >= ENOUGH_REPLIES:
            self._per_character, self._per_reply = read / characters, written / replies
        self.price, self._share = price, BATCH_SHARE if batch else 1.0

    def estimate(self, requests: Sequence[Request]) -> Estimate:
        """Return what these requests will take together."""
        characters = sum(len(request.prompt) for request in requests)
        return Estimate(characters * self._per_character, len(requests) * self._per_reply, self.price, self._share)


def spent(replies: Iterable[Reply], price: Price | None) -> float | None:
    """Return what replies have cost in US dollars, those of batches their share; None where the price is unknown."""
    if price is None:
        return None
    read, written = [0, 0], [0, 0]  # tokens bought live and by batches
    for reply in replies:
        read[bool(reply.batch)] += reply.prompt_tokens
        written[bool(reply.batch)] += reply.completion_tokens
    shares = zip(read, written, (1.0, BATCH_SHARE), strict=True)
    return sum(dollars(prompts, completions, price, share) or 0.0 for prompts, completions, share in shares)


class Budget:
    """Says whether one more request fits into what may be spent, counting those in flight by their estimate."""

    def __init__(self, most: float | None, already: float, meter: Meter) -> None:
        self._most, self._spent, self._meter = most, already, meter
        self._in_flight: dict[str, float] = {}

    def allows(self, request: Request) -> bool:
        """Tell whether a request fits, and if so, count it as in flight."""
        return self.allows_all([request])

    def allows_all(self, requests: Sequence[Request]) -> bool:
        """Tell whether requests fit together, and if so, count them as in flight."""
        expected = self._meter.estimate(requests).dollars or 0.0
        if self._most is not None and self._spent + sum(self._in_flight.values()) + expected > self._most:
            return False
        self.commit(requests)
        return True

    def commit(self, requests: Iterable[Request]) -> None:
        """Count requests as in flight that have been sent already, whether they fit or not."""
        for request in requests:
            self._in_flight[request.key] = self._meter.estimate([request]).dollars or 0.0

    def overrun(self, requests: Sequence[Request]) -> str:
        """Say why requests do not fit."""
        on_its_way, expected = sum(self._in_flight.values()), self._meter.estimate(requests).dollars or 0.0
        return f"${self._spent:,.2f} spent, ${on_its_way:,.2f} on its way, about ${expected:,.2f} for these"

    def settle(self, request: Request, reply: Reply | None) -> None:
        """Count what a request really cost; None is one that stayed without a reply."""
        self._in_flight.pop(request.key, None)
        self._spent += spent([reply] if reply else [], self._meter.price) or 0.0
