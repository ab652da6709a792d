"""Fine-tune the base model on (question, chunk) pairs.

Reads data/beir/corpus.jsonl, queries.jsonl and qrels/{train,dev}.tsv; writes models/finetuned,
results/finetune/loss.csv, results/finetune/dev.csv and results/finetune/metrics.json. The loss is InfoNCE with the
other chunks of the batch as negatives (Henderson et al. 2017, arXiv 1705.00652, section 4.4).
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from pydantic import Field

from stages.lib.beir import Chunk, read_corpus, read_qrels, read_queries
from stages.lib.dev import DevSet, History, Measure
from stages.lib.errors import UserError, run
from stages.lib.files import atomic_folder, write_csv, write_json
from stages.lib.model_card import model_card
from stages.lib.models import load_embedder
from stages.lib.params import BaseModelParams, RuntimeParams, Section, load_params
from stages.lib.torch_setup import set_up_torch

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CORPUS = Path("data/beir/corpus.jsonl")
QUERIES = Path("data/beir/queries.jsonl")
TRAIN = Path("data/beir/qrels/train.tsv")
DEV = Path("data/beir/qrels/dev.tsv")
MODEL = Path("models/finetuned")
LOSS = Path("results/finetune/loss.csv")
DEV_CURVE = Path("results/finetune/dev.csv")
METRICS = Path("results/finetune/metrics.json")


class FinetuneParams(Section):
    """The section `finetune` of params.yaml."""

    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=2)  # a batch of one has no negatives
    learning_rate: float = Field(gt=0, lt=1)
    warmup_fraction: float = Field(ge=0, le=1)
    weight_decay: float = Field(ge=0)
    temperature: float = Field(gt=0)
    max_tokens: int | None = Field(ge=16)
    dev_chunks: int = Field(ge=10)
    seed: int = Field(ge=0)


def pairs(chunks: Sequence[Chunk], questions: dict[str, str], relevant: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Return the (question, passage) pairs of a split, in the order of its table.

    Raises:
        UserError: the table names a question or a chunk that does not exist, or there are fewer than two pairs.
    """
    passages = {chunk.id: chunk.passage for chunk in chunks}
    try:
        found = [(questions[question], passages[chunk]) for question, ids in relevant.items() for chunk in ids]
    except KeyError as error:
        raise UserError(f"{TRAIN} names {error}, which is in neither {CORPUS} nor {QUERIES}; run `dvc repro`") from None
    if len(found) < 2:
        raise UserError(f"{len(found)} training questions: too few to train on; add documents or questions per chunk")
    return found


def train(
    model: SentenceTransformer, examples: Sequence[tuple[str, str]], params: FinetuneParams, measure: Measure
) -> History:
    """Train the model in place and return the course of the loss and of the dev measures.

    Raises:
        UserError: the loss is not a finite number.
    """
    from datasets import Dataset
    from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
    from sentence_transformers.sentence_transformer.training_args import BatchSamplers
    from transformers import PrinterCallback

    window = model.max_seq_length
    if params.max_tokens is not None and window is not None:
        model.max_seq_length = min(params.max_tokens, window)
    model.model_card_data.widget = [{}]  # else samples of the data are drawn for it, and the card is not written
    history = History(model, measure)
    with tempfile.TemporaryDirectory() as scratch:  # the trainer wants a folder; nothing in it is an output
        trainer = SentenceTransformerTrainer(
            model=model,
            args=SentenceTransformerTrainingArguments(
                output_dir=scratch,
                num_train_epochs=params.epochs,
                per_device_train_batch_size=params.batch_size,
                learning_rate=params.learning_rate,
                warmup_steps=params.warmup_fraction,  # below 1 it is a share of all steps
                weight_decay=params.weight_decay,
                batch_sampler=BatchSamplers.NO_DUPLICATES,
                seed=params.seed,
                data_seed=params.seed,
                full_determinism=True,
                logging_steps=1,
                logging_nan_inf_filter=False,
                save_strategy="no",
                report_to="none",
                disable_tqdm=True,
                dataloader_pin_memory=torch.cuda.is_available(),
            ),
            train_dataset=Dataset.from_dict(
                {"anchor": [question for question, _ in examples], "positive": [passage for _, passage in examples]}
            ),
            loss=MultipleNegativesRankingLoss(model, scale=1 / params.temperature),
            callbacks=[history],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    model.max_seq_length = window
    return history


def save(model: SentenceTransformer, folder: Path, base: BaseModelParams, examples: int) -> None:
    """Write the model as safetensors, with a card that holds no text of the documents and no date."""
    model.eval()
    with atomic_folder(folder) as temporary:
        # the trainer's own card holds training times and samples of the data: not reproducible, not to be shared
        model.save_pretrained(str(temporary), create_model_card=False)
        (temporary / "README.md").write_text(model_card(model, base, examples), encoding="utf-8")


def main() -> None:
    """Load, train, write."""
    params = load_params("finetune", FinetuneParams)
    base, runtime = load_params("base_model", BaseModelParams), load_params("runtime", RuntimeParams)
    chunks = read_corpus(CORPUS)
    questions = {question.id: question.text for question in read_queries(QUERIES)}
    examples = pairs(chunks, questions, read_qrels(TRAIN))
    dev = DevSet.choose(chunks, questions, read_qrels(DEV), params.dev_chunks)
    set_up_torch(runtime.threads, params.seed)
    model = load_embedder(base)
    history = train(model, examples, params, lambda model: dev.measure(model, runtime.encode_batch_size))
    save(model, MODEL, base, len(examples))
    write_csv(LOSS, ("step", "loss"), history.loss)
    write_csv(DEV_CURVE, ("epoch", "hit_rate@5", "ndcg@10"), history.dev)
    write_json(METRICS, {"train_pairs": len(examples), "dev_questions": len(dev.questions)} | history.summary())
    print(f"wrote {MODEL}: trained on {len(examples)} questions for {params.epochs} epochs")


if __name__ == "__main__":
    run(main)
