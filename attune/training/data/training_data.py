"""The training questions, joined with the chunks that answer them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from attune.core.beir import Chunk, Question
from attune.evaluation.fair import overlapping
from attune.questions.cleaning.headings import KINDS as HEADINGS
from attune.questions.cleaning.headings import passage_without
from attune.text.near_duplicates import near_duplicate_groups
from attune.training.data.batches import TrainingSet


def training_set(
    chunks: Sequence[Chunk], questions: Sequence[Question], relevant: Mapping[str, list[str]], similarity: float
) -> TrainingSet:
    """Join the training questions with their chunks, each without the headings that are asked of it.

    Raises:
        UserError: a question or a chunk does not exist.
    """
    asked = {question.id: question for question in questions}
    headings: defaultdict[str, set[str]] = defaultdict(set)
    for question, ids in relevant.items():
        if question in asked and asked[question].metadata.get("kind") in HEADINGS:
            for chunk in ids:
                headings[chunk].add(asked[question].text)
    trained = [replace(chunk, title="", text=passage_without(chunk, headings[chunk.id])) for chunk in chunks]
    neighbours = overlapping(chunks, np.arange(len(chunks)))
    return TrainingSet.build(
        trained,
        {question.id: question.text for question in questions},
        relevant,
        near_duplicate_groups([chunk.text for chunk in chunks], similarity),
        ((chunks[a].id, chunks[b].id) for a, others in neighbours.items() for b in others.tolist() if a < b),
        {},
    )
