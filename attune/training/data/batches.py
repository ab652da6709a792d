"""Which chunks stand in a batch with which questions, and which pairs of them say nothing.

A batch holds different chunks, each with all of its questions, so that a chunk is encoded once however many questions
it has. Everything is decided before training starts: the same data and seed give the same batches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Batch:
    """The questions and the chunks of one batch, longest first, so that parts of it hold little padding."""

    questions: tuple[str, ...]  # texts
    chunks: tuple[str, ...]  # ids


def _next(questions: Sequence[str], most: int | None, epoch: int) -> Sequence[str]:
    if most is None or len(questions) <= most:
        return questions
    return [questions[(epoch * most + number) % len(questions)] for number in range(most)]
