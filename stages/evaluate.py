"""Compare the base and the fine-tuned model on the test questions, asked of all chunks.

Reads data/beir/corpus.jsonl, queries.jsonl, qrels/test.tsv and models/finetuned; writes
results/evaluate/metrics.json, per_question.csv and hit_rate_by_k.csv.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from stages.lib.beir import Chunk, read_corpus, read_qrels, read_queries
from stages.lib.embeddings import embed
from stages.lib.errors import UserError, run
from stages.lib.files import write_csv, write_json
from stages.lib.metrics import Counts, Hits, find_hits, first_ranks, hit_rate, means, per_question
from stages.lib.models import load_embedder, load_folder
from stages.lib.params import BaseModelParams, RuntimeParams, Section, load_params
from stages.lib.ranking import rank
from stages.lib.torch_setup import set_up_torch

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CORPUS = Path("data/beir/corpus.jsonl")
QUERIES = Path("data/beir/queries.jsonl")
TEST = Path("data/beir/qrels/test.tsv")
MODEL = Path("models/finetuned")
METRICS = Path("results/evaluate/metrics.json")
PER_QUESTION = Path("results/evaluate/per_question.csv")
CURVE = Path("results/evaluate/hit_rate_by_k.csv")

DEPTH = 100  # how far down the ranking is looked at


class EvaluateParams(Section):
    """The section `evaluate` of params.yaml."""

    k: list[int] = Field(min_length=1)

    @field_validator("k")
    @classmethod
    def _within_depth(cls, ks: list[int]) -> list[int]:
        if ks != sorted(set(ks)) or ks[0] < 1 or ks[-1] > DEPTH:
            raise ValueError(f"expected ascending numbers from 1 to {DEPTH}, such as [1, 5, 10]")
        return ks


@dataclass(frozen=True)
class TestSet:
    """The test questions with the chunks that answer them, and all chunks."""

    ids: list[str]
    questions: list[str]
    relevant: list[list[str]]
    chunks: list[Chunk]


def load_test_set(corpus: Path, queries: Path, qrels: Path) -> TestSet:
    """Load the test questions and all chunks.

    Raises:
        UserError: a file is missing or malformed, or names a question or chunk that does not exist.
    """
    chunks = read_corpus(corpus)
    texts = {question.id: question.text for question in read_queries(queries)}
    relevant = read_qrels(qrels)
    known = {chunk.id for chunk in chunks}
    for question, answers in relevant.items():
        if question not in texts or not known.issuperset(answers):
            raise UserError(f"{qrels} names question {question} or its chunk, which do not exist; run `dvc repro`")
    if not relevant:
        raise UserError(f"{qrels} holds no questions to test with")
    return TestSet(list(relevant), [texts[question] for question in relevant], list(relevant.values()), chunks)


def search(model: SentenceTransformer, test: TestSet, batch_size: int, name: str) -> tuple[Hits, Counts]:
    """Ask every test question of all chunks; return which of the first `DEPTH` are relevant, and how many there are."""
    ids = [chunk.id for chunk in test.chunks]
    passages = embed(model, [chunk.passage for chunk in test.chunks], "passage", batch_size, f"{name}: chunks")
    questions = embed(model, test.questions, "question", batch_size, f"{name}: questions")
    return find_hits(rank(model.similarity, questions, passages, ids, DEPTH), ids, test.relevant)


def write_ranks(path: Path, test: TestSet, hits: dict[str, Hits]) -> None:
    """Write, for each question, the rank of its first relevant chunk under each system; empty below `DEPTH`."""
    ranks = {name: first_ranks(found) for name, found in hits.items()}
    write_csv(
        path,
        ("question_id", "question", "chunk_id", *(f"rank_{name}" for name in ranks)),
        (
            (test.ids[i], test.questions[i], test.relevant[i][0], *(int(r[i]) or "" for r in ranks.values()))
            for i in range(len(test.ids))
        ),
    )


def write_curve(path: Path, hits: dict[str, Hits], ks: Sequence[int]) -> None:
    """Write the hit rate of each system at each k."""
    write_csv(path, ("k", *hits), ((k, *(float(hit_rate(found, k).mean()) for found in hits.values())) for k in ks))


def main() -> None:
    """Load, search, write."""
    params, runtime = load_params("evaluate", EvaluateParams), load_params("runtime", RuntimeParams)
    test = load_test_set(CORPUS, QUERIES, TEST)
    set_up_torch(runtime.threads, seed=0)
    systems = {"base": load_embedder(load_params("base_model", BaseModelParams)), "finetuned": load_folder(MODEL)}
    found = {name: search(model, test, runtime.encode_batch_size, name) for name, model in systems.items()}
    tables = {name: means(per_question(hits, counts, params.k)) for name, (hits, counts) in found.items()}
    write_json(METRICS, {"questions": len(test.ids), "chunks": len(test.chunks)} | tables)
    write_ranks(PER_QUESTION, test, {name: hits for name, (hits, _) in found.items()})
    write_curve(CURVE, {name: hits for name, (hits, _) in found.items()}, range(1, 21))
    print(f"wrote {METRICS}: {len(test.ids)} questions asked of {len(test.chunks)} chunks")


if __name__ == "__main__":
    run(main)
