"""A folder of queries, read against the lease of `lease.py`, without a model that could guess."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from attune.people.queries.answers import Rules
from attune.people.queries.questions import PeoplesQueries, questions_of_people
from attune.people.queries.read import read_log
from tests.support.lease import CHUNKS, IDS

RULES = Rules(min_clicks=1, min_share=0.5, max_per_chunk=16)


def put(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def no_model() -> NoReturn:
    raise AssertionError("nothing is to be guessed here")


def typed(folder: Path, files: Mapping[str, str | bytes], rules: Rules = RULES) -> PeoplesQueries:
    """What is read of the files, where no query is in a language that no document is in."""
    return questions_of_people(read_log(put(folder, files)), CHUNKS, lambda: lambda _: False, no_model, rules, 8)


def answers(found: PeoplesQueries) -> dict[str, list[int]]:
    """The places of the chunks that answer each query."""
    return {question.text: [IDS.index(chunk) for chunk in question.chunks] for question in found.labelled}
