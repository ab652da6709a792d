"""No text on both sides: what overlaps a chunk of a more protected part belongs to no part.

Consecutive chunks of a document share some text. That does no harm inside a part, but near-duplicates follow each other
into another part one by one, and leave their neighbours behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from attune.core.records import Chunk, Question
from attune.parts.assign import PROTECTION, Part
from attune.parts.questions import assign_questions
from attune.text.overlaps import overlapping


def keep_apart(
    chunks: Sequence[Chunk], questions: Sequence[Question], parts: Mapping[str, Part], groups: Mapping[str, int]
) -> dict[str, Part]:
    """Put chunks into the gap that share characters of a document with a more protected part.

    Protected are the chunks of test and of dev, and all that answer their questions. Near-duplicates of a chunk that
    goes hold most of the same text, so they go with it.

    Args:
        chunks: all chunks.
        questions: all questions.
        parts: the part of each chunk id, near-duplicates in one.
        groups: the group of near-duplicates of each chunk id.

    Returns:
        The part of each chunk id: as before, or `gap`. A chunk that does not say where it stands shares no text with
        any (see `overlapping`).

    Raises:
        UserError: a question names a chunk that is not in the corpus.
    """
    row = {chunk.id: number for number, chunk in enumerate(chunks)}
    result = dict(parts)
    for protected in ("test", "dev"):
        asked = assign_questions(questions, result)
        held = {chunk for chunk, part in result.items() if part == protected}
        held |= {chunk for question in questions if asked[question.id] == protected for chunk in question.chunks}
        near = overlapping(chunks, np.array(sorted(row[chunk] for chunk in held), dtype=np.int64))
        touched = held | {chunks[other].id for others in near.values() for other in others.tolist()}
        weaker = PROTECTION[1 : PROTECTION.index(protected)]
        leaving = {groups[chunk] for chunk in touched if result[chunk] in weaker}
        result |= {chunk: "gap" for chunk, part in result.items() if part in weaker and groups[chunk] in leaving}
    return result
