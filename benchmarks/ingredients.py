"""What carries over from written questions to people's? One change of the training at a time, alone and in a hybrid.

Each WORK is a folder that `benchmarks.people --keep` or `benchmarks.seed --keep` has left: chunks, questions, their
split, and people's questions where there are some. Chunks that nothing is written about are searched, not trained
on. A row of `ROWS` is the usual recipe with one thing changed. Each is
trained for all its epochs, and every state on the way (`STATES`: epoch, and how far from the base model) is asked the
dev questions, the written test questions and people's, by vectors alone and beside BM25. What each question gave goes
to OUT as JSON, from which `benchmarks.carry_over` prints tables; what is there is not trained again.

The plan, written down on 2026-11-30 before the first run: nDCG@10; cacm, cisi and mtrag; all rows with seed 42, then
the usual recipe and the best row with 43 and 44; collections pooled over their questions, with intervals over their
clusters; a row is better where its difference from the usual recipe, whole way and last epoch, has an interval above
zero, alone or in the hybrid, and none below. Computed in bfloat16 (autocast), which moves nDCG by some thousandths.

Usage: python -m benchmarks.ingredients WORK [WORK ...] --out OUT [--rows NAME ...] [--seeds 42 ...]
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import chdir
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import TrainerCallback

from attune.choice.interpolation import State, interpolate, snapshot
from attune.core.beir import read_corpus, read_groups, read_qrels, read_queries
from attune.core.params import BaseModelParams, load_params
from attune.core.records import Chunk
from attune.evaluation.systems import search_bm25
from attune.models.encode import set_up_torch
from attune.models.load import load_embedder
from attune.models.prompts import set_prompts
from attune.people.human.questions import read_human
from attune.search.ask import EncodedSet
from attune.search.bm25 import LexicalIndex
from attune.search.fusion import rank_fused
from attune.search.judged import JudgedQuestions
from attune.search.measures import ndcg
from attune.statistics.clusters import clusters_of
from attune.training.data.training_set import TrainingSet, training_set
from attune.training.loop import trainer
from attune.training.params import FinetuneParams
from benchmarks.changes import Change, batches_of_alike, by_knobs, hybrid_teacher, lexical_expert, lexical_negatives
from scripts.pipeline import CORPUS, GROUPS, QRELS, QUERIES, ROOT

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

STATES = ((1, 1.0), (3, 0.5), (3, 1.0), (3, 1.5))
WEIGHT, DEPTH, BATCH = 0.7, 10, 32
WRITTEN = ("full", "hurried", "keywords")


@dataclass(frozen=True)
class Row:
    """What is changed: knobs of `finetune`, which kinds of questions are left out, and what no knob is there for."""

    knobs: Mapping[str, Any] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    change: Change | None = None


ROWS = {
    "usual": Row(),
    "larger steps": Row({"learning_rate": 6.0e-5, "batch_size": 32}),
    "gentler steps": Row({"learning_rate": 1.0e-5}),
    "symmetric": Row({"symmetric": True}),
    "questions alone": Row(without=frozenset({"keywords", "title", "heading", "caption"})),
    "no titles, headings": Row(without=frozenset({"title", "heading", "caption"})),
    "hard negatives": Row({"hard_negatives": 1}),
    "hard negatives of BM25": Row(change=lexical_negatives),
    "lexical expert 2": Row(change=lexical_expert(2.0)),
    "lexical expert 6": Row(change=lexical_expert(6.0)),
    "hybrid teacher": Row({"teacher_weight": 0.5}, change=hybrid_teacher(WEIGHT, 0.05)),
    "batches of alike": Row(change=batches_of_alike),
}


@dataclass(frozen=True)
class Collection:
    """What a folder holds: chunks, training questions with their kinds, and the sets that are asked."""

    chunks: list[Chunk]
    training: Callable[[frozenset[str]], TrainingSet]
    asked: Mapping[str, JudgedQuestions]

    @classmethod
    def read(cls, work: Path) -> Collection:
        """Read the folder of a run."""
        chunks, questions = read_corpus(work / CORPUS), read_queries(work / QUERIES)
        groups = read_groups(work / GROUPS, chunks)
        texts = {question.id: question.text for question in questions}
        kinds = {question.id: question.kind for question in questions}
        written = {chunk for question in questions if question.kind in WRITTEN for chunk in question.chunks}
        parts = {part: read_qrels(work / QRELS / f"{part}.tsv") for part in ("train", "dev", "test")}

        def training(without: frozenset[str]) -> TrainingSet:
            kept = {q: ids for q, ids in parts["train"].items() if kinds[q] not in without and written.issuperset(ids)}
            return training_set(chunks, questions, kept, groups)

        asked = {
            name: JudgedQuestions(list(part), [texts[question] for question in part], list(part.values()))
            for name, part in parts.items()
            if name != "train"
        }
        with chdir(work):
            human = read_human(Path("data/human"), chunks)
        if human.ids:
            asked["people"] = JudgedQuestions(human.ids, human.texts, human.relevant)
        return cls(chunks, training, asked)

    def measure(self, model: SentenceTransformer, lexical: LexicalIndex) -> dict[str, dict[str, list[float]]]:
        """Return nDCG@10 of each question of each set, by vectors alone and beside BM25."""
        passages = {chunk.id: chunk.passage for chunk in self.chunks}
        texts = [text for questions in self.asked.values() for text in questions.texts]
        with torch.autocast("cpu", torch.bfloat16):
            encoded = EncodedSet.of(model, texts, passages, BATCH)
        (fused,) = rank_fused(encoded, lexical, [WEIGHT], "score", DEPTH, "hybrid")
        found: dict[str, dict[str, list[float]]] = {}
        for way, ranking in (("alone", encoded.ranking(DEPTH)), ("hybrid", fused)):
            start = 0
            for name, questions in self.asked.items():
                stop = start + len(questions)
                values = ndcg(ranking.part(start, stop).hits(questions.relevant), DEPTH)
                found.setdefault(name, {})[way] = [round(value, 6) for value in values.tolist()]
                start = stop
        return found

    def clusters(self) -> dict[str, list[str]]:
        """Return the cluster of each question of each set, as the verdict has them."""
        return {
            name: list(clusters_of(questions.documents(self.chunks), [ids[0] for ids in questions.relevant])[0])
            for name, questions in self.asked.items()
        }


class KeepEpochs(TrainerCallback):
    """Keeps the weights at the end of each epoch."""

    def __init__(self, model: SentenceTransformer) -> None:
        self._model = model
        self.states: dict[int, State] = {}

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Copy the weights."""
        self.states[round(state.epoch)] = snapshot(self._model)


def run(found: Collection, row: Row, seed: int, lexical: LexicalIndex) -> dict[str, Any]:
    """Train one row once; return what each state gives, and the seconds of training."""
    set_up_torch(1, seed)
    params = load_params("finetune", FinetuneParams, ROOT / "params.yaml")
    params = params.model_copy(update={"seed": seed, "bf16": True, **row.knobs})
    base = load_params("base_model", BaseModelParams, ROOT / "params.yaml")
    model = load_embedder(base)
    set_prompts(model, base.name)
    before, data = snapshot(model), found.training(row.without)
    start = time.perf_counter()
    epochs = KeepEpochs(model)
    with chdir(tempfile.mkdtemp()), (row.change or by_knobs)(model, data, params) as (data, teacher):
        trainer.train(model, data, params, [epochs], teacher=teacher)
    seconds = time.perf_counter() - start
    states = {}
    for epoch, way in STATES:
        if epoch in epochs.states:
            model.load_state_dict(interpolate(before, epochs.states[epoch], way))
            states[f"{epoch} {way:g}"] = found.measure(model, lexical)
    return {"states": states, "seconds": round(seconds), "questions": len(data.relevant)}


def base_row(found: Collection, lexical: LexicalIndex) -> dict[str, Any]:
    """Return what the untrained model gives, and what BM25 gives alone."""
    set_up_torch(1, 0)
    base = load_params("base_model", BaseModelParams, ROOT / "params.yaml")
    model = load_embedder(base)
    set_prompts(model, base.name)
    lines: dict[str, list[float]] = {}
    for name, questions in found.asked.items():
        hits = search_bm25(lexical, questions.texts, found.chunks).hits(questions.relevant)
        lines[name] = [round(value, 6) for value in ndcg(hits, DEPTH).tolist()]
    return {"states": {"0 0": found.measure(model, lexical)}, "bm25": lines, "clusters": found.clusters()}


def main() -> None:
    """Train what is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rows", nargs="*", default=list(ROWS), choices=list(ROWS))
    parser.add_argument("--seeds", type=int, nargs="*", default=[42])
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    out = arguments.out.resolve()
    for folder in map(Path.resolve, arguments.folders):
        found = Collection.read(folder)
        lexical = LexicalIndex([chunk.passage for chunk in found.chunks])
        jobs: dict[str, Callable[[], dict[str, Any]]] = {"base": partial(base_row, found, lexical)}
        for name, seed in product(arguments.rows, arguments.seeds):
            jobs[f"{name}, {seed}"] = partial(run, found, ROWS[name], seed, lexical)
        for name, job in jobs.items():
            file = out / f"{folder.name}, {name}.json"
            if not file.exists():
                result = json.dumps(job())
                file.write_text(result, encoding="utf-8")
                print(f"{file.name}: {json.loads(result).get('seconds', 0)} s of training", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("TQDM_DISABLE", "1")
    main()
