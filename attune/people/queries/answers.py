"""Which answers of a query count, of all that were clicked or judged.

A click is a vote, and a weak one: people open what stands on top. So clicks make answers and never wrong ones,
what was not clicked says nothing, one client has one vote for an answer to a query, and beside an answer with many
votes one with few does not count. Votes are not weighed by the rank that the result had: that needs far more clicks for
each query than the logs of most collections hold (Joachims et al. 2017, arXiv 1608.04468, have millions).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from statistics import fmean

from attune.people.places.document_names import NotFound
from attune.people.places.evidence import Evidence
from attune.people.queries.clean import Query
from attune.people.queries.pointed import Pointed, pointed_at
from attune.people.queries.rows import Row, Target

MOST_OF_CLIENT = 20  # answers that one client opened for one query: whoever opens more follows every link
MOST_ANSWERS = 5  # of a query; one with more asks for a list, and tells little about each
REASONS = ("unknown_place", "not_relevant", "few_clicks", "small_share", "many_answers")


@dataclass(frozen=True)
class Rules:
    """The knobs: which clicks and judgements make answers."""

    min_clicks: int  # an answer that was clicked counts from N clicks on, one of each client
    min_share: float  # ... and from this share of the clicks, or of the grade, of the query's best answer on
    max_per_chunk: int  # of the queries that one chunk answers at most, those with the most clicks


@dataclass(frozen=True)
class Answer:
    """Chunks that answer a query, or one of which does, and what speaks for it."""

    pointed: Pointed
    weight: float  # clients that clicked, or the grade
    is_judged: bool

    def settled(self, number: int) -> Answer:
        """Return the same with the chunk that is taken of those that may answer."""
        return replace(self, pointed=Pointed(frozenset({number}), self.pointed.is_exact))


class Answers:
    """Finds the answers of queries, and counts what is left out.

    Attributes:
        left_out: reason -> how many clicks, or pairs of a query and a place, were left out.
        reasons: why places lead to no chunk, each with the row that was first.
    """

    def __init__(self, evidence: Evidence, rules: Rules) -> None:
        self._evidence, self._rules = evidence, rules
        self._known: dict[Target, Pointed | str] = {}
        self.left_out = Counter[str]()
        self.reasons: dict[str, str] = {}

    def of(self, query: Query) -> list[Answer]:
        """Return the answers of a query, those that speak loudest first; what people judged goes before clicks."""
        grades: defaultdict[Pointed, list[float]] = defaultdict(list)
        clicks: defaultdict[Pointed, list[Row]] = defaultdict(list)
        for row in query.rows:
            if (row.is_click or row.is_judgement) and (pointed := self._pointed(row)):
                if row.grade is None:
                    clicks[pointed].append(row)
                else:
                    grades[pointed].append(row.grade)
        judged = self._loudest({place: fmean(given) for place, given in grades.items()}, 0.0, "not_relevant")
        votes = {place: number for place, number in self._votes(clicks).items() if place not in grades}
        clicked = self._loudest(votes, float(self._rules.min_clicks), "few_clicks")
        found = [Answer(place, weight, True) for place, weight in judged]
        found += [Answer(place, weight, False) for place, weight in clicked]
        if exact := [answer for answer in found if answer.pointed.is_exact]:
            found = exact  # where some are known, none is guessed
        self.left_out["many_answers"] += max(0, len(found) - MOST_ANSWERS)
        return found[:MOST_ANSWERS]

    def _pointed(self, row: Row) -> Pointed | None:
        if row.target not in self._known:
            try:
                self._known[row.target] = pointed_at(row.target, self._evidence)
            except NotFound as reason:
                self._known[row.target] = str(reason)
                self.reasons.setdefault(str(reason), row.where)
        found = self._known[row.target]
        if isinstance(found, str):
            self.left_out["unknown_place"] += 1
            return None
        return found

    def _votes(self, clicks: dict[Pointed, list[Row]]) -> dict[Pointed, float]:
        """Return the votes for each place: one of each client, and all clicks of which nobody says whose they are."""
        opened = Counter(client for rows in clicks.values() for client in {row.client for row in rows if row.client})
        votes: dict[Pointed, float] = {}
        for place, rows in clicks.items():
            clients = {row.client for row in rows if row.client}
            robots = {client for client in clients if opened[client] > MOST_OF_CLIENT}
            unknown = sum(row.clicks for row in rows if not row.client)
            votes[place] = len(clients) - len(robots) + unknown
            bots = sum(row.clicks for row in rows if row.client in robots)
            self.left_out["bots"] += round(bots)
            self.left_out["repeated"] += round(sum(row.clicks for row in rows) - bots - votes[place])
        return {place: number for place, number in votes.items() if number > 0}

    def _loudest(self, weights: dict[Pointed, float], least: float, reason: str) -> list[tuple[Pointed, float]]:
        """Return the places with enough weight, the heaviest first; grades must be above 0."""
        enough = {place: weight for place, weight in weights.items() if weight > 0 and weight >= least}
        self.left_out[reason] += len(weights) - len(enough)
        heaviest = max(enough.values(), default=0.0)
        loud = [item for item in enough.items() if item[1] >= self._rules.min_share * heaviest]
        self.left_out["small_share"] += len(enough) - len(loud)
        return sorted(loud, key=lambda item: (-item[1], sorted(item[0].chunks)))
