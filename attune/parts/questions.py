"""The questions of each part, and what the stage counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from attune.core.errors import UserError
from attune.core.records import HEADINGS, Chunk, Question
from attune.parts.assign import PROTECTION, Part


def assign_questions(questions: Sequence[Question], parts: Mapping[str, Part]) -> dict[str, Part]:
    """Assign each question to the part of its chunk, or the most protected part of its chunks.

    A question of dev that a chunk outside dev answers as well is in the gap. Headings are trained on and never tested
    with: they stand in their chunk word for word, so any model finds them.

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
        found = {parts[chunk] for chunk in question.chunks}
        part = max(found, key=PROTECTION.index)
        stray = part == "dev" and len(found) > 1
        assigned[question.id] = "gap" if stray or (part != "train" and question.kind in HEADINGS) else part
    return assigned


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
