"""Hard negatives: chunks that are nearly right for a question, but wrong.

They are what the base model finds before training, among the chunks of the training questions alone, so that nothing of
the test is seen.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import torch

from attune.search.ask import EncodedSet
from attune.search.ranking import rank
from attune.training.data.training_set import TrainingSet

CANDIDATES = 50  # of the chunks most similar to a question, those looked at


def hard_negatives(data: TrainingSet, encoded: EncodedSet, count: int, margin: float) -> TrainingSet:
    """Give each chunk other chunks that its questions find nearly as similar, as further wrong answers.

    Too similar a chunk may be a right answer that nobody has marked, so only those below a share of the right one's
    similarity are taken (NV-Retriever: Moreira et al. 2024, arXiv 2407.15831, section 3.2, there 0.95). What may
    answer the question is never taken: near-duplicates and overlapping neighbours of the chunk, and plausible answers.

    Args:
        data: the training set.
        encoded: the same, or more, for the base model.
        count: negatives of a chunk at most.
        margin: share of the similarity of the right chunk.
    """
    row = {question: place for place, question in enumerate(encoded.questions)}
    column = {chunk: place for place, chunk in enumerate(encoded.chunks)}
    questions = list(data.relevant)
    asked = encoded.question_vectors[[row[question] for question in questions]]
    ranked = rank(encoded.similarity, asked, encoded.chunk_vectors, encoded.chunks, CANDIDATES)
    found: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for question, vector, places in zip(questions, asked, ranked, strict=True):
        right = [column[chunk] for chunk in data.relevant[question]]
        scores = encoded.similarity(vector[None], encoded.chunk_vectors[torch.tensor([*right, *places])])[0].tolist()
        highest = margin * min(scores[: len(right)])
        wrong = [
            (encoded.chunks[place], score)
            for place, score in zip(places.tolist(), scores[len(right) :], strict=True)
            if score < highest and not data.may_answer(question, encoded.chunks[place])
        ]
        for chunk in data.relevant[question]:
            for name, score in wrong[:count]:
                found[chunk][name] = max(score, found[chunk].get(name, score))
    best = {
        chunk: tuple(sorted(others, key=lambda name: (-others[name], name))[:count]) for chunk, others in found.items()
    }
    return replace(data, negatives=best)
