"""The questions of each part, and what the stage counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, get_args

from attune.core.errors import UserError
from attune.core.records import HEADINGS, PEOPLES, Chunk, Question
from attune.parts.assign import PROTECTION, Part


def assign_questions(questions: Sequence[Question], parts: Mapping[str, Part]) -> dict[str, Part]:
    """Assign each question to the part of its chunk, or the most protected part of its chunks.

    A question of dev that a chunk outside dev answers as well is in the gap. Headings are trained on and never tested
    with: they stand in their chunk word for word, so any model finds them. What people typed is trained on as far as
    its chunks are, and watched by where all are of dev and known; it is never tested with, for that is data/human.

    Raises:
        UserError: a question names no chunk, or one that is not in the corpus.
    """
    assigned: dict[str, Part] = {}
    for question in questions:
        if not question.chunks:
            raise UserError(
                f"queries.jsonl: question {question.id} names no chunk that answers it; expected one or more"
            )
        unknown = [chunk for chunk in question.chunks if chunk not in parts]
        if unknown:
            raise UserError(
                f"queries.jsonl: question {question.id} names the unknown chunk {unknown[0]}; run `dvc repro`"
            )
        assigned[question.id] = _part(question, {parts[chunk] for chunk in question.chunks})
    return assigned


def _part(question: Question, found: Set[Part]) -> Part:
    """Return the part of a question whose chunks are in these parts."""
    part = max(found, key=PROTECTION.index)
    if question.kind in PEOPLES:
        only_dev = found == {"dev"} and question.kind == "asked"  # a guess by the base model would speak for it
        return "train" if "train" in found else "dev" if only_dev else "gap"
    stray = part == "dev" and len(found) > 1
    return "gap" if stray or (part != "train" and question.kind in HEADINGS) else part


def keep_untested(
    questions: Sequence[Question], asked: Mapping[str, Part], near: Callable[[list[str], list[str]], Iterable[bool]]
) -> tuple[dict[str, Part], dict[str, int]]:
    """Put what people typed into the gap where it is nearly a question that is tested with.

    Args:
        questions: all questions.
        asked: the part of each question id.
        near: marks the texts that are nearly one of those that are tested with, given what people typed and the
            written test questions.

    Returns:
        The part of each question id, and how many of people's are in each part, `tested` for those that were put away
        here; nothing where there are none.
    """
    typed = [question for question in questions if question.kind in PEOPLES]
    if not typed:
        return dict(asked), {}
    tests = [question.text for question in questions if asked[question.id] == "test"]
    marked = zip(typed, near([question.text for question in typed], tests), strict=True)
    tested = {question.id for question, is_near in marked if is_near}
    parts = Counter("tested" if question.id in tested else asked[question.id] for question in typed)
    counts = {part: parts[part] for part in ("train", "dev", "gap", "tested")}
    return {**asked, **dict.fromkeys(tested, "gap")}, counts


def answers(
    questions: Sequence[Question], asked: Mapping[str, Part], parts: Mapping[str, Part], part: Part
) -> Iterator[tuple[str, str]]:
    """Yield the pairs (question id, chunk id) of a part; to train on, only those whose chunk is to be trained on."""
    for question in questions:
        if asked[question.id] == part:
            yield from ((question.id, chunk) for chunk in question.chunks if part != "train" or parts[chunk] == part)


def counts(
    chunks: Sequence[Chunk],
    divided: Mapping[str, Part],
    together: Mapping[str, Part],
    parts: Mapping[str, Part],
    asked: Mapping[str, Part],
) -> dict[str, Any]:
    """Count documents, chunks and questions of each part, and what was moved.

    Args:
        chunks: all chunks.
        divided: the part of each chunk id by its document alone.
        together: the same with near-duplicates in one part.
        parts: the same without text in two parts.
        asked: the part of each question id.
    """
    tables = {
        "documents": Counter(part for _, part in {(chunk.document, parts[chunk.id]) for chunk in chunks}),
        "chunks": Counter(parts.values()),
        "questions": Counter(asked.values()),
    }
    counted: dict[str, Any] = {name: {part: table[part] for part in get_args(Part)} for name, table in tables.items()}
    return counted | {
        "near_duplicates_moved": sum(divided[chunk] != together[chunk] for chunk in parts),
        "overlapping_left_out": sum(together[chunk] != parts[chunk] for chunk in parts),
        "chunks_without_place": sum(all(place.start >= place.end for place in chunk.places) for chunk in chunks),
    }


def refuse_empty_parts(asked: Mapping[str, Part]) -> None:
    """Raise a UserError where there is nothing to train on or nothing to test with."""
    for part in ("train", "test"):
        if part not in asked.values():
            raise UserError(
                f"no {part} questions among {len(asked)}: add documents, ask more questions per chunk, "
                "or change split.test_fraction, split.test_documents or split.seed"
            )
