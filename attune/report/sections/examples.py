"""The questions that lost and gained most by fine-tuning, with the texts to judge them by."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attune.core.records import Chunk
from attune.evaluation.results import BASE, FINETUNED, RANK_BINS
from attune.report.reading.tables import Asked
from attune.report.style.text import excerpt

EXAMPLES = 5  # of either kind
PLACE = 160  # characters of a document's path


@dataclass(frozen=True)
class Passage:
    """A chunk as it is shown: where it stands, and how it begins."""

    document: str
    pages: str
    text: str


@dataclass(frozen=True)
class Example:
    """A question whose chunk moved, with what stood first under the model that did worse."""

    question: str
    before: str
    after: str
    relevant: Passage
    instead: Passage | None
    remark: str


def regressions(asked: Sequence[Asked], corpus: Mapping[str, Chunk], most: int = EXAMPLES) -> list[Example]:
    """Return the questions that lost most, with what the fine-tuned model put first instead."""
    worst = sorted(asked, key=lambda question: (gained(question), question.id))
    return [_example(question, FINETUNED, corpus) for question in worst[:most] if gained(question) < 0]


def gains(asked: Sequence[Asked], corpus: Mapping[str, Chunk], most: int = EXAMPLES) -> list[Example]:
    """Return the questions that gained most, with what the base model had put first."""
    best = sorted(asked, key=lambda question: (-gained(question), question.id))
    return [_example(question, BASE, corpus) for question in best[:most] if gained(question) > 0]


def gained(question: Asked) -> float:
    """Return the change of 1 / log2(rank + 1), which nDCG counts for the first relevant chunk, without its limit."""
    return _gain(question.ranks[FINETUNED]) - _gain(question.ranks[BASE])


def passage(id: str, corpus: Mapping[str, Chunk]) -> Passage:
    """Return a chunk as it is shown, or that it is not there."""
    chunk = corpus.get(id)
    if chunk is None:
        return Passage("", "", f"(chunk {excerpt(id, 40)} is not in the corpus)")
    place, told = chunk.places[0], ""
    if place.pages is not None:
        first, last = place.pages
        told = f"page {first}" if first == last else f"pages {first}–{last}"
    return Passage(excerpt(place.document, PLACE), told, excerpt(chunk.text))


def _example(question: Asked, worse: str, corpus: Mapping[str, Chunk]) -> Example:
    first = question.first.get(worse, "")
    instead = passage(first, corpus) if first and first != question.chunk else None
    before, after = (_rank(question.ranks[system]) for system in (BASE, FINETUNED))
    remark = _remark(corpus.get(question.chunk), corpus.get(first)) if instead else ""
    return Example(excerpt(question.question), before, after, passage(question.chunk, corpus), instead, remark)


def _remark(relevant: Chunk | None, first: Chunk | None) -> str:
    """Say how two chunks are related: a neighbour that repeats the text is hardly a miss."""
    if not relevant or not first or relevant.document != first.document:
        return ""
    here, there = relevant.places[0], first.places[0]
    return "overlaps with the right chunk" if here.start < there.end and there.start < here.end else "same document"


def _gain(rank: int | None) -> float:
    return 0.0 if rank is None else 1 / math.log2(rank + 1)


def _rank(rank: int | None) -> str:
    return f"beyond rank {RANK_BINS[-1]}" if rank is None else f"rank {rank}"
