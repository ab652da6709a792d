"""Which base model? Several through the same questions, as they are and fine-tuned, alone and beside BM25.

Every model is asked the dev questions; the test questions stay untouched, for the verdict on the one you take. The
epoch and the way of a training are chosen on questions about other documents, set aside from the training part, so that
no model is judged by what it was chosen by. The stage `finetune` runs in a temporary folder: models and metrics stay as
they are. Each training and each model that is asked is a process of its own, whose peak memory is told. The first model
is that of params.yaml. Writes results/bases.json.

Usage: python -m scripts.bases NAME[@COMMIT] [NAME[@COMMIT] ...]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from attune.core.beir import read_corpus, read_groups, read_qrels, read_queries, write_qrels
from attune.core.errors import UserError, run
from attune.core.params import BaseModelParams, load_params
from attune.core.records import content_id
from attune.evaluation.results import BASE, FINETUNED, HYBRID, HYBRID_BASE
from attune.models.trainable import check_trainable
from attune.search.judged import JudgedQuestions
from attune.statistics.clusters import clusters_of
from scripts.apart import apart
from scripts.bases_child import ask, train
from scripts.bases_table import JSON, Candidate, recommend, table, write
from scripts.beside import check_params, link_inputs
from scripts.pipeline import metrics, set_knobs
from stages.finetune import CORPUS, DEV, GROUPS, MODEL, QUERIES, TRAIN

Relevant = Mapping[str, list[str]]  # question -> chunks that answer it


def models(names: Sequence[str]) -> list[BaseModelParams]:
    """Return the model of params.yaml and the named ones, each checked to be there and of a kind that can be trained.

    Raises:
        UserError: one is not.
    """
    bases = [load_params("base_model", BaseModelParams)]
    for name in names:
        path, _, revision = name.partition("@")
        path = str(Path(path).resolve()) if Path(path).is_dir() else path
        if path != bases[0].name:
            bases.append(BaseModelParams(name=path, revision=revision or None, max_tokens=None))
    for base in bases:
        check_trainable(base)
    if len(bases) < 2:
        raise UserError("there is nothing to compare: name another model than that of params.yaml")
    return bases


def set_aside(relevant: Relevant, size: int, document: Mapping[str, str]) -> tuple[Relevant, Relevant]:
    """Divide training questions into those to train on and those to choose by, by whole documents.

    Documents come in the order of a hash, until there are about `size` questions.

    Raises:
        UserError: there is but one document.
    """
    of = {question: document[chunks[0]] for question, chunks in relevant.items()}
    chosen: set[str] = set()
    count = 0
    documents = sorted(set(of.values()), key=content_id)
    for name in documents[:-1]:
        if count < size:
            chosen.add(name)
            count += sum(found == name for found in of.values())
    if not chosen:
        raise UserError(f"{TRAIN} has questions about {len(documents)} documents; expected two or more: add documents")
    aside = {question: chunks for question, chunks in relevant.items() if of[question] in chosen}
    return {question: chunks for question, chunks in relevant.items() if question not in aside}, aside


def pairs(relevant: Relevant) -> list[tuple[str, str]]:
    """Return (question, chunk) for each chunk that answers a question."""
    return [(question, chunk) for question, chunks in relevant.items() for chunk in chunks]


def main() -> None:
    """Check, train, ask, write, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="NAME[@COMMIT]")
    arguments = parser.parse_args()
    check_params()
    bases = models(arguments.models)
    chunks, texts = read_corpus(CORPUS), {question.id: question.text for question in read_queries(QUERIES)}
    read_groups(GROUPS, chunks)
    dev, document = read_qrels(DEV), {chunk.id: chunk.document for chunk in chunks}
    if not dev:
        raise UserError(f"{DEV} has no questions to ask; raise split.dev_fraction and run `dvc repro`")
    train_on, aside = set_aside(read_qrels(TRAIN), len(dev), document)
    asked = JudgedQuestions(list(dev), [texts[question] for question in dev], list(dev.values()))
    labels, clustered_by = clusters_of(asked.documents(chunks), [ids[0] for ids in asked.relevant])
    print(f"{len(asked)} dev questions; {len(train_on)} to train on, {len(aside)} to choose by")
    found: list[Candidate] = []
    for base in bases:
        print(f"\n{base.name}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            link_inputs(work)
            (work / DEV).unlink()
            write_qrels(work / TRAIN, pairs(train_on))
            write_qrels(work / DEV, pairs(aside))
            set_knobs(work, {f"base_model.{knob}": value for knob, value in base.model_dump().items()})
            seconds, to_train = apart(train, work)
            before, after = (apart(ask, Path.cwd(), model, base, asked) for model in (None, work / MODEL))
            size = sum(file.stat().st_size for file in (work / MODEL).rglob("*.safetensors"))
            weight = float(metrics(work, "finetune")["weight"])
            shutil.rmtree(work / MODEL)
        values = {BASE: before.alone, HYBRID_BASE: before.fused, FINETUNED: after.alone, HYBRID: after.fused}
        spent = (before.milliseconds + after.milliseconds) / 2
        found.append(Candidate(base.name, values, size, after.numbers, spent, seconds, weight, before.mib, to_train))
    answer = recommend(found, labels, clustered_by)
    write(found, labels, answer)
    print(f"\n{table(found)}\n\n{answer}\nwrote {JSON}")


if __name__ == "__main__":
    run(main)
