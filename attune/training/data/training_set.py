"""The training questions, joined with the chunks that answer them, and what is known of those."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from attune.core.errors import UserError
from attune.core.records import HEADINGS, LEAD, Chunk, Question
from attune.text.heading_lines import as_heading
from attune.text.marked_headings import without_headings
from attune.text.overlaps import overlapping
from attune.text.words import words
from attune.training.data.fixed_chunks import reserved_chunks
from attune.training.data.plausible import plausible_answers


@dataclass(frozen=True)
class TrainingSet:
    """The training questions and what is known of their chunks.

    Attributes:
        passages: the text that is embedded, for each chunk id.
        relevant: ids of the chunks that answer a question, for each question's text. Questions of the same text are
            one question: each alone would take the chunks of the others for wrong.
        groups: number of the group of near-duplicates, for each chunk id.
        neighbours: for each chunk id, the chunks of the same document whose text overlaps.
        plausible: ids of chunks that may answer a question as well, for each question's text that has some; see
            `plausible_answers`.
        negatives: hard negatives, for each chunk id: chunks that come into its batch in addition.
        reserved: ids of the chunks that training must not see; see `reserved_chunks`.
    """

    passages: Mapping[str, str]
    relevant: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, int]
    neighbours: Mapping[str, frozenset[str]]
    plausible: Mapping[str, frozenset[str]]
    negatives: Mapping[str, tuple[str, ...]]
    reserved: frozenset[str] = frozenset()

    @classmethod
    def build(
        cls,
        chunks: Sequence[Chunk],
        questions: Mapping[str, str],
        relevant: Mapping[str, Sequence[str]],
        groups: Sequence[int],
        overlaps: Iterable[tuple[str, str]],
    ) -> TrainingSet:
        """Join what the files say, without hard negatives and plausible answers, which are looked for.

        Args:
            chunks: all chunks.
            questions: text for each question id.
            relevant: ids of the relevant chunks, for each id of a training question.
            groups: number of the group of near-duplicates, for each of `chunks`.
            overlaps: pairs of ids of chunks with common text, each pair once, in any order.

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
            {},
            {},
        )

    def may_answer(self, question: str, chunk: str) -> bool:
        """Tell whether a chunk is relevant, like a relevant one, or plausible: whatever must not count as wrong."""
        return chunk in self.plausible.get(question, ()) or any(
            chunk == other or self.groups[chunk] == self.groups[other] or chunk in self.neighbours.get(other, ())
            for other in self.relevant[question]
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
    data = TrainingSet.build(
        trained,
        {question.id: question.text for question in questions},
        relevant,
        groups,
        ((chunks[a].id, chunks[b].id) for a, others in neighbours.items() for b in others.tolist() if a < b),
    )
    # the other chunks of a title's document answer it as well, and those of a guessed one may
    titles = {asked[question].text for question in relevant if asked[question].kind in ("title", "guessed")}
    return replace(
        data,
        plausible=plausible_answers(chunks, data.relevant, titles),
        reserved=reserved_chunks(chunks, questions, relevant, data.groups, data.neighbours),
    )


def passage_without(chunk: Chunk, headings: Collection[str]) -> str:
    """Return what the model is trained to find: the chunk's passage without the headings that are asked for it.

    Where nothing else is in the passage, it stays whole.
    """
    if not headings:
        return chunk.passage
    text = without_headings(chunk.text, chunk.marks, headings)
    title = LEAD.join(part for part in chunk.title.split(LEAD) if not _is_asked(part, chunk, headings))
    shortened = Chunk(chunk.id, title, text)
    return shortened.passage if words(shortened.text) else chunk.passage


def _is_asked(part: str, chunk: Chunk, headings: Collection[str]) -> bool:
    """Tell whether a part of a chunk's title, the document's title perhaps cut, is asked for."""
    if chunk.document_title in headings and chunk.document_title.startswith(part):
        return True
    found = as_heading(part)
    return part in headings or (found is not None and found[0] in headings)
