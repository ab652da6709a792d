"""What a linear map is learned from and chosen by: training, dev and general questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from attune.core.beir import read_qrels, read_queries
from attune.core.errors import UserError
from attune.core.records import Chunk
from attune.search.general_set import GeneralSet
from attune.search.judged import JudgedQuestions
from attune.statistics.clusters import clusters_of
from attune.text.overlaps import overlapping

MOST_QUESTIONS = 4096  # to learn from: more take minutes, and cost money at a server


@dataclass(frozen=True)
class Lessons:
    """Questions with their answers.

    Attributes:
        train: to learn from, each text once.
        alike: for each of these, chunks that are no wrong answers: near-duplicates of a right one, and those that
            overlap with it.
        dev: to choose by.
        clusters: the cluster of each dev question, as the verdict has them.
        general: what the map must not do worse on, and what judges that; see `GeneralSet.half`.
        left_out: how many training questions there are beyond `MOST_QUESTIONS`.
    """

    train: JudgedQuestions
    alike: list[set[str]]
    dev: JudgedQuestions
    clusters: Sequence[str]
    general: GeneralSet
    left_out: int = 0

    @property
    def texts(self) -> list[str]:
        """The questions whose vectors are needed beside those that test: of train, then of dev."""
        return [*self.train.texts, *self.dev.texts]

    @property
    def general_texts(self) -> list[str]:
        """The general questions: those that guard, then those that judge."""
        return [*self.general.half("guards").asked.texts, *self.general.half("judges").asked.texts]


def read_lessons(
    chunks: Sequence[Chunk], groups: Sequence[int], queries: Path, train: Path, dev: Path, general: GeneralSet
) -> Lessons:
    """Read the training and dev questions.

    Args:
        chunks: all chunks.
        groups: the number of the group of near-duplicates that each chunk belongs to.
        queries: the file of all questions.
        train: qrels of the training questions.
        dev: qrels of the dev questions.
        general: what the map must not do worse on.

    Raises:
        UserError: a file is missing or malformed, there are no such questions, or one does not exist.
    """
    texts = {question.id: question.text for question in read_queries(queries)}
    asked = {path: read_qrels(path) for path in (train, dev)}
    known = {chunk.id for chunk in chunks}
    for path, relevant in asked.items():
        if not relevant:
            raise UserError(
                f"{path} has no questions, and an adapter needs some to learn from and others to choose by; raise "
                "split.dev_fraction, add documents, or set evaluate.adapters to []"
            )
        for question, ids in relevant.items():
            if question not in texts or not known.issuperset(ids):
                raise UserError(f"{path}: question {question} or its chunk does not exist; run `dvc repro`")
    to_learn = _once(asked[train], texts)
    of_train = _judged(to_learn[:MOST_QUESTIONS])
    of_dev = JudgedQuestions(list(asked[dev]), [texts[q] for q in asked[dev]], list(asked[dev].values()))
    clusters, _ = clusters_of(of_dev.documents(chunks), [ids[0] for ids in of_dev.relevant])
    left_out = max(0, len(to_learn) - MOST_QUESTIONS)
    return Lessons(of_train, _alike(of_train.relevant, chunks, groups), of_dev, clusters, general, left_out)


def _once(relevant: Mapping[str, list[str]], texts: Mapping[str, str]) -> list[tuple[str, str, list[str]]]:
    """Return id, text and answers of each text, by the id: alone, each would take the others' chunks for wrong."""
    of_text: dict[str, tuple[str, dict[str, None]]] = {}
    for question in sorted(relevant):  # ids are hashes, so the first ones are as good as a random sample
        of_text.setdefault(texts[question], (question, {}))[1].update(dict.fromkeys(relevant[question]))
    return [(question, text, list(answers)) for text, (question, answers) in of_text.items()]


def _judged(rows: Sequence[tuple[str, str, list[str]]]) -> JudgedQuestions:
    return JudgedQuestions([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])


def _alike(relevant: Sequence[Sequence[str]], chunks: Sequence[Chunk], groups: Sequence[int]) -> list[set[str]]:
    place = {chunk.id: number for number, chunk in enumerate(chunks)}
    members: defaultdict[int, set[int]] = defaultdict(set)
    for number, group in enumerate(groups):
        members[group].add(number)
    right = [[place[id] for id in ids] for ids in relevant]
    near = overlapping(chunks, np.array(sorted({number for numbers in right for number in numbers}), dtype=np.int64))
    found = []
    for numbers in right:
        others = {other for number in numbers for other in (*members[groups[number]], *near[number].tolist())}
        found.append({chunks[other].id for other in others.difference(numbers)})
    return found
