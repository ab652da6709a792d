"""The training questions, joined with the chunks that answer them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from attune.core.errors import UserError
from attune.core.records import HEADINGS, Chunk, Question
from attune.search.overlaps import overlapping
from attune.text.heading_lines import as_heading, is_underline
from attune.text.words import words
from attune.training.data.batches import Batch, _next


@dataclass(frozen=True)
class TrainingSet:
    """The training questions and what is known of their chunks.

    Attributes:
        passages: the text that is embedded, for each chunk id.
        relevant: ids of the chunks that answer a question, for each question's text. Questions of the same text are
            one question: each alone would take the chunks of the others for wrong.
        groups: number of the group of near-duplicates, for each chunk id.
        neighbours: for each chunk id, the chunks of the same document whose text overlaps.
        negatives: hard negatives, for each chunk id: chunks that come into its batch in addition.
    """

    passages: Mapping[str, str]
    relevant: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, int]
    neighbours: Mapping[str, frozenset[str]]
    negatives: Mapping[str, tuple[str, ...]]

    @classmethod
    def build(
        cls,
        chunks: Sequence[Chunk],
        questions: Mapping[str, str],
        relevant: Mapping[str, Sequence[str]],
        groups: Sequence[int],
        overlaps: Iterable[tuple[str, str]],
        negatives: Mapping[str, Sequence[str]],
    ) -> TrainingSet:
        """Join what the files say.

        Args:
            chunks: all chunks.
            questions: text for each question id.
            relevant: ids of the relevant chunks, for each id of a training question.
            groups: number of the group of near-duplicates, for each of `chunks`.
            overlaps: pairs of ids of chunks with common text, each pair once, in any order.
            negatives: ids of hard negatives, for each chunk id that has some.

        Raises:
            UserError: a question or a chunk does not exist.
        """
        passages = {chunk.id: chunk.passage for chunk in chunks}
        of_text: dict[str, dict[str, None]] = defaultdict(dict)
        for question, ids in relevant.items():
            if question not in questions or not passages.keys() >= set(ids):
                raise UserError(f"training question {question} or its chunk does not exist; run `dvc repro`")
            of_text[questions[question]] |= dict.fromkeys(ids)
        neighbours: dict[str, set[str]] = defaultdict(set)
        for one, other in overlaps:
            neighbours[one].add(other)
            neighbours[other].add(one)
        return cls(
            passages,
            {text: tuple(ids) for text, ids in of_text.items()},
            dict(zip(passages, groups, strict=True)),
            {chunk: frozenset(others) for chunk, others in neighbours.items()},
            {chunk: tuple(others) for chunk, others in negatives.items()},
        )

    def labels(self, batch: Batch) -> dict[str, Tensor]:
        """Return which chunks of a batch answer its questions, and which must not count as wrong for them.

        Returns:
            `relevant` and `masked`, bools of shape (questions, chunks). Masked is what is not relevant itself, but a
            near-duplicate or an overlapping neighbour of a chunk that is, wherever that chunk is.
        """
        column = {chunk: place for place, chunk in enumerate(batch.chunks)}
        of_group: dict[int, list[int]] = defaultdict(list)
        for chunk, place in column.items():
            of_group[self.groups[chunk]].append(place)
        relevant = torch.zeros(len(batch.questions), len(batch.chunks), dtype=torch.bool)
        alike = torch.zeros_like(relevant)
        for row, question in enumerate(batch.questions):
            for chunk in self.relevant[question]:
                if chunk in column:
                    relevant[row, column[chunk]] = True
                overlapping = [column[other] for other in self.neighbours.get(chunk, ()) if other in column]
                alike[row, of_group[self.groups[chunk]] + overlapping] = True
        return {"relevant": relevant, "masked": alike & ~relevant}

    def plan(self, epochs: int, batch_size: int, questions_per_chunk: int | None, seed: int) -> list[list[Batch]]:
        """Return the batches of each epoch: equally many in each, of even size, without a small one at the end.

        Args:
            epochs: how often every chunk is shown.
            batch_size: chunks of a batch at most, hard negatives not counted.
            questions_per_chunk: at most so many questions of a chunk in an epoch, the next ones in the next; None for
                all.
            seed: of the order, which is another one in each epoch.

        Raises:
            UserError: fewer than two chunks have a question, so that there is nothing to tell apart.
        """
        places = [self._place(epoch) for epoch in range(epochs)]
        batches = -(-max(map(len, places)) // batch_size)
        if min(map(len, places)) < 2 * batches:  # questions crowd at few chunks in an epoch: leave them where they were
            places = places[:1] * epochs
            batches = -(-len(places[0]) // batch_size)
        if min(map(len, places)) < 2:
            raise UserError(
                f"{len(self.relevant)} training questions on {len(places[0])} chunks: too few to train on; "
                "add documents or questions per chunk"
            )
        plans = []
        for epoch, placed in enumerate(places):
            asked = {chunk: _next(placed[chunk], questions_per_chunk, epoch) for chunk in sorted(placed)}
            names = list(asked)
            order = [names[number] for number in np.random.default_rng([seed, epoch]).permutation(len(names))]
            bounds = [len(order) * number // batches for number in range(batches + 1)]
            plans.append([self._batch(order[a:b], asked) for a, b in pairwise(bounds)])
        return plans

    def _place(self, epoch: int) -> dict[str, list[str]]:
        """Give each question to one of its chunks, in turn over the epochs, and return the questions of the chunks."""
        placed: dict[str, list[str]] = defaultdict(list)
        for number, (question, chunks) in enumerate(self.relevant.items()):
            placed[chunks[(number + epoch) % len(chunks)]].append(question)
        return placed

    def _batch(self, chunks: Sequence[str], asked: Mapping[str, Sequence[str]]) -> Batch:
        questions = [question for chunk in chunks for question in asked[chunk]]
        columns = dict.fromkeys([*chunks, *(other for chunk in chunks for other in self.negatives.get(chunk, ()))])
        return Batch(
            tuple(sorted(questions, key=lambda text: (-len(text), text))),
            tuple(sorted(columns, key=lambda chunk: (-len(self.passages[chunk]), chunk))),
        )


def training_set(
    chunks: Sequence[Chunk], questions: Sequence[Question], relevant: Mapping[str, list[str]], groups: Sequence[int]
) -> TrainingSet:
    """Join the training questions with their chunks, each without the headings that are asked of it.

    Raises:
        UserError: a question or a chunk does not exist.
    """
    asked = {question.id: question for question in questions}
    headings: defaultdict[str, set[str]] = defaultdict(set)
    for question, ids in relevant.items():
        if question in asked and asked[question].kind in HEADINGS:
            for chunk in ids:
                headings[chunk].add(asked[question].text)
    trained = [replace(chunk, title="", text=passage_without(chunk, headings[chunk.id])) for chunk in chunks]
    neighbours = overlapping(chunks, np.arange(len(chunks)))
    return TrainingSet.build(
        trained,
        {question.id: question.text for question in questions},
        relevant,
        groups,
        ((chunks[a].id, chunks[b].id) for a, others in neighbours.items() for b in others.tolist() if a < b),
        {},
    )


def passage_without(chunk: Chunk, headings: Collection[str]) -> str:
    """Return what the model is trained to find: the chunk's passage without the headings that are asked for it.

    Where nothing else is in the passage, it stays whole.
    """
    if not headings:
        return chunk.passage
    lines = chunk.text.split("\n")
    asked = [(found := as_heading(line.rstrip())) is not None and found[0] in headings for line in lines]
    kept = [
        line
        for line, gone, above in zip(lines, asked, [False, *asked], strict=False)
        if not gone and not (above and is_underline(line.strip()))
    ]
    title = "" if chunk.document_title in headings else chunk.title
    shortened = Chunk(chunk.id, title, "\n".join(kept).strip())
    return shortened.passage if words(shortened.text) else chunk.passage
