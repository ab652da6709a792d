"""What people typed as questions to train with: read, cleaned, each with the chunks that answer it, and counted."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attune.core.errors import listed
from attune.core.records import Chunk, Question, content_id
from attune.people.places.evidence import Evidence
from attune.people.queries import answers, clean
from attune.people.queries.answers import Answer, Answers, Rules
from attune.people.queries.clean import Foreign, Query, kept_queries, personal
from attune.people.queries.guess import Open, guess
from attune.people.queries.pointed import Pointed
from attune.people.queries.rows import Log

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

SHOWN = 5
CLICKS = ("without_query", "without_document", "repeated", "bots")


@dataclass(frozen=True)
class PeoplesQueries:
    """What people typed.

    Attributes:
        labelled: questions with the chunks that answer them; their kind is `asked`, or `guessed` where only the
            document is known.
        unlabelled: the queries without an answer.
        counts: for the metrics; empty where there are no queries.
    """

    labelled: list[Question]
    unlabelled: list[str]
    counts: dict[str, Any]


def questions_of_people(
    log: Log,
    chunks: Sequence[Chunk],
    foreign: Callable[[], Foreign],
    load: Callable[[], SentenceTransformer],
    rules: Rules,
    batch_size: int,
) -> PeoplesQueries:
    """Clean what was typed, and find the chunks that answer it.

    Args:
        log: all of data/queries; empty where nobody has any.
        chunks: all chunks.
        foreign: returns a test of a text: is it surely in a language that no document is in?
        load: returns the base model, for the choice of a chunk in a document.
        rules: which clicks and judgements count.
        batch_size: texts embedded at a time.
    """
    if not log.rows and not log.left_out:
        return PeoplesQueries([], [], {})
    queries, dropped = kept_queries(log.rows, foreign())
    finder = Answers(Evidence(chunks), rules) if any(query.has_answer for query in queries) else None
    found = [(place, one) for place, query in enumerate(queries) for one in finder.of(query)] if finder else []
    opens = [(place, one) for place, one in found if not one.pointed.is_exact]
    numbers = guess([Open(queries[place].text, one.pointed.chunks) for place, one in opens], chunks, load, batch_size)
    answered = [(place, one) for place, one in found if one.pointed.is_exact]
    answered += [(place, one.settled(number)) for (place, one), number in zip(opens, numbers, strict=True)]
    kept, crowded = _at_most(answered, rules.max_per_chunk)
    labelled = [_question(queries[place], kept[place], chunks) for place in sorted(kept)]
    unlabelled = [query.text for place, query in enumerate(queries) if place not in kept]
    left_out = (finder.left_out if finder else Counter[str]()) + Counter({"crowded": crowded})
    counts = _counts(log, queries, dropped, left_out, labelled)
    _tell(queries, finder)
    return PeoplesQueries(labelled, unlabelled, counts)


def _at_most(answered: Sequence[tuple[int, Answer]], most: int) -> tuple[dict[int, list[Pointed]], int]:
    """Return what answers each query, where a chunk answers at most N of them, and how many answers are left out.

    What was judged goes first, then what has the most clicks.
    """
    room: Counter[int] = Counter()
    kept: defaultdict[int, list[Pointed]] = defaultdict(list)
    crowded = 0
    for place, one in sorted(answered, key=lambda pair: (not pair[1].is_judged, -pair[1].weight, pair[0])):
        if any(room[number] >= most for number in one.pointed.chunks):
            crowded += 1
        else:
            room.update(one.pointed.chunks)
            kept[place].append(one.pointed)
    return kept, crowded


def _question(query: Query, answers: Sequence[Pointed], chunks: Sequence[Chunk]) -> Question:
    numbers = sorted({number for one in answers for number in one.chunks})
    kind = "asked" if all(one.is_exact for one in answers) else "guessed"
    ids = [chunks[number].id for number in numbers]
    return Question(content_id("people", query.text), query.text, {"chunks": ids, "kind": kind})


def _counts(
    log: Log, queries: Sequence[Query], dropped: Counter[str], left_out: Counter[str], labelled: Sequence[Question]
) -> dict[str, Any]:
    clicks, kinds = log.left_out + left_out, Counter(question.kind for question in labelled)
    return {
        "rows": len(log.rows),
        "queries": len(queries),
        "asked": kinds["asked"],
        "guessed": kinds["guessed"],
        "unlabelled": len(queries) - len(labelled),
        "with_personal_data": len(personal(queries)),
        "dropped": {reason: dropped[reason] for reason in clean.REASONS},
        "clicks_left_out": {reason: clicks[reason] for reason in CLICKS},
        "answers_left_out": {reason: left_out[reason] for reason in (*answers.REASONS, "crowded")},
    }


def _tell(queries: Sequence[Query], finder: Answers | None) -> None:
    """Say on standard error what is the user's to look at; what was typed is not shown, for it may be personal."""
    if found := personal(queries):
        print(
            f"warning: data/queries: {len(found)} of {len(queries)} look as if they hold personal data (an address of "
            f"mail, a long number): {listed([query.rows[0].where for query in found], SHOWN)}; take them out, if so",
            file=sys.stderr,
        )
    for reason, where in list(finder.reasons.items())[:SHOWN] if finder else []:
        print(f"warning: {where}: {reason}", file=sys.stderr)
    if finder and len(finder.reasons) > SHOWN:
        print(f"warning: {len(finder.reasons) - SHOWN} more places lead to no chunk", file=sys.stderr)
