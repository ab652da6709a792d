"""The two forms of people's questions: a table of questions and places, and a data set in the format of BEIR."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attune.core.beir import QRELS_HEADER, read_queries
from attune.core.errors import UserError
from attune.core.records import Pages, Question, content_id
from attune.people.places.document_names import NotFound
from attune.people.places.evidence import Evidence
from attune.people.spreadsheet import Cells, pages_of, read_table

TABLE = "questions.csv"
QUERIES, CORPUS, QRELS = "queries.jsonl", "corpus.jsonl", ("qrels.tsv", "qrels/test.tsv")
SCORE = re.compile(r"-?\d+")


@dataclass(frozen=True)
class Judgement:
    """A place that answers a question: the numbers of its chunks, or the reason why there are none."""

    question: Question
    relevant: set[int]
    reason: str = ""


def from_table(folder: Path, evidence: Evidence) -> Iterator[Judgement]:
    """Read questions.csv, if there is one: question, file, and a page, a quote or both in each row.

    Raises:
        UserError: it is malformed.
    """
    if (folder / TABLE).exists():
        for where, row in read_table(folder / TABLE, ("question", "file"), ("page", "quote")):
            text = " ".join(row["question"].split())
            pages, quote = _checked(where, row)
            question = Question(content_id(text), text)
            if quote or not pages:
                yield _judged(question, where, evidence.holding, quote, row["file"], pages)
            else:
                yield _judged(question, where, evidence.on_pages, row["file"], pages)


def _checked(where: str, row: Cells) -> tuple[Pages | None, str]:
    page, quote = row.get("page", ""), row.get("quote", "")
    for column in ("question", "file"):
        if not row[column]:
            raise UserError(f"{where}: the cell '{column}' is empty; expected one question and one file in every row")
    if not page and not quote:
        raise UserError(
            f"{where}: neither a page nor a quote; expected what answers '{row['question']}' in one of them"
        )
    return pages_of(where, page), quote


def from_beir(folder: Path, evidence: Evidence) -> Iterator[Judgement]:
    """Read queries.jsonl and the qrels, if they are there, and corpus.jsonl, if it is.

    Raises:
        UserError: one of them is malformed or missing, or a question is judged that does not exist.
    """
    queries, corpus = folder / QUERIES, folder / CORPUS
    tables = [folder / name for name in QRELS if (folder / name).exists()]
    if not queries.exists() and not corpus.exists() and not tables:
        return
    if not queries.exists():
        raise UserError(f"{queries} does not exist, but {(tables or [corpus])[0]} does; expected the questions in it")
    if len(tables) != 1:
        found = "both exist" if tables else "do not exist"
        raise UserError(f"{' and '.join(str(folder / name) for name in QRELS)} {found}; expected one of them")
    questions, texts = _read(queries), _read(corpus) if corpus.exists() else {}
    judged = set()
    for where, row in read_table(tables[0], QRELS_HEADER):
        id_, name, score = (row[column] for column in QRELS_HEADER)
        if id_ not in questions:
            raise UserError(f"{where}: question '{id_}' is not in {queries}")
        if not SCORE.fullmatch(score):
            raise UserError(f"{where}: the score is '{score}'; expected an integer, above 0 where the text is relevant")
        if int(score) > 0:
            judged.add(id_)
            yield _judged(questions[id_], where, _named, evidence, name, texts)
    for id_, question in questions.items():
        if id_ not in judged:
            yield Judgement(question, set(), f"{queries}: no row of {tables[0]} gives '{id_}' a score above 0")


def _read(path: Path) -> dict[str, Question]:
    """Read the rows of queries.jsonl or corpus.jsonl, which have an id and a text alike."""
    rows: dict[str, Question] = {}
    for row in read_queries(path):
        if rows.setdefault(row.id, row).text != row.text:
            raise UserError(f"{path}: two rows have the _id '{row.id}' and different texts; expected one")
    return rows


def _named(evidence: Evidence, name: str, texts: dict[str, Question]) -> set[int]:
    if chunk := evidence.chunk(name):
        return chunk
    if name in texts:
        return evidence.holding(texts[name].text)
    try:
        return evidence.all_of(name)
    except NotFound as error:
        raise NotFound(
            f"'{name}' is no chunk of today and no _id in {CORPUS}, which keeps the texts of chunks that were judged; "
            f"and {error}"
        ) from None


def _judged(question: Question, where: str, find: Callable[..., set[int]], *pointed_at: Any) -> Judgement:
    try:
        return Judgement(question, find(*pointed_at))
    except NotFound as reason:
        return Judgement(question, set(), f"{where}: {reason}")
