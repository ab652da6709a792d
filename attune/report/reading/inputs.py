"""What a report is made of: what the stages counted and measured, and the settings they ran with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from attune.core.errors import UserError
from attune.core.params import read_params
from attune.core.records import Chunk
from attune.evaluation.results import Count, MetricsPart, Results
from attune.report.reading.tables import Asked, Curves, Read

UNTRACKED = "runtime"  # the section of params.yaml that changes no result


class ChunkCounts(MetricsPart):
    """results/chunk/metrics.json."""

    documents: Count
    unreadable_documents: Count
    pages: Count
    pages_without_text: Count
    characters: Count  # letters and digits
    characters_in_chunks: Count
    characters_left_out: dict[str, Count]  # by reason
    chunks: Count
    duplicate_chunks_merged: Count


class TypedCounts(MetricsPart):
    """The table `people` of results/synthesize_questions/metrics.json: what people typed."""

    queries: Count
    asked: Count  # with a known answer
    guessed: Count  # with a known document
    unlabelled: Count
    with_personal_data: Count
    dropped: dict[str, Count]  # by reason


class QuestionCounts(MetricsPart):
    """results/synthesize_questions/metrics.json."""

    questions_written: Count
    questions_kept: Count
    dropped: dict[str, Count]  # by reason
    chunks_skipped: dict[str, Count] = Field(default_factory=dict)  # by reason
    kinds: dict[str, Count] = Field(default_factory=dict)  # of the questions kept, and headings of the documents
    people: TypedCounts | None = None  # None where data/queries is empty


class SplitCounts(MetricsPart):
    """results/split/metrics.json."""

    documents: dict[str, Count]  # by part; a document that is divided counts in each
    questions: dict[str, Count]
    people: dict[str, Count] = Field(default_factory=dict)  # of what people typed: by part, or `tested`


class FinetuneCounts(MetricsPart):
    """results/finetune/metrics.json."""

    train_pairs: Count
    dev_questions: Count


@dataclass(frozen=True)
class Inputs:
    """Everything that a report shows."""

    metrics: Results
    chunk: ChunkCounts
    documents: list[Read]
    questions: QuestionCounts
    split: SplitCounts
    finetune: FinetuneCounts
    synthetic: list[Asked]
    human: list[Asked]  # empty where there are no people's questions
    hit_rate: Curves
    ndcg: Curves
    weights: Curves
    loss: Curves
    dev: Curves
    corpus: Mapping[str, Chunk]
    settings: Mapping[str, Any]


def read_settings(path: Path) -> dict[str, Any]:
    """Read every section of params.yaml but `runtime`, as it stands there; the stages have checked it.

    Raises:
        UserError: the file is missing or not a table of sections.
    """
    sections = read_params(path)
    if not all(isinstance(section, dict) for section in sections.values()):
        raise UserError(f"{path}: a section is not a table; `git diff {path}` shows what changed")
    return {str(name): section for name, section in sections.items() if name != UNTRACKED}
