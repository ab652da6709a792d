"""Fine-tune the base model on the training questions, without making it worse.

Reads data/beir/{corpus,queries}.jsonl, data/beir/qrels/{train,dev}.tsv, data/beir/groups.csv and data/general; writes
models/finetuned, results/finetune/{loss.csv,dev.csv,metrics.json}. The loss is InfoNCE over the questions and the
chunks of a batch. Of the ways between the base model and the trained one the best on the dev questions is kept that
loses nothing on general questions. Where none beats the base model by more than luck, the base model is the result.
Also runs under `torchrun` and `accelerate launch`; `runtime.processes` starts several processes by itself.
"""

from __future__ import annotations

from pathlib import Path

from attune.core.beir import read_corpus, read_groups, read_qrels, read_queries
from attune.core.errors import run
from attune.core.files import write_csv, write_json
from attune.core.params import BaseModelParams, GeneralParams, RuntimeParams, load_params
from attune.engine.choice import use_engine
from attune.models.encode import set_up_torch
from attune.training.data.training_set import training_set
from attune.training.dev import HIT_RATE, NDCG, DevSet
from attune.training.fit import fit
from attune.training.loop.processes import in_group, run_in_processes
from attune.training.params import FinetuneParams
from attune.training.saving.save import save

CORPUS = Path("data/beir/corpus.jsonl")
QUERIES = Path("data/beir/queries.jsonl")
TRAIN = Path("data/beir/qrels/train.tsv")
DEV = Path("data/beir/qrels/dev.tsv")
GROUPS = Path("data/beir/groups.csv")
GENERAL = Path("data/general")  # the set that general.set names unless told otherwise
MODEL = Path("models/finetuned")
LOSS = Path("results/finetune/loss.csv")
DEV_CURVE = Path("results/finetune/dev.csv")
METRICS = Path("results/finetune/metrics.json")


def main() -> None:
    """Load, train, write."""
    params = load_params("finetune", FinetuneParams)
    base, runtime = load_params("base_model", BaseModelParams), load_params("runtime", RuntimeParams)
    general = load_params("general", GeneralParams)
    if runtime.processes > 1 and not in_group():
        run_in_processes("stages.finetune", runtime.processes, runtime.threads)
        return
    chunks, questions = read_corpus(CORPUS), read_queries(QUERIES)
    data = training_set(chunks, questions, read_qrels(TRAIN), read_groups(GROUPS, chunks))
    texts = {question.id: question.text for question in questions}
    dev = DevSet.choose(chunks, texts, read_qrels(DEV), params.dev_chunks)
    set_up_torch(0 if in_group() else runtime.threads, params.seed)
    use_engine(runtime)
    trained = fit(base, data, dev, params, runtime, general.set if params.keep_general else None)
    if trained is None:
        return
    about = base, trained.questions, trained.weight, trained.base_fingerprint
    made = save(trained.model, MODEL, *about, trained.passages)
    write_csv(LOSS, ("step", "loss"), trained.losses)
    curve = ((epoch.number, epoch.means[HIT_RATE], epoch.means[NDCG]) for epoch in trained.curve)
    write_csv(DEV_CURVE, ("epoch", HIT_RATE, NDCG), curve)
    counts = {
        "train_pairs": trained.pairs,
        "round_trip_dropped": len(data.relevant) - trained.questions,
        "dev_questions": len(dev.asked),
        "fingerprint": made,
        "base_fingerprint": trained.base_fingerprint,
    }
    write_json(METRICS, counts | trained.metrics)
    print(f"wrote {MODEL}: trained on {trained.questions} questions, epochs: {trained.epochs}")
    print(*trained.told, sep="\n")


if __name__ == "__main__":
    run(main)
