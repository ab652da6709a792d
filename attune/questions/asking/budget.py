"""What may be spent on replies, and whether one more fits."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from attune.questions.asking.costs import Bill, Meter
from attune.questions.asking.replies import Reply
from attune.questions.asking.requests import Request
from attune.servers.prices import precise, tokens_in


class Budget:
    """Says whether one more request fits into what may be spent, counting those in flight with what they cost at most.

    Attributes:
        bought: what this run has bought.
    """

    def __init__(self, most: float | None, bill: Bill, meter: Meter) -> None:
        """Spend nothing yet.

        Args:
            most: US dollars for everything; None is no limit.
            bill: of the replies that are there already; goes on with those that come.
            meter: what a request will cost.
        """
        self.bought = Bill(meter.price, meter.limit)
        self._most, self._bill, self._meter = most, bill, meter
        self._in_flight: dict[str, float] = {}  # key of a request -> dollars
        self._lost = 0.0  # dollars for what was paid, perhaps, and never arrived
        self._prompts = array("d")  # tokens of those that were answered

    @property
    def waits(self) -> bool:
        """Whether requests are in flight: they may leave more than now seems left."""
        return bool(self._in_flight)

    def allows(self, request: Request) -> bool:
        """Tell whether a request fits, and if so, count it as in flight."""
        return self.allows_all([request])

    def allows_all(self, requests: Sequence[Request]) -> bool:
        """Tell whether requests fit together, and if so, count them as in flight."""
        total = self._spent + sum(self._in_flight.values()) + self._at_most(requests)
        if self._most is not None and total > self._most:
            return False
        self.commit(requests)
        return True

    def commit(self, requests: Iterable[Request]) -> None:
        """Count requests as in flight that have been sent already, whether they fit or not."""
        for request in requests:
            self._in_flight[request.key] = self._at_most([request])

    def overrun(self, requests: Sequence[Request]) -> str:
        """Say why requests do not fit."""
        expected = self._meter.estimate(_tokens(requests)).dollars or 0.0
        spent, on_its_way, most = map(precise, (self._spent, sum(self._in_flight.values()), self._at_most(requests)))
        return f"{spent} spent, {on_its_way} on its way, about {precise(expected)} for these, and at most {most}"

    def settle(self, request: Request, reply: Reply | None, lost: int = 0) -> None:
        """Count what a request really cost.

        Args:
            request: one that was allowed, or committed.
            reply: None where it stayed without one.
            lost: how often more it may have been paid for, as when an answer took too long to arrive.
        """
        self._lost += lost * self._in_flight.pop(request.key, 0.0)
        if reply is not None:
            tokens = tokens_in(request.prompt)
            self._prompts.append(tokens)
            for bill in (self._bill, self.bought):
                bill.add(reply, tokens)

    def summary(self) -> str:
        """Return what this run has bought, beside what was expected of it."""
        lost = f", and at most {precise(self._lost)} for what never arrived" if self._lost else ""
        expected = self._meter.estimate(self._prompts)
        return f"replies of this run: {self.bought.replies}, {self.bought}{lost}; estimated: {expected}"

    @property
    def _spent(self) -> float:
        return (self._bill.dollars or 0.0) + self._lost

    def _at_most(self, requests: Sequence[Request]) -> float:
        return self._meter.most(_tokens(requests)).dollars or 0.0


def _tokens(requests: Iterable[Request]) -> list[float]:
    return [tokens_in(request.prompt) for request in requests]
