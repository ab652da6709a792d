"""One base model, trained and asked; `scripts.bases` lets each happen in a process of its own (see `apart.py`)."""

from __future__ import annotations

import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path

from attune.core.beir import read_corpus
from attune.core.params import BaseModelParams, RuntimeParams, load_params
from attune.evaluation.params import EvaluateParams
from attune.evaluation.results import DECIDES
from attune.evaluation.systems import Hybrids, encode_model
from attune.models.encode import set_up_torch
from attune.models.load import load_embedder, load_folder
from attune.models.prompts import set_prompts
from attune.search.bm25 import LexicalIndex
from attune.search.judged import JudgedQuestions
from attune.search.measures import DEPTH, Values, per_question
from scripts.apart import peak_mib
from scripts.beside import run_stage
from stages.finetune import CORPUS


@dataclass(frozen=True)
class Asked:
    """What came of asking a model.

    Attributes:
        alone: the measure that decides, of each question.
        fused: the same beside BM25.
        numbers: of a vector.
        milliseconds: of a text.
        mib: peak memory of the process, with the chunks and BM25's index in it.
    """

    alone: Values
    fused: Values
    numbers: int
    milliseconds: float
    mib: float


def train(work: Path) -> tuple[float, float]:
    """Run the stage `finetune` in a folder; return its seconds and its peak memory in MiB.

    Raises:
        UserError: it failed.
    """
    seconds = run_stage(work, "finetune")
    return seconds, peak_mib(resource.RUSAGE_CHILDREN)


def ask(project: Path, folder: Path | None, base: BaseModelParams, asked: JudgedQuestions) -> Asked:
    """Ask a model of a project: the one in `folder`, else the base model as it is.

    Raises:
        UserError: it cannot be loaded or asked.
    """
    os.chdir(project)
    runtime, params = load_params("runtime", RuntimeParams), load_params("evaluate", EvaluateParams)
    set_up_torch(runtime.threads, seed=0)
    chunks = read_corpus(CORPUS)
    hybrids = Hybrids(LexicalIndex([chunk.passage for chunk in chunks]), params.hybrid)
    model = load_folder(folder) if folder else load_embedder(base)
    set_prompts(model, base.name)
    start = time.perf_counter()
    encoded = encode_model(model, asked.texts, chunks, runtime.encode_batch_size, base.name)
    spent = 1000 * (time.perf_counter() - start) / (len(chunks) + len(asked))
    rankings = encoded.ranking(DEPTH), hybrids.ranking(encoded, base.name)
    alone, fused = (per_question(ranking.hits(asked.relevant), [DEPTH])[DECIDES] for ranking in rankings)
    return Asked(alone, fused, encoded.chunk_vectors.shape[1], spent, peak_mib(resource.RUSAGE_SELF))
