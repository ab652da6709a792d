"""People's own questions in data/human, and the chunks that answer them today; data/human/README.md is the format."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from attune.core.records import Chunk
from attune.people.human.judgements import CORPUS, QRELS, QUERIES, TABLE, Judgement, from_beir, from_table
from attune.people.places.evidence import Evidence

FORMAT = "README.md"
SHOWN = 10  # warnings of one kind


@dataclass(frozen=True)
class Unmapped:
    """A question, and why what it points at leads to no chunk: a reason for each place, with file and line."""

    id: str
    text: str
    reasons: list[str]


@dataclass(frozen=True)
class PeoplesQuestions:
    """People's questions, sorted by id; all lists are empty where there are none.

    `relevant[i]` are the ids of the chunks that answer question `ids[i]`, in the order of the chunks. `unmapped` are
    the questions that no chunk is known to answer, which are not among `ids`; `incomplete` are those among `ids` that
    also point at places that lead to no chunk.
    """

    ids: list[str]
    texts: list[str]
    relevant: list[list[str]]
    unmapped: list[Unmapped]
    incomplete: list[Unmapped]


def read_human(folder: Path, chunks: Sequence[Chunk]) -> PeoplesQuestions:
    """Read people's questions, in either form or both, and find the chunks that hold what they point at.

    Files that nobody reads, questions left out and places left out are named on standard error.

    Raises:
        UserError: a file is malformed, or one that it needs is missing.
    """
    for name in _unread(folder):
        print(f"warning: {folder / name} is not read; {folder / FORMAT} tells what is", file=sys.stderr)
    judgements: list[Judgement] = []
    if any((folder / name).exists() for name in (TABLE, QUERIES, CORPUS, *QRELS)):
        evidence = Evidence(chunks)
        judgements = [*from_table(folder, evidence), *from_beir(folder, evidence)]
    questions = _gathered(judgements, chunks)
    _warn("left out", questions.unmapped)
    _warn("kept without one of its places", questions.incomplete)
    return questions


def _unread(folder: Path) -> Iterator[str]:
    known = {FORMAT, TABLE, QUERIES, CORPUS, *(Path(name).parts[0] for name in QRELS)}
    for file in sorted(folder.iterdir()) if folder.is_dir() else []:
        if file.name not in known and not file.name.startswith(".") and file.suffix != ".dvc":
            yield file.name


def _gathered(judgements: list[Judgement], chunks: Sequence[Chunk]) -> PeoplesQuestions:
    texts = {judgement.question.id: judgement.question.text for judgement in judgements}
    relevant: dict[str, set[int]] = {question: set() for question in sorted(texts)}
    reasons: dict[str, list[str]] = {question: [] for question in relevant}
    for judgement in judgements:
        relevant[judgement.question.id] |= judgement.relevant
        if judgement.reason:
            reasons[judgement.question.id].append(judgement.reason)
    ids = [question for question, found in relevant.items() if found]
    lost = [Unmapped(question, texts[question], found) for question, found in reasons.items() if found]
    return PeoplesQuestions(
        ids,
        [texts[question] for question in ids],
        [[chunks[number].id for number in sorted(relevant[question])] for question in ids],
        [question for question in lost if not relevant[question.id]],
        [question for question in lost if relevant[question.id]],
    )


def _warn(what: str, questions: list[Unmapped]) -> None:
    for question in questions[:SHOWN]:
        print(f"warning: question {what}: '{question.text}' ({'; '.join(question.reasons)})", file=sys.stderr)
    if len(questions) > SHOWN:
        print(f"warning: {len(questions) - SHOWN} more questions {what}", file=sys.stderr)
