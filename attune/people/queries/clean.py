"""Which queries are worth anything, as the text that is kept of each, and why the others are not."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from attune.people.queries.rows import Row
from attune.text.clean import clean
from attune.text.words import words

LONGEST = 400  # characters: what is longer was pasted, such as a message of an error, and is no query
REASONS = ("empty", "too_long", "other_language")
# What looks like an address of mail or a bank account, or like a number of a telephone, a card or a person: nine digits
# and more, with no more between two than a mark and a blank. It finds no names.
PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.\w|\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,}|(?<!\d)(?:\(?\d\)?[\s./-]{0,2}){8,}\d(?!\d)"
)
Foreign = Callable[[str], bool]


@dataclass(frozen=True)
class Query:
    """A query, and all rows that hold it, however they spell it.

    Attributes:
        text: as most rows spell it.
        rows: in the order of the log.
    """

    text: str
    rows: list[Row]

    @property
    def has_answer(self) -> bool:
        """Whether a row says what was clicked or judged."""
        return any(row.is_click or row.is_judgement for row in self.rows)


def shown(text: str) -> str:
    """Return a query as it is kept: in one line, without characters that nobody sees."""
    return " ".join(clean(text).split())


def key(text: str) -> str:
    """Return what is the same for queries that differ in capitals, blanks and punctuation alone."""
    return " ".join(words(clean(text)))


def kept_queries(rows: Iterable[Row], foreign: Foreign) -> tuple[list[Query], Counter[str]]:
    """Return the queries that are kept, each once, sorted by what they say, and the reasons why others are not.

    Args:
        rows: of the log.
        foreign: tells of a text whether it is surely in a language that no document is in.

    Returns:
        The queries, and for each of `REASONS` how many were dropped: rows for `empty`, else different queries.
    """
    dropped = Counter[str]()
    spelt: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if said := key(row.query):
            spelt[said].append(row)
        else:
            dropped["empty"] += 1
    queries = []
    for said in sorted(spelt):
        text = _usual(spelt[said])
        if len(text) > LONGEST:
            dropped["too_long"] += 1
        elif foreign(text):
            dropped["other_language"] += 1
        else:
            queries.append(Query(text, spelt[said]))
    return queries, dropped


def personal(queries: Iterable[Query]) -> list[Query]:
    """Return the queries that look as if they hold personal data."""
    return [query for query in queries if PERSONAL.search(query.text)]


def _usual(rows: Sequence[Row]) -> str:
    """Return the commonest spelling; of equally common ones the first by its characters."""
    spellings = Counter(shown(row.query) for row in rows)
    return min(spellings, key=lambda text: (-spellings[text], text))
