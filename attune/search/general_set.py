"""Text and questions that have nothing to do with the user's documents: a general set.

Either a folder in the format of BEIR, such as data/general, or a data set of the Hugging Face hub in the form of
NanoBEIR: the subsets `corpus`, `queries` and `qrels`, each with a split that is called `train` in the collection of
zeta-alpha-ai, and like the set in sentence-transformers/NanoBEIR-en.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from attune.core.beir import Chunk, Question, read_corpus, read_qrels, read_queries
from attune.core.errors import UserError
from attune.search.judged import TestSet

FILES = ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv")
HUB_NAME = re.compile(r"([\w.-]+/[\w.-]+)(?:/([\w.-]+))?@([0-9a-f]{40})")
FEWEST_CHUNKS = 3  # with fewer, none has a neighbour to lose

ClusteredBy = Literal["field", "chunk"]


@dataclass(frozen=True)
class GeneralSet:
    """Questions on general subjects, and the chunks that they are asked of.

    `clusters` holds a label for each question; those of one cluster may succeed and fail together. It is the `field` in
    the question's metadata, or the first chunk that answers it where a question has no field.
    """

    asked: TestSet
    chunks: list[Chunk]
    clusters: list[str]
    clustered_by: ClusteredBy


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
    return _from_hub(name, _download(name, found[1], found[3]), found[2] or "train")


def _from_folder(folder: Path) -> GeneralSet:
    for file in FILES:
        if not (folder / file).is_file() or not (folder / file).stat().st_size:
            raise UserError(f"the general set {folder} has no {file}, or an empty one; expected {', '.join(FILES)}")
    corpus, queries, qrels = (folder / file for file in FILES)
    return _assemble(str(folder), read_corpus(corpus), read_queries(queries), read_qrels(qrels))


def _download(name: str, repository: str, revision: str) -> Path:
    """Fetch a data set, or find it where it was fetched before.

    `load_dataset` would fetch it too, but without a network it takes whatever revision it met last.
    """
    from httpx2 import HTTPError
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(repository, repo_type="dataset", revision=revision))
    except (OSError, ValueError, HTTPError) as error:
        raise UserError(
            f"cannot fetch the general set '{name}' ({_line(error)}); check name and commit; the hub is needed once, "
            "and HF_HUB_OFFLINE must not be set then; where there is no hub, name a folder such as data/general"
        ) from None


def _from_hub(name: str, folder: Path, split: str) -> GeneralSet:
    corpus = _rows(name, folder, "corpus", split, ("_id", "text"))
    queries = _rows(name, folder, "queries", split, ("_id", "text"))
    relevant: dict[str, list[str]] = {}
    for row in _rows(name, folder, "qrels", split, ("query-id", "corpus-id")):
        answers, score = row["corpus-id"], row.get("score", 1)  # NanoBEIR holds relevant pairs only, and no scores
        if not isinstance(score, int | float):
            raise UserError(f"the general set '{name}' holds the score {score!r} in 'qrels'; expected a number")
        if score > 0:
            # a list in the sets that hold one row for each question
            relevant.setdefault(row["query-id"], []).extend(answers if isinstance(answers, list) else [answers])
    # empty texts are passed over, as sentence-transformers' NanoBEIREvaluator does
    chunks = [Chunk(row["_id"], row.get("title") or "", row["text"]) for row in corpus if row["text"]]
    questions = [Question(row["_id"], row["text"]) for row in queries if row["text"]]
    return _assemble(name, chunks, questions, relevant)


def _rows(name: str, folder: Path, subset: str, split: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    from datasets import disable_progress_bars, load_dataset
    from datasets.exceptions import DatasetsError

    disable_progress_bars()  # the rows are there in a moment
    try:
        rows = load_dataset(str(folder), subset, split=split)
    except (OSError, ValueError, RuntimeError, DatasetsError) as error:
        raise UserError(
            f"the general set '{name}' has no readable subset '{subset}' with the split '{split}' ({_line(error)}); "
            "expected the form of NanoBEIR; a split other than 'train' is named as organisation/name/split@commit"
        ) from None
    if missing := [column for column in columns if column not in rows.column_names]:
        raise UserError(f"the general set '{name}' has no column '{missing[0]}' in '{subset}'; expected {columns}")
    return list(rows)


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
    test = TestSet(list(relevant), [asked[question].text for question in relevant], once)
    fields = [asked[question].metadata.get("field") for question in relevant]
    if all(fields):
        return GeneralSet(test, chunks, [str(field) for field in fields], "field")
    return GeneralSet(test, chunks, [answers[0] for answers in test.relevant], "chunk")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
