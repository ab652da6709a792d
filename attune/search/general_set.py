"""Text and questions that have nothing to do with the user's documents: a general set.

Either a folder in the format of BEIR, such as data/general, or a data set of the Hugging Face hub in the form of
NanoBEIR: the subsets `corpus`, `queries` and `qrels`, each with a split that is called `train` in the collection of
zeta-alpha-ai, and like the set in sentence-transformers/NanoBEIR-en.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from attune.core.beir import read_corpus, read_qrels, read_queries
from attune.core.errors import UserError
from attune.core.records import Chunk, Question, content_id
from attune.search.judged import JudgedQuestions
from attune.search.nano_beir import HUB_NAME, read_hub_set

FILES = ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv")
FEWEST_CHUNKS = 3  # with fewer, none has a neighbour to lose

FieldOrChunk = Literal["field", "chunk"]
Half = Literal["guards", "judges"]


@dataclass(frozen=True)
class GeneralSet:
    """Questions on general subjects, and the chunks that they are asked of.

    `clusters` holds a label for each question; those of one cluster may succeed and fail together. It is the `field` in
    the question's metadata, or the first chunk that answers it where a question has no field.
    """

    asked: JudgedQuestions
    chunks: list[Chunk]
    clusters: list[str]
    clustered_by: FieldOrChunk

    def half(self, which: Half) -> GeneralSet:
        """Return the set with the questions of every other cluster, asked of all chunks.

        One half guards the training, the other judges what came of it: a model that was chosen because it did well on
        some questions does so on them. Where all questions are of one cluster, they are divided by the chunk that
        answers them; of a single question the judging half has it.
        """
        labels = self.clusters if len(set(self.clusters)) > 1 else [answers[0] for answers in self.asked.relevant]
        chosen = set(sorted(set(labels), key=content_id)[which == "guards" :: 2])
        rows = [row for row, label in enumerate(labels) if label in chosen]
        whole = self.asked
        ids, texts = ([column[row] for row in rows] for column in (whole.ids, whole.texts))
        part = JudgedQuestions(ids, texts, [whole.relevant[row] for row in rows])
        return replace(self, asked=part, clusters=[self.clusters[row] for row in rows])


def load_set(name: str) -> GeneralSet:
    """Load a folder, or `organisation/name@commit` or `organisation/name/split@commit` of the hub.

    Raises:
        UserError: there is no such set, it is malformed, has no fixed revision, or cannot be fetched.
    """
    if Path(name).is_dir():
        return _from_folder(Path(name))
    found = HUB_NAME.fullmatch(name)
    if found is None:
        raise UserError(
            f"no general set '{name}': expected a folder, or a data set of the Hugging Face hub as "
            "organisation/name@commit or organisation/name/split@commit; copy the commit hash (40 hexadecimal digits), "
            "which pins its content, from the data set's page on the hub"
        )
    return _assemble(name, *read_hub_set(name, found[1], found[2] or "train", found[3]))


def _from_folder(folder: Path) -> GeneralSet:
    for file in FILES:
        if not (folder / file).is_file() or not (folder / file).stat().st_size:
            raise UserError(f"the general set {folder} has no {file}, or an empty one; expected {', '.join(FILES)}")
    corpus, queries, qrels = (folder / file for file in FILES)
    return _assemble(str(folder), read_corpus(corpus), read_queries(queries), read_qrels(qrels))


def _assemble(name: str, chunks: list[Chunk], questions: list[Question], relevant: dict[str, list[str]]) -> GeneralSet:
    known, asked = {chunk.id for chunk in chunks}, {question.id: question for question in questions}
    if len(known) < len(chunks) or len(asked) < len(questions):
        raise UserError(
            f"the general set '{name}' holds an _id twice; expected each chunk and question to have its own"
        )
    if len(chunks) < FEWEST_CHUNKS or not relevant:
        raise UserError(
            f"the general set '{name}' holds {len(chunks)} chunks and {len(relevant)} questions with an answer; "
            "expected hundreds of both"
        )
    for question, answers in relevant.items():
        if question not in asked or not known.issuperset(answers):
            raise UserError(
                f"the general set '{name}': its qrels name the question {question} and the chunks {', '.join(answers)}"
                "; one of these does not exist"
            )
    once = [list(dict.fromkeys(answers)) for answers in relevant.values()]  # a pair judged twice is one answer
    test = JudgedQuestions(list(relevant), [asked[question].text for question in relevant], once)
    fields = [asked[question].metadata.get("field") for question in relevant]
    if all(fields):
        return GeneralSet(test, chunks, [str(field) for field in fields], "field")
    return GeneralSet(test, chunks, [answers[0] for answers in test.relevant], "chunk")
