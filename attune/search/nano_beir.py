"""A general set from the Hugging Face hub, in the form of NanoBEIR."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attune.core.errors import UserError, one_line
from attune.core.records import Chunk, Question
from attune.models.locate import fetch

HUB_NAME = re.compile(r"([\w.-]+/[\w.-]+)(?:/([\w.-]+))?@([0-9a-f]{40})")


def read_hub_set(
    name: str, repository: str, split: str, revision: str
) -> tuple[list[Chunk], list[Question], dict[str, list[str]]]:
    """Fetch a data set; return its chunks, its questions, and the ids of the chunks that answer each question.

    Raises:
        UserError: it cannot be fetched, or has another form.
    """
    # `load_dataset` would fetch it too, but without a network it takes whatever revision it met last
    instead = "; where there is no hub, name a folder such as data/general"
    folder = fetch(f"the general set '{name}'", repository, revision, "dataset", instead)
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
    return chunks, questions, relevant


def _rows(name: str, folder: Path, subset: str, split: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    from datasets import disable_progress_bars, load_dataset
    from datasets.exceptions import DatasetsError

    disable_progress_bars()  # the rows are there in a moment
    try:
        rows = load_dataset(str(folder), subset, split=split)
    except (OSError, ValueError, RuntimeError, DatasetsError) as error:
        raise UserError(
            f"the general set '{name}' has no readable subset '{subset}' with the split '{split}' ({one_line(error)}); "
            "expected the form of NanoBEIR; a split other than 'train' is named as organisation/name/split@commit"
        ) from None
    if missing := [column for column in columns if column not in rows.column_names]:
        raise UserError(f"the general set '{name}' has no column '{missing[0]}' in '{subset}'; expected {columns}")
    return list(rows)
