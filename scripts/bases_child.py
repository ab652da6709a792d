"""One base model, trained and asked in processes of its own, so that what each takes is its own.

A process that was started reports at least the peak of the one that started it: so `scripts.bases`, which starts these,
loads no model.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

from attune.core.beir import read_corpus
from attune.core.errors import UserError
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
from scripts.beside import run_stage
from stages.finetune import CORPUS

UNIT = 2**20 if sys.platform == "darwin" else 2**10  # of ru_maxrss in a MiB
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


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


def apart(work: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
    """Do some work in a fresh process, and return or raise what it does.

    Raises:
        UserError: the process was ended.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(work, *arguments, **named).result()
        except BrokenProcessPool:
            raise UserError(
                "the process of this model was ended from outside, most often since memory ran out; take a smaller one"
            ) from None


def train(work: Path) -> tuple[float, float]:
    """Run the stage `finetune` in a folder; return its seconds and its peak memory in MiB.

    Raises:
        UserError: it failed.
    """
    seconds = run_stage(work, "finetune")
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / UNIT


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
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / UNIT
    return Asked(alone, fused, encoded.chunk_vectors.shape[1], spent, peak)
